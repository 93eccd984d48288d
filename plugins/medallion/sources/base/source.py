"""What every source type gets and returns. It looks nothing up and opens no lake."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from medallion.errors import SetupError
from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.run import Run
from medallion.sources.base.cursor import CursorRange, CursorSpec
from medallion.sources.base.file_memory import FileMemory
from medallion.sources.base.journal import Journal
from medallion.sources.base.pace import Throttles, own_pace
from medallion.sources.base.reach import FileReach
from medallion.sources.base.stream import Offsets, StreamRange, StreamWatch
from medallion.sources.base.sync import SyncRequest
from medallion.unpivot import UnpivotSpec

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDetails:
    """An Airflow connection. Its password and extra stay out of its repr."""

    conn_id: str
    conn_type: str = ""
    host: str = ""
    schema: str = ""
    port: int | None = None
    login: str = ""
    password: str = field(default="", repr=False)
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)


def no_database(conn_id: str) -> Any:
    """The default `database`, for code that runs without Airflow.

    Raises:
        SetupError: always.
    """
    raise SetupError(
        f"the connection {conn_id} is of a type that an Airflow provider connects to",
        remedy="run the step from Airflow, with that provider installed",
    )


class PartWriter(Protocol):
    """One part being written. Readers see it once its context has ended."""

    def write(self, chunk: bytes) -> None:
        """Append bytes, in chunks of any size."""

    def count(self, records: int) -> None:
        """Count this many more records in the part."""

    def copy_of(self, file: str, state: str) -> None:
        """Record which file the part is a copy of, and its state then."""

    def note_archive(self, archive: str, size: int, sha256: str) -> None:
        """Record the archive of which that file is a member: its name, bytes and digest."""

    def note_layout(self, layout: RecordLayout) -> None:
        """Record how the part itself is read, where it is not read as all parts are."""


class Landing(Protocol):
    """Where a source writes what it reads."""

    @property
    def journal(self) -> Journal:
        """The journal of this landing, for the run's next try."""

    def part(self, name: str, *, compress: bool = False) -> AbstractContextManager[PartWriter]:
        """Open the next part; `compress` writes it as gzip. One that ends with an error is
        removed."""

    def note(self, key: str, value: object) -> None:
        """Add a fact about this landing to its manifest: a JSON value without secrets."""

    def progress(self, done: int, total: int | None, unit: str) -> None:
        """Report progress in the task's log; `total` None: unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractRequest:
    """One extraction: its half-open data interval, and what the source may use.

    `rest_limit` and the like come from the source's own connection extra.
    """

    dataset: str
    run: Run
    project_root: Path
    reach: FileReach
    """Which files of this machine may be read."""
    connection: Callable[[str], ConnectionDetails]
    log: logging.Logger
    cursor: CursorRange | None = None
    """From where to read, of a source that reads by a cursor."""
    stream: StreamRange | None = None
    """From where to read, of a source that reads a stream; None: nothing was read yet."""
    throttle: Throttles = own_pace
    """The pace of requests, which all runs share that use a connection."""
    storage: Callable[[str, ConnectionDetails], AbstractFileSystem] | None = None
    """Opens the file system that a URL's scheme and a connection mean."""
    database: Callable[[str], Any] = no_database
    """An open connection of a driver (DB-API) by the id of an Airflow connection."""
    warehouse: str = ""
    """What the warehouse's own server and database are known by: no source reads them."""
    shows_values: bool = False
    """Whether the log may show values of the records: none of them is personal."""
    files: FileMemory = field(default_factory=FileMemory)
    """The files that were published before, of a source that lands only new ones."""
    downloads: Path | None = None
    """A folder in which a download stays, for what reads a file several times: not a run."""
    first: int | None = None
    """About so many records are enough: a database and an API stop then. For what looks at a source
    before it is run; a run reads all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """Where a source's data are, as OpenLineage names a dataset; without users and secrets."""

    namespace: str
    """Of the system: `postgres://db.example.org:5432`, `file`, `abfs://lake@account`."""
    name: str
    """In it: `bank.public.accounts`, `/exports/*.csv`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProblem:
    """A key of a source, or of a part of it, whose value makes no sense with the rest."""

    key: str = ""
    """Empty: all of them together."""
    problem: str
    remedy: str = ""
    within: tuple[str | int, ...] = ()
    """Where it is in the value of the key, which is a list or a mapping."""
    known: tuple[str, ...] = ()
    """Instead of a remedy: the words that may be written. The closest one is proposed."""


class SourceModel(SpecModel):
    """The base of the source types. A type is a subclass with `type` as a Literal in its
    folder's `source.py`, where `sources.kinds` finds it."""

    beside_rows: ClassVar[frozenset[str]] = frozenset()
    """Keys that do not change which rows the source is: a table stays the same with others."""

    type: str

    def describe(self) -> Mapping[str, object]:
        """What was asked for, for the manifest, without secrets."""
        return self.model_dump(mode="json", exclude_none=True)

    def conn_ids(self) -> tuple[str, ...]:
        """The ids of the Airflow connections that it uses: the spec's rules check them."""
        return ()

    def paths(self) -> Iterable[tuple[str, str]]:
        """(key, path) of each project file that it names, relative to the project's root."""
        return ()

    def place(
        self, connection: Callable[[str], ConnectionDetails], project_root: Path
    ) -> SourcePlace:
        """Where what it reads is, for a catalogue of lineage: its connection by its id, where a
        type knows no better."""
        return SourcePlace(namespace="://".join((self.type, *self.conn_ids()[:1])), name=self.type)

    def attribution(self) -> str:
        """What the source's terms ask programs to say wherever they show its data; empty: nothing
        that is known here."""
        return ""

    def lands_one_part(self) -> bool:
        """Whether each landing is a single part: there is nothing to share out then."""
        return False

    def lands_only_new(self) -> bool:
        """Whether it leaves out files that were published before."""
        return False

    def has_columns(self) -> bool:
        """Whether its records have columns, of any names; False: they are JSON, and `from` is a
        path."""
        return False

    def unpivots(self) -> UnpivotSpec | None:
        """Which columns of its records become records of their own, before they are cleaned."""
        return None

    def reads_by(self) -> CursorSpec | None:
        """The cursor by which it reads what is new; None: each run reads everything."""
        return None

    def reads_stream(self) -> str:
        """The stream that it reads by offsets, which are kept with the publication; empty: none."""
        return ""

    def watch(
        self,
        connection: Callable[[str], ConnectionDetails],
        offsets: Offsets,
        log: logging.Logger,
    ) -> AbstractContextManager[StreamWatch]:
        """What waits for messages of its stream behind these offsets."""
        raise NotImplementedError

    def asks_for_sync(self) -> SyncRequest | None:
        """The load that another tool makes before it is read; None: it is read as it is."""
        return None

    def preview(self, start: datetime, end: datetime) -> str:
        """What a backfill of a data interval would ask for, for people, without secrets."""
        return "all that it has"

    def reads_increments(self) -> bool:
        """Whether a run may find nothing new, so that an empty landing is accepted."""
        return self.reads_by() is not None or bool(self.reads_stream()) or self.lands_only_new()

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Write every part to `landing`, and return how to read them.

        Raises:
            SourceUnavailable: a later try may succeed. Retried.
            SourceRefused: it will not; the spec's author or the source's owner must act.
        """
        raise NotImplementedError
