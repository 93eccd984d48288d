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

CreateVersion = Callable[[PublishedTable, int, Sequence[str]], "Sequence[sql.Composed]"]
"""The statements of an empty version of a table, of a number, with the index on a primary key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a disposition has done.

    `published` counts the staged rows that readers get; the others were superseded by newer ones.
    `whole`: the run has said of every key whether it is there.
    """

    version: int
    published: int
    deleted: int = 0
    whole: bool = False


class Staged(Protocol):
    """The rows that wait to be published, and what they are published on top of.

    All of it happens in the publication's own transaction; the caller commits.
    """

    @property
    def table(self) -> PublishedTable:
        """The table that the rows are published as."""

    @property
    def staging(self) -> TableName:
        """The table that the rows are in; `drop` it, where it does not become a version itself."""

    @property
    def rejects(self) -> TableName | None:
        """The run's rows for quarantine; None where no table was made for them."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The staged columns, those of provenance among them."""

    @property
    def rows(self) -> int:
        """How many rows are staged."""

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns that tell one row from another; empty where the spec names none."""

    @property
    def missing_keys(self) -> MissingKeys:
        """What the spec wants of keys that are not staged."""

    @property
    def guard(self) -> GuardSpec:
        """What the run must bring."""

    @property
    def interval_end(self) -> datetime:
        """The end of the data interval: the moment that the rows are the state at."""

    @property
    def published_by(self) -> str | None:
        """The word of the disposition that published what readers see; None: nobody has yet."""

    def execute(self, statement: sql.Composed) -> int:
        """Run a statement; how many rows it touched."""

    def count_two(self, query: sql.Composed) -> tuple[int, int]:
        """The two counts that a query gives."""

    def indexes(self) -> Sequence[str]:
        """The names of the staging table's indexes."""

    def next_version(self) -> int:
        """The number of a version that the table has not had yet."""

    def version_to_write(self, create: CreateVersion, *, one_of_each: Sequence[str] = ()) -> int:
        """The number of the version to write into: the current one, or a copy of it where the
        disposition or the shape has changed. Of `one_of_each` key only the newest row is copied.
        """

    def next_interval_end(self, version: int, *, whole: bool = False) -> datetime | None:
        """The end of the first later data interval in a version; `whole`: of whole extracts."""

    def has_unread_records(self) -> bool:
        """Whether the keys of some records for quarantine are not known."""

    def warn(self, message: str) -> None:
        """Say it in the task's log, after the table's name."""

    def drop(self) -> None:
        """Drop the staging table."""


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
    appends: ClassVar[bool] = False
    """A row that is read twice is there twice."""
    why_no_missing_keys: ClassVar[str] = ""
    """Why `missing_keys` has no use; empty where it has."""

    def __str__(self) -> str:
        return self.name

    def added_columns(self, missing_keys: MissingKeys) -> tuple[str, ...]:
        """The columns, all of them times, that the table has beside those that are staged."""
        return ()

    @abstractmethod
    def write(self, staged: Staged) -> Written:
        """Bring the staged rows into a version.

        Raises:
            DataRejected: more rows would go than the guard allows.
            WarehouseRefused: the disposition cannot go on from what is published.
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
    """What `write_disposition` may be."""
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
