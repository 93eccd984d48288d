"""What a data diff has found, as its reports show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from medallion.names import PublishedTable
from medallion.publish.relations import Column
from medallion.warehouse.tables.table_diff import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChanges:
    """Columns that would come, go, or have another type. `retyped`: name, type before and after."""

    added: tuple[Column, ...] = ()
    removed: tuple[Column, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_breaking(self) -> bool:
        """Whether readers of a column would notice."""
        return bool(self.removed or self.retyped)


def schema_changes(before: Sequence[Column], after: Sequence[Column]) -> SchemaChanges:
    """How two shapes differ, without Medallion's own columns.

    >>> changes = schema_changes([Column(name="a", type="text")], [Column(name="a", type="date")])
    >>> changes.retyped, changes.is_breaking
    ((('a', 'text', 'date'),), True)
    """
    old, new = ({c.name: c for c in side if c.name[0] != "_"} for side in (before, after))
    return SchemaChanges(
        added=tuple(column for name, column in new.items() if name not in old),
        removed=tuple(column for name, column in old.items() if name not in new),
        retyped=tuple(
            (name, old[name].type, column.type)
            for name, column in new.items()
            if name in old and old[name].type != column.type
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A value of a changed row: the row's key, and the value before and after; None: NULL."""

    key: Texts
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDiff:
    """A column that both sides have. `rows`: in how many of the rows that both have it differs.
    `is_hidden`: its values are protected, so there are no examples."""

    name: str
    rows: int
    is_hidden: bool
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowExample:
    """A row that only one side has: its key, and its other values by column."""

    kind: str
    key: Texts
    values: tuple[tuple[str, str | None], ...]
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of both sides. With a key, `uncompared_*` are those that it does not tell from others;
    without one, `changed` is 0 and `same` counts whole rows that both sides have."""

    before: int
    after: int
    added: int
    removed: int
    changed: int
    same: int
    uncompared_before: int = 0
    uncompared_after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One measure of a column on both sides, as text; None: there is no value, or no such column.
    `of` is "" for what was read to make the table: quarantined rows, duplicates."""

    column: str
    measure: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDiff:
    """All that was found of one table.

    Attributes:
        source: what the new rows are made of, for people.
        version: of the published table, with its time; None: it was never published.
        key: the columns that rows are compared by; empty: as whole rows.
        hidden: columns whose values are not shown.
        rows: None where the two could not be compared: `notes` say why.
        rows_after: how many rows would be published.
        untouched: published rows that such a run leaves as they are.
        columns: those that both sides have, and that are not of the key.
        problem: why it would not be published; empty: it would be.
    """

    table: PublishedTable
    source: str
    version: int | None
    published_at: datetime | None
    key: tuple[str, ...]
    hidden: frozenset[str]
    schema: SchemaChanges
    rows: Rows | None
    rows_after: int
    untouched: int
    columns: tuple[ColumnDiff, ...]
    examples: tuple[RowExample, ...]
    aggregates: tuple[Aggregate, ...]
    notes: tuple[str, ...]
    problem: str

    @property
    def is_different(self) -> bool:
        """Whether readers would see something else, or nothing new because it is refused."""
        rows = self.rows
        moved = rows is None or bool(
            rows.added or rows.removed or rows.changed or rows.uncompared_after
        )
        schema = self.schema
        return moved or bool(schema.added or schema.is_breaking or self.problem)
