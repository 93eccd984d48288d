"""A Delta table, opened at a version, and its rows into the lake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.errors import MedallionError, SourceRefused, SourceUnavailable
from medallion.records import RecordLayout
from medallion.sources.base.locations import Location
from medallion.sources.base.object_store import StoredTable, find_stored_table
from medallion.sources.base.parquet_parts import land_batches
from medallion.sources.base.providers import missing
from medallion.sources.base.reach import FileReach
from medallion.sources.base.source import ExtractRequest, Landing
from medallion.sources.base.store_errors import SHOWN, may_pass, tell
from medallion.sources.delta.log_paths import hold_to_folder, hold_to_protocol, hold_to_versions

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

    from medallion.sources.delta.source import DeltaSource

NOTE = "delta_version"


class OpenTable:
    """A table that may be read, at one version."""

    def __init__(
        self, delta: DeltaTable, stored: StoredTable, folder: Path | None, reach: FileReach
    ) -> None:
        """`folder`: of a table of this machine."""
        self.delta = delta
        self.stored = stored
        self._folder = folder
        self._reach = reach

    def hold_to_versions(self, versions: Iterable[int]) -> None:
        """Look at the log of versions before their changes are read. Raises SourceRefused."""
        hold_to_versions(self.delta, versions, self.stored.url, self._folder, self._reach)

    @property
    def version(self) -> int:
        """The number of the version."""
        return int(self.delta.version())


def open_table(source: DeltaSource, request: ExtractRequest) -> OpenTable:
    """The table, held to what the domain may read, at the version that is wanted.

    Raises:
        as `DeltaSource.extract`.
    """
    stored, folder = _locate(source, request)
    with translate_errors(stored):
        from deltalake import DeltaTable

        options = dict(stored.options)
        if not DeltaTable.is_deltatable(stored.uri, options):
            raise SourceRefused(
                f"there is no Delta table in {stored.url}",
                remedy="name the folder that has `_delta_log`; the path begins with the container "
                "or bucket",
            )
        found = DeltaTable(stored.uri, version=source.version, storage_options=options)
        if source.timestamp is not None:
            found.load_as_version(_find_version(found, _in_utc(source.timestamp), stored.url))
        hold_to_protocol(found, stored.url)
        hold_to_folder(found, stored.url, folder, request.reach)
    return OpenTable(found, stored, folder, request.reach)


def land_version(table: OpenTable, landing: Landing, name: str) -> RecordLayout:
    """Land the rows of a version, in no order.

    Raises:
        SourceRefused, SourceUnavailable: a file is not there, or cannot be read.
    """
    import pyarrow as pa

    with translate_errors(table.stored):
        batches = pa.RecordBatchReader.from_stream(table.delta.scan())
        layout = land_batches(*make_plain(batches), landing, name)
    landing.note(NOTE, table.version)
    return layout


def make_plain(batches: pa.RecordBatchReader) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The same rows, whose texts are not views: Parquet has one form of them."""
    import pyarrow as pa

    plain = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    schema = pa.schema([one.with_type(plain.get(one.type, one.type)) for one in batches.schema])
    return schema, (one.cast(schema) for one in batches)


def _locate(source: DeltaSource, request: ExtractRequest) -> tuple[StoredTable, Path | None]:
    location = Location.parse(source.location)
    if location is None or location.scheme == "file":
        path = location.path if location else str(request.project_root / source.location)
        folder = request.reach.resolve(Path(path), source.location)
        return StoredTable(url=source.location, uri=str(folder)), folder
    if request.reach.is_in_lake(location, location.path):
        raise SourceRefused(
            f"{source.location} leads into the lake, which no source reads",
            remedy="name a table outside of it; published tables are read by gold's SQL",
        )
    return find_stored_table(location, request.connection(location.conn_id)), None


def _find_version(table: DeltaTable, moment: datetime, url: str) -> int:
    """The version that was the last at a moment, by the times that the log's commits have.

    delta-rs (1.6.6) goes by when the log's files were written, on the storage's clock: that is
    later than the commit's own time, and for a table that somebody has copied it is that of the
    copy.

    Raises:
        SourceRefused: the log has no version of so early.
    """
    made = {int(one["version"]): int(one["timestamp"]) for one in table.history()}
    until = moment.timestamp() * 1000
    of_then = [version for version, at in made.items() if at <= until]
    if not of_then:
        raise SourceRefused(
            f"{url} has no version of {moment.isoformat()}: the log begins with version "
            f"{min(made)} of {_from_milliseconds(made[min(made)]).isoformat()}",
            remedy="name a later moment, or a `version`",
        )
    return max(of_then)


def _from_milliseconds(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def translate_errors(stored: StoredTable) -> Iterator[None]:
    """Turn the library's errors into SourceRefused and SourceUnavailable, without secrets."""
    try:
        yield
    except MedallionError:
        raise
    except ImportError:
        raise missing("delta") from None
    except BaseException as error:
        # A log that Rust panics over is not an Exception in Python.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise _explain(stored, error) from None


def _explain(stored: StoredTable, error: Any) -> MedallionError:
    said = tell(error, stored.secrets)
    problem = f"{stored.url} cannot be read: {type(error).__name__}: {said[:SHOWN]}"
    if may_pass(said, stored.uri):
        return SourceUnavailable(problem, remedy="does the lake answer?")
    return SourceRefused(
        problem,
        remedy="is the version still there (VACUUM deletes files of former ones), and may the "
        "connection's login read the folder?",
    )
