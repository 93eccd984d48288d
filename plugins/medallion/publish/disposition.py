"""What a write disposition is: the traits that others ask for, and what its `write` works with.

One file a disposition, one line in `dispositions.py`. Specs are read without psycopg: a disposition
imports it when it writes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from pydantic_core import PydanticKnownError, core_schema

from medallion.names import PublishedTable, TableName
from medallion.publish.declaration import GuardSpec, MissingKeys

if TYPE_CHECKING:
    from psycopg import sql

    from medallion.publish.order import Order
    from medallion.publish.window import Slice

CreateVersion = Callable[[PublishedTable, int, Sequence[str]], "Sequence[sql.Composed]"]
"""The statements of an empty version of a table, of a number, with the index on a primary key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What `write` has done, for the registry.

    `published` counts the staged rows that readers get; the others were older than what is
    published. `whole`: the run says of every key whether it exists. `replaced`: the rows of the
    version whose place they took; None where that is not known.
    """

    version: int
    published: int
    deleted: int = 0
    replaced: int | None = None
    whole: bool = False


class Staged(Protocol):
    """A run's staged rows, and the published table that they go into.

    Everything happens in the publication's transaction. The caller commits, under the table's lock.
    """

    @property
    def table(self) -> PublishedTable:
        """The published table: names its public view, its versions and its staging tables."""

    @property
    def staging(self) -> TableName:
        """The staging table. `write` drops it, or makes it a version."""

    @property
    def rejects(self) -> TableName | None:
        """The run's rows for quarantine; None where no table was made for them."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The staged columns in their order, with the provenance columns (`_load_id` …) of
        silver."""

    @property
    def rows(self) -> int:
        """The number of staged rows, counted before the transaction."""

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The key's columns; empty where the spec names none."""

    @property
    def missing_keys(self) -> MissingKeys:
        """What the spec says about published keys that are not staged."""

    @property
    def deleted_when(self) -> str | None:
        """The boolean column that says of a staged row that its key is deleted."""

    @property
    def guard(self) -> GuardSpec:
        """The spec's limits, for a disposition that deletes."""

    @property
    def interval_end(self) -> datetime:
        """The end of the data interval: the rows are the source's state at this moment."""

    @property
    def order(self) -> Order:
        """Which published rows are later than the staged ones."""

    @property
    def own_load(self) -> int | None:
        """The landing of the run where its source was read on from a cursor or offsets: it says
        nothing of what other runs have brought for its interval. None: it has the whole interval.
        """

    @property
    def slice(self) -> Slice | None:
        """Of an incremental gold table: what the staged rows take the place of."""

    @property
    def current_version(self) -> int | None:
        """The number of the version that readers have; None before the first publication."""

    @property
    def published_by(self) -> str | None:
        """The name of the disposition that wrote the current version; None before the first
        publication."""

    def execute(self, statement: sql.Composed) -> int:
        """Run a statement; the number of rows it changed."""

    def count_two(self, query: sql.Composed) -> tuple[int, int]:
        """Run a query of two counts, `SELECT count(*), count(*) FILTER (…)`, in the step's
        transaction."""

    def indexes(self) -> Sequence[str]:
        """The staging table's indexes by name, oldest first. They move with it when it becomes a
        version."""

    def show_select(self) -> int:
        """Of a table that is a view: have readers get the SELECT that the run has staged; the
        number of its version, which is the current one where that has the same SELECT."""

    def next_version(self) -> int:
        """A version number that this table has never used, not even for a version since dropped."""

    @property
    def is_partitioned(self) -> bool:
        """Whether the spec asks for partitions: then no staging table becomes a version."""

    def new_version(self, create: CreateVersion) -> int:
        """The number of a version of its own for the staged rows, made and empty."""

    def version_to_write(self, create: CreateVersion, *, one_of_each: Sequence[str] = ()) -> int:
        """The number of the version to write into: the current one, or a copy of it where the
        disposition or the shape has changed. Of `one_of_each` key only the newest row is copied.
        """

    def next_interval_end(self, version: int, *, whole: bool = False) -> datetime | None:
        """The end of the first later data interval in a version; `whole`: of whole extracts."""

    def has_unread_records(self) -> bool:
        """Whether some records were quarantined before their keys could be read. Nobody knows then
        which keys the extract lacks."""

    def warn(self, message: str) -> None:
        """Log a warning that starts with the table's name."""

    def drop(self) -> None:
        """Drop the staging table: a second try of the task then finds that the run is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A run's staged rows and the version that readers have, before anything is published."""

    table: PublishedTable
    version: int
    staging: TableName
    rejects: TableName | None
    """What the run has quarantined."""
    primary_key: tuple[str, ...]
    order: Order
    missing_keys: MissingKeys
    has_unread_records: bool
    slice: Slice | None = None
    """Of an incremental gold table: what the staged rows take the place of."""
    deleted_when: str | None = None
    """The boolean column that says of a staged row that its key is deleted."""


