"""Where each column of a table comes from, and which columns are made of it.

Of a column of a domain that the person may not see, it says only that there is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from medallion.catalogue.declared_table import DeclaredColumn, DeclaredTable
from medallion.names import SYSTEM_COLUMNS, TableName
from medallion.sql.origins import result_columns
from medallion.sql.result_columns import NOTHING, Origins, ResultColumns, TableColumn, doubt
from medallion.sql.scope import UNKNOWN, Columns

NO_COLUMN = "no column: a constant, or a count of rows"
_TOO_DEEP = "its SELECT nests too deep to be followed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnName:
    """A column of a table, by the names that readers write."""

    table: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLineage:
    """One column, in both directions.

    Attributes:
        fields: of silver, the fields of the source's records.
        comes_from: columns of tables.
        comes_from_another_domain: of tables that the person may not see, too.
        is_copy: the one column's value is taken as it is.
        unknown: why some of it is not known, or that there is no column; sentences.
        used_by: the columns that are made of it.
        used_by_another_domain: there are some that the person may not see.
    """

    column: str
    fields: tuple[str, ...] = ()
    comes_from: tuple[ColumnName, ...] = ()
    comes_from_another_domain: bool = False
    is_copy: bool = False
    unknown: tuple[str, ...] = ()
    used_by: tuple[ColumnName, ...] = ()
    used_by_another_domain: bool = False


class ColumnOrigins:
    """What the columns of all tables are made of: each is resolved when it is first asked for."""

    def __init__(self, tables: Mapping[str, DeclaredTable]) -> None:
        """`tables` by what readers of the warehouse write."""
        self._tables = tables
        self._known: dict[str, ResultColumns] = {}

    def columns(self, table: TableName) -> Columns:
        """What is known of a table's columns, as far as specs say it."""
        said = self._tables.get(str(table))
        if said is None:
            return UNKNOWN
        if not said.sql:
            names = tuple(column.name for column in said.columns)
            return Columns(names=names, whole=not said.grows, own=True)
        found = self._gold(said)
        return Columns(names=tuple(found.names()), whole=found.is_whole, own=True)

    def of(self, table: DeclaredTable, published: Iterable[str] = ()) -> Mapping[str, Origins]:
        """Each column of a table, in its order, with what it is made of within the warehouse.

        Args:
            published: columns that readers find besides, of which the spec's texts show no name.
        """
        if table.sql:
            found = self._gold(table)
            names = dict.fromkeys((*found.names(), *published))
            return {name: found.of(name) for name in names}
        return {column.name: _silver(column) for column in table.columns}

    def column(self, table: DeclaredTable, name: str) -> Origins:
        """What one column is made of; unknown where the spec's texts do not say it."""
        own = name.startswith("_") or name in SYSTEM_COLUMNS
        if table.sql:
            found = self._gold(table)
            return NOTHING if own and not found.has(name) else found.of(name)
        for column in table.columns:
            if column.name == name:
                return _silver(column)
        return NOTHING if own or table.grows else doubt(f"no spec says where {name} comes from")

    def _gold(self, table: DeclaredTable) -> ResultColumns:
        name = str(table.table.public)
        if name not in self._known:
            self._known[name] = ResultColumns.of_unknown(
                "tables are made of one another in a circle"
            )
            if table.outline is None:
                self._known[name] = ResultColumns.of_unknown(_TOO_DEEP)
            else:
                self._known[name] = result_columns(
                    table.outline, lambda schema, other: self.columns(TableName(schema, other))
                )
        return self._known[name]


def column_lineage(
    table: DeclaredTable,
    readers: Iterable[DeclaredTable],
    origins: ColumnOrigins,
    domains: frozenset[str],
    published: Iterable[str] = (),
) -> list[ColumnLineage]:
    """The columns of a table, in both directions.

    Args:
        published: those that readers find.
        readers: the tables that are made of it.
        domains: those that the person may see.
    """
    used: dict[str, list[TableColumn]] = defaultdict(list)
    for reader in readers:
        for name, made in origins.of(reader).items():
            for one in made.columns:
                if one.table == table.table.public:
                    used[one.column].append(TableColumn(reader.table.public, name))
    declared = {column.name: column for column in table.columns}
    return [
        _lineage(name, made, declared.get(name), used[name], domains)
        for name, made in origins.of(table, published).items()
    ]


def _lineage(
    name: str,
    made: Origins,
    declared: DeclaredColumn | None,
    used: Sequence[TableColumn],
    domains: frozenset[str],
) -> ColumnLineage:
    fields = declared.fields if declared else ()
    comes_from, comes_from_elsewhere = _filter_seen(made.columns, domains)
    used_by, used_elsewhere = _filter_seen(used, domains)
    unknown = sorted(made.unknown)
    if not (fields or made.columns or made.unknown):
        unknown.append(NO_COLUMN)
    return ColumnLineage(
        column=name,
        fields=fields,
        comes_from=comes_from,
        comes_from_another_domain=comes_from_elsewhere,
        is_copy=made.is_copy,
        unknown=tuple(unknown),
        used_by=used_by,
        used_by_another_domain=used_elsewhere,
    )


def _silver(column: DeclaredColumn) -> Origins:
    if column.made_by:
        return Origins(unknown=frozenset((f"the Python function {column.made_by} makes it",)))
    return Origins(columns=frozenset(column.looked_up)) if column.looked_up else NOTHING


def _filter_seen(
    columns: Iterable[TableColumn], domains: frozenset[str]
) -> tuple[tuple[ColumnName, ...], bool]:
    """The columns that a person may see, and whether there are others."""
    found = sorted(set(columns))
    names = tuple(
        ColumnName(table=str(one.table), column=one.column)
        for one in found
        if _domain(one.table) in domains
    )
    return names, len(names) < len(found)


def _domain(table: TableName) -> str:
    return table.schema.partition("_")[2]
