"""DuckDB for the cleaning of one part: limited in memory, confined, and streaming.

A spec is not trusted: the engine reads the part and its own temporary folder and nothing else, no
network and no extension. What it runs cannot change its settings.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import DataRejected, LakeError, LakeUnavailable, MedallionError, SetupError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from medallion.steps.parts.runners import OpenPart

MEMORY = "MEDALLION_DUCKDB_MEMORY"
THREADS = "MEDALLION_DUCKDB_THREADS"
DEFAULT_MEMORY = "512MB"
DEFAULT_THREADS = 4

BATCH_ROWS = 16384
_FULL_DISK = (
    "failed to offload data block",  # DuckDB counts what its temporary files have left as memory
    os.strerror(errno.ENOSPC),
    os.strerror(errno.EDQUOT),
)
_FORGET_BROKEN_LINES = ("DROP TABLE IF EXISTS reject_errors", "DROP TABLE IF EXISTS reject_scans")
"""Those of the part that was read before."""
_LONG_LINE = '"maximum_object_size"'
"""An option of DuckDB's, of 16 MiB: its buffer, which must hold a line, is twice as large."""
_MIXED_LINE_ENDS = "state machine reached an invalid state"


class MixedLineEnds(DataRejected):
    """Some lines of a CSV end in CR LF and some in LF: `copies.with_one_line_end` fixes it."""


class OutOfMemory(SetupError):
    """What is read at once takes more memory than is allowed: `pieces` have less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLine:
    """A CSV line that is not a record: too many or too few fields, a broken quote or byte."""

    offset: int
    """Of its first byte in the part, unpacked."""
    text: str
    reasons: tuple[str, ...]


@contextmanager
def engine(
    part: Path, folder: Path, lookups: Mapping[str, pa.Table]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can read one part and the registered relations, and write to `folder`.

    Raises, within the block too:
        DataRejected: the part cannot be read as what it was landed as.
        LakeError: it cannot be read at all.
        LakeUnavailable: there is no room for temporary files.
        OutOfMemory: the memory allowed is too small.
    """
    with translate_errors(part), _connect([part], folder, lookups) as connection:
        yield connection