@dataclass(frozen=True, slots=True)
class WriteDisposition(ABC):
    """How a run's rows meet those already published (dlt's words)."""

    name: ClassVar[str]
    """Its word in YAML and in the registry."""
    whole: ClassVar[bool] = False
    """Each run has to bring the whole table: an increment would delete the rest."""
    needs_key: ClassVar[bool] = False
    """It finds rows by their primary key."""
    moves_staging: ClassVar[bool] = False
    """The staging table itself becomes a version, and nothing is left of the one before: it must
    survive a crash, and an older interval must not come after a newer one."""
    stores_rows: ClassVar[bool] = True
    """False: a version is a SELECT, and its rows are those of its inputs, whenever it is read."""
    appends: ClassVar[bool] = False
    """A row that is read twice is there twice."""
    keeps_history: ClassVar[bool] = False
    """Its rows say since when they hold: no other disposition can continue them, nor be continued
    by it."""
    holds_to_window: ClassVar[bool] = False
    """Of an incremental table: every row of a run lies in the run's stretch of time, which no other
    row of the table does."""
    can_be_partitioned: ClassVar[bool] = False
    """Whether its rows may be in partitions by time: it deletes and inserts, and finds none by
    key."""
    keeps_latest: ClassVar[bool] = False
    """Of two states of a key it keeps the later one: it has to know the order of loads."""
    deletes_by_row: ClassVar[bool] = False
    """A row may say that its key is deleted (`deleted_when`)."""
    why_no_missing_keys: ClassVar[str] = ""
    """Why `missing_keys` has no use; empty where it has."""

    @property
    def brings_all(self) -> bool:
        """Whether readers have the rows of the latest run alone, and none of a former one."""
        return self.moves_staging or not self.stores_rows

    def __str__(self) -> str:
        return self.name

    def list_indexed(self, primary_key: Sequence[str]) -> tuple[str, ...]:
        """The columns of the index that each version has, which is unique where there is a key."""
        return tuple(primary_key)

    def list_added_columns(self, missing_keys: MissingKeys) -> tuple[str, ...]:
        """The columns, all `timestamptz`, that the published table has beyond the staged ones."""
        return ()

    def sides(self, beside: Beside) -> tuple[sql.Composed, sql.Composed]:
        """Two queries: the published rows that the publication takes away or overwrites, and the
        rows that it brings. What is in neither stays as it is."""
        from medallion.publish.relations import select_rows

        return select_rows(beside.table.version(beside.version)), select_rows(beside.staging)

    def afterwards(self, beside: Beside, columns: Sequence[str]) -> sql.Composed:
        """SELECT of these columns of the whole table as it would be. Of a disposition that adds to
        what is there it is more than what the run brings."""
        from medallion.publish.relations import select_columns

        return select_columns(beside.staging, columns)

    @abstractmethod
    def write(self, staged: Staged) -> Written:
        """Write the staged rows into a version, new or current.

        Raises:
            DataRejected: more rows would be deleted than the guard allows.
            WarehouseRefused: the published table was written by a disposition that this one cannot
                continue.
        """

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: Any) -> core_schema.CoreSchema:
        written = core_schema.to_string_ser_schema()
        name = f"{__name__}.{cls.__name__}"  # under which the JSON schema has it
        return core_schema.no_info_plain_validator_function(_read, serialization=written, ref=name)

    @classmethod
    def __get_pydantic_json_schema__(cls, _: Any, __: Any) -> dict[str, Any]:
        return {"description": cls.__doc__, "enum": words(), "type": "string"}


def words() -> list[str]:
    """The names that YAML may give, in the order of DISPOSITIONS."""
    from medallion.publish.dispositions import DISPOSITIONS

    return list(DISPOSITIONS)


def _read(value: Any) -> WriteDisposition:
    from medallion.publish.dispositions import DISPOSITIONS

    if isinstance(value, WriteDisposition):
        return value
    if not isinstance(value, str) or value not in DISPOSITIONS:
        *first, last = map(repr, DISPOSITIONS)
        raise PydanticKnownError("enum", {"expected": f"{', '.join(first)} or {last}"})
    return DISPOSITIONS[value]
