"""The columns of a query's result, and what each of them is made of, as far as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from medallion.names import SYSTEM_COLUMNS, TableName


@dataclass(frozen=True, slots=True, order=True)
class TableColumn:
    """A column of a table that a query reads."""

    table: TableName
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """What a value is made of.

    Attributes:
        columns: that its expression names, through all that is between.
        is_copy: it is one column's value, unchanged.
        unknown: why some of it is not known, a sentence each.
    """

    columns: frozenset[TableColumn] = frozenset()
    is_copy: bool = False
    unknown: frozenset[str] = frozenset()

    def beside(self, other: Origins) -> Origins:
        """Both together, of which neither stands alone any more."""
        return Origins(columns=self.columns | other.columns, unknown=self.unknown | other.unknown)


NOTHING = Origins()


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """Columns that something may have besides those that are known: `table`'s, of which all are
    known but Medallion's own where it is `whole`; else whatever `origins` says."""

    table: TableName | None = None
    whole: bool = False
    origins: Origins = NOTHING

    def find(self, name: str) -> Origins | None:
        """What a column of that name would be; None if there is certainly none."""
        if self.table is None:
            return self.origins
        if self.whole and not (name.startswith("_") or name in SYSTEM_COLUMNS):
            return None
        return Origins(columns=frozenset((TableColumn(self.table, name),)), is_copy=True)


Column = tuple[str | None, Origins] | More
"""A column with its name, or several that are not known. They are in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumns:
    """What a SELECT gives, column by column, each with what it is made of."""

    columns: tuple[Column, ...] = ()

    @classmethod
    def of_unknown(cls, why: str) -> ResultColumns:
        """Of a query that is not followed."""
        return cls(columns=(More(origins=doubt(why)),))

    @property
    def is_whole(self) -> bool:
        """Whether it has no other columns, but Medallion's own and the server's."""
        return all(one.whole for one in self.columns if isinstance(one, More))

    def names(self) -> list[str]:
        """Those whose names are known."""
        return [one[0] for one in self.columns if not isinstance(one, More) and one[0]]

    def of(self, name: str) -> Origins:
        """What the column of that name is made of; a doubt where the text does not show it."""
        return self.find(name) or doubt(f"the query's text does not show where {name} comes from")

    def find(self, name: str) -> Origins | None:
        """The same; None if there is certainly no such column."""
        for one in self.columns:
            if not isinstance(one, More) and one[0] == name:
                return one[1]
        return self._maybe(name)

    def has(self, name: str) -> bool:
        """Whether it certainly has a column of that name."""
        return name in self.names()

    def _maybe(self, name: str) -> Origins | None:
        more = (one for one in self.columns if isinstance(one, More))
        found = [origins for one in more if (origins := one.find(name))]
        nameless = any(not isinstance(one, More) and one[0] is None for one in self.columns)
        if len(found) > 1 or (nameless and not found):
            return doubt(f"only the server knows which {name} is meant")
        return found[0] if found else None

    def all(self) -> Origins:
        """Everything, as where a whole row is named."""
        known = (one[1] for one in self.columns if not isinstance(one, More))
        more = NOTHING if self.is_whole else doubt("it is made of a row that may have more columns")
        return reduce(Origins.beside, known, more)

    def beside(self, other: Origins) -> ResultColumns:
        """Each of them together with something else."""
        more = More(origins=self.all().beside(other))
        return ResultColumns(
            columns=tuple(
                more if isinstance(one, More) else (one[0], one[1].beside(other))
                for one in self.columns
            )
        )

    def rename(self, names: Sequence[str]) -> ResultColumns:
        """After `AS t (a, b)`, which renames the first ones."""
        columns = list(self.columns)
        for at, name in enumerate(names):
            if at < len(columns) and not isinstance(columns[at], More):
                columns[at] = (name, columns[at][1])  # type: ignore[index]
            else:
                columns[at:] = [(name, _by_place(name)), More(origins=_by_place(name))]
        return ResultColumns(columns=tuple(columns))


def merge(first: ResultColumns, other: ResultColumns) -> ResultColumns:
    """The columns of a UNION: they go together by their places, and have the first ones' names."""
    columns: list[Column] = []
    pairs = zip(first.columns, other.columns, strict=False)
    for one, twin in pairs:
        if isinstance(one, More) or isinstance(twin, More):
            if one != twin:
                break
            columns.append(one)
        else:
            is_copy = one[1].is_copy and twin[1].is_copy
            columns.append((one[0], replace(one[1].beside(twin[1]), is_copy=is_copy)))
    if len(columns) == len(first.columns) == len(other.columns):
        return ResultColumns(columns=tuple(columns))
    rest = (one for one in first.columns[len(columns) :] if not isinstance(one, More))
    unsure: list[Column] = [(name, _by_place(name or "it")) for name, _ in rest]
    more = More(origins=_by_place("it"))
    return ResultColumns(columns=(*columns, *unsure, more))


def _by_place(name: str) -> Origins:
    return doubt(f"{name} is found by its place behind a *, of which not all columns are known")


def doubt(why: str) -> Origins:
    """What is not known, and why, in words that people read."""
    return Origins(unknown=frozenset((why,)))