@contextmanager
def _connect(
    parts: Iterable[Path], folder: Path, lookups: Mapping[str, pa.Table]
) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    with duckdb.connect() as connection:
        for name, value in _settings(parts, folder).items():
            connection.execute(_set(name, value))
        for name, table in lookups.items():
            connection.register(name, table)
        connection.execute("SET lock_configuration = true")
        yield connection


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePart:
    """An open part (`runners.Session`)."""

    connection: duckdb.DuckDBPyConnection

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query in their order, in Arrow batches."""
        return stream(self.connection, query)

    def list_broken_lines(self) -> Iterator[BrokenLine]:
        """The CSV lines that are not records. Complete once the part has been streamed."""
        return list_broken_lines(self.connection)


@contextmanager
def open_part(part: Path, folder: Path, relations: Mapping[str, pa.Table]) -> Iterator[OnePart]:
    """An open session on one part; raises what `engine` raises."""
    with engine(part, folder, relations) as connection:
        yield OnePart(connection=connection)


@contextmanager
def share_engine(
    parts: Sequence[Path], folder: Path, relations: Mapping[str, pa.Table]
) -> Iterator[OpenPart]:
    """Opens one part after the other in one engine, which may read all of them: starting one takes
    ten times as long as a small part. Another file, such as a copy, has an engine of its own.
    """
    with ExitStack() as opened:
        shared = _SharedEngine(frozenset(parts), folder, relations, opened)
        yield shared.open


class _SharedEngine:
    """One engine for several parts, of which one is open at a time. An error ends it, for DuckDB
    refuses everything after some of them; the next part starts another one."""

    def __init__(
        self,
        parts: frozenset[Path],
        folder: Path,
        relations: Mapping[str, pa.Table],
        opened: ExitStack,
    ) -> None:
        self._parts, self._folder, self._relations = parts, folder, relations
        self._opened = opened
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def open(
        self, part: Path, folder: Path, relations: Mapping[str, pa.Table]
    ) -> Iterator[OnePart]:
        """An open session on one part; raises what `engine` raises."""
        if part not in self._parts:
            with open_part(part, folder, relations) as own:
                yield own
            return
        with translate_errors(part):
            try:
                yield OnePart(connection=self._start())
            except BaseException:
                self._connection = None
                self._opened.close()
                raise

    def _start(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            connect = _connect(self._parts, self._folder, self._relations)
            self._connection = self._opened.enter_context(connect)
        for statement in _FORGET_BROKEN_LINES:
            self._connection.execute(statement)
        return self._connection


def stream(
    connection: duckdb.DuckDBPyConnection, query: str, rows: int = BATCH_ROWS
) -> Iterator[pa.RecordBatch]:
    """The rows of a query in their order, in Arrow batches of `rows`."""
    yield from connection.sql(query).to_arrow_reader(rows)


def list_broken_lines(connection: duckdb.DuckDBPyConnection) -> Iterator[BrokenLine]:
    """The lines that the CSV reader rejected, by offset. Complete once the part has been
    streamed."""
    cursor = connection.execute(
        "SELECT line_byte_position, any_value(csv_line),"
        " list(DISTINCT error_message ORDER BY error_message)"
        " FROM reject_errors GROUP BY line, line_byte_position ORDER BY line_byte_position"
    )
    while rows := cursor.fetchmany(1000):
        for position, text, reasons in rows:
            yield BrokenLine(
                offset=position - 1, text=text.strip("\r\n"), reasons=_reasons(reasons)
            )


_FIELDS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


def _reasons(reasons: Sequence[str]) -> tuple[str, ...]:
    """Why a line was quarantined. DuckDB reports each field that a line lacks: one is enough.

    >>> _reasons([f"Expected Number of Columns: 8 Found: {n}" for n in (6, 7)])
    ('it has 6 fields, the header has 8',)
    """
    counts = [(int(found[2]), int(found[1])) for text in reasons if (found := _FIELDS.search(text))]
    others = tuple(text for text in reasons if not _FIELDS.search(text))
    if not counts:
        return others
    fewest, most = min(counts), max(counts)
    fields, expected = most if most[0] > most[1] else fewest
    return (f"it has {fields} fields, the header has {expected}", *others)


def _set(name: str, value: str | list[str]) -> str:
    from sqlglot import exp

    assignment = exp.EQ(this=exp.to_identifier(name), expression=exp.convert(value))
    item = exp.SetItem(this=assignment)
    return exp.Set(expressions=[item]).sql(dialect="duckdb")


def _settings(parts: Iterable[Path], folder: Path) -> dict[str, str | list[str]]:
    threads = os.environ.get(THREADS) or str(min(DEFAULT_THREADS, os.cpu_count() or 1))
    return {
        "memory_limit": os.environ.get(MEMORY) or DEFAULT_MEMORY,
        "threads": threads,
        "temp_directory": str(folder),
        # How far the engine may read ahead of the COPY: with its default it works on one thread.
        "streaming_buffer_size": "64MB",
        "TimeZone": "UTC",
        # A division by zero or a logarithm of zero raises, and does not give infinity.
        "ieee_floating_point_ops": "false",
        # A join keeps the order of the records only with them on its streaming side. What is in
        # two places is computed in each: before them, no TRY would be around it.
        "disabled_optimizers": "join_order,build_side_probe_side,common_subexpressions",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "allowed_paths": [str(part) for part in parts],
        "enable_external_access": "false",
        # A query of more than two seconds would draw one on the standard output, a task's log too.
        "enable_progress_bar": "false",
    }


@contextmanager
def translate_errors(part: Path) -> Iterator[None]:
    """DuckDB's errors by who must act. Through Arrow they come as OSError, with the same text."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise _translate(part, str(error)) from None


def _translate(part: Path, message: str) -> MedallionError:
    first_line = message.strip().split("\n")[0]
    if any(sign in message for sign in _FULL_DISK):
        return LakeUnavailable(
            f"cleaning {part.name}: {first_line}",
            remedy=f"make room in {tempfile.gettempdir()} (TMPDIR), or allow more memory "
            f"({MEMORY})",
        )
    if "Out of Memory Error" in message:
        return OutOfMemory(
            f"cleaning {part.name}: {first_line}",
            remedy=f"allow more memory: set the environment variable {MEMORY}, to 2GB for example",
        )
    if _LONG_LINE in message:
        return DataRejected(
            f"{part.name} has a line of more than 32 MiB: DuckDB reads no JSON that long",
            remedy="is it one record? Have the source write a shorter one a line",
        )
    if message.startswith("IO Error") or "[Errno" in message:
        return LakeError(
            f"{part.name} cannot be read: {first_line}",
            remedy="clear the land task of this dataset: it extracts again",
        )
    kind = MixedLineEnds if _MIXED_LINE_ENDS in message else DataRejected
    return kind(
        f"{part.name} cannot be cleaned: {first_line}",
        remedy="look at the landed part: is it what the source should send?",
    )
