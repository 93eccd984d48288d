"""Whose values no page shows.

A gold table declares no classification of its own: a column of it is personal if it is made of a
personal one, under whatever name. What nobody can say counts as personal. A column's label says
which it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from medallion.catalogue.declared import Declared
from medallion.catalogue.declared_table import DeclaredColumn, DeclaredTable
from medallion.names import PublishedTable
from medallion.sql.result_columns import TableColumn

_At = tuple[PublishedTable | None, str]
"""A column of a table; None: of one that no spec that runs declares."""


def find_hidden_fields(
    declared: Declared,
    table: PublishedTable,
    published: Iterable[str] = (),
    named: Iterable[str] = (),
) -> frozenset[str]:
    """The columns whose values are not shown, and the fields of records that they are read from.

    Args:
        published: the columns that the table really has. A SELECT's text does not show them all:
            without them, what stands behind a `*` is missing.
        named: names in something that was kept: of columns, which may be gone, or of fields.
    """
    search = _Search(declared)
    one = declared.tables.get(table)
    clear = [c for c in one.columns if not search.is_personal(table, c.name)] if one else []
    read = {field for column in clear for field in column.fields}
    asked = dict.fromkeys([*published, *(name for name in named if name not in read)])
    if one is not None:
        asked |= dict.fromkeys(declared.origins.of(one))
    hidden = {column for column in asked if search.is_personal(table, column)}
    return frozenset(hidden | (search.names_before(table) - set(asked)))


def find_hidden_if_known(
    declared: Declared, table: PublishedTable, published: Iterable[str] = ()
) -> frozenset[str] | None:
    """The same; None where no spec that runs declares the table."""
    return find_hidden_fields(declared, table, published) if table in declared.tables else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Why a column counts as personal that its spec says nothing of.

    Attributes:
        said: what is declared of what it is made of, in words, as `Personal data (email): hashed.`
        made_of: the columns of which that is declared; a column may have only a field in common
            with one.
        is_unsure: nobody can say what it is made of, and that may be one of those.
    """

    said: tuple[str, ...] = ()
    made_of: tuple[TableColumn, ...] = ()
    is_unsure: bool = False


def find_labels(
    declared: Declared, table: PublishedTable, columns: Iterable[str]
) -> Mapping[str, Label]:
    """Of those columns that are personal without a declaration of their own: why they are."""
    search, one = _Search(declared), declared.tables.get(table)
    if one is None:
        return {}
    own = one.personal_columns
    return {
        column: _label(search.find_all(table, column))
        for column in columns
        if column not in own and search.is_personal(table, column)
    }


def _label(found: _Found) -> Label:
    said = {pair for one, column in found.ends for pair in _list_said(one, column)}
    return Label(
        said=tuple(sorted({text for text, _ in said})),
        made_of=tuple(sorted(column for _, column in said)),
        is_unsure=found.is_unsure,
    )


def _list_said(one: DeclaredTable, column: str) -> Iterable[tuple[str, TableColumn]]:
    """What its spec says of a column; where it says nothing, of those that read the same fields."""
    said = {other.name: other for other in one.columns}
    own = said.get(column)
    if own is None or own.personal:
        about = [own] if own else []
    else:
        about = [c for c in one.columns if c.personal and {*own.fields} & {*c.fields}]
    return [(c.personal, TableColumn(one.table.public, c.name)) for c in about]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The personal columns before one; whether some of what is before it is not known."""

    ends: Sequence[tuple[DeclaredTable, str]]
    is_unsure: bool


class _Search:
    """Looks for personal data before columns. What it has found harmless it does not follow
    again."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._clear: set[_At] = set()

    def is_personal(self, table: PublishedTable, column: str) -> bool:
        """Whether a column is, or anything that it may be made of."""
        todo: list[_At] = [(table, column)]
        seen: set[_At] = set()
        while todo:
            at = todo.pop()
            if at in seen or at in self._clear:
                continue
            seen.add(at)
            one = self._declared.tables.get(at[0]) if at[0] else None
            if one is None or _is_said_personal(one, at[1]):
                return True
            made = self._declared.origins.column(one, at[1])
            if made.unknown and self._any_before(one):
                return True
            todo += [(self._find_published(str(o.table)), o.column) for o in made.columns]
        self._clear |= seen
        return False

    def find_all(self, table: PublishedTable, column: str) -> _Found:
        """Every personal column that a column may be made of. It follows them no further."""
        todo: list[_At] = [(table, column)]
        seen: set[_At] = set()
        ends: list[tuple[DeclaredTable, str]] = []
        is_unsure = False
        while todo:
            at = todo.pop()
            if at in seen or at in self._clear:
                continue
            seen.add(at)
            one = self._declared.tables.get(at[0]) if at[0] else None
            if one is None:
                is_unsure = True
                continue
            if _is_said_personal(one, at[1]):
                ends.append((one, at[1]))
                continue
            made = self._declared.origins.column(one, at[1])
            is_unsure = is_unsure or bool(made.unknown and self._any_before(one))
            todo += [(self._find_published(str(o.table)), o.column) for o in made.columns]
        return _Found(ends=ends, is_unsure=is_unsure)

    def names_before(self, table: PublishedTable) -> set[str]:
        """The personal fields of a table and of all that it is made of: former columns and fields
        of records have these names."""
        return {name for one in self._before(table) if one for name in one.hidden_fields}

    def _any_before(self, one: DeclaredTable) -> bool:
        return any(other is None or other.hidden_fields for other in self._before(one.table))

    def _before(self, table: PublishedTable) -> Iterable[DeclaredTable | None]:
        """The table and all that it is made of; None for what no spec declares."""
        todo: list[PublishedTable | None] = [table]
        seen: set[PublishedTable] = set()
        while todo:
            at = todo.pop()
            one = self._declared.tables.get(at) if at else None
            if one is None:
                yield None
            elif one.table not in seen:
                seen.add(one.table)
                yield one
                todo += [self._find_published(str(name)) for name in one.upstream]

    def _find_published(self, name: str) -> PublishedTable | None:
        return self._declared.by_name.get(name)


def _is_said_personal(one: DeclaredTable, column: str) -> bool:
    """Of silver: by its spec, or as it reads a personal field. A Python function may read any."""
    if column in one.hidden_fields:
        return True
    said = next((c for c in one.columns if c.name == column), None)
    if one.sql or said is None or not one.hidden_fields:
        return False
    return bool(said.made_by) or _reads(said, one.hidden_fields)


def _reads(said: DeclaredColumn, hidden: frozenset[str]) -> bool:
    """Whether a column reads a personal field, a part of one, or an object that holds one."""
    return any(
        field == other
        or field.startswith((f"{other}.", f"{other}["))
        or other.startswith((f"{field}.", f"{field}["))
        for field in said.fields
        for other in hidden
    )
