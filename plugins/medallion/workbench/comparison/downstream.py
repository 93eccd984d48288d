"""What is downstream of a column or a table: by the lineage of columns, and by name in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from medallion.catalogue.column_lineage import ColumnOrigins
from medallion.catalogue.declared_table import DeclaredTable
from medallion.compiler.guard import Guard
from medallion.compiler.uses import Reading, ask_uses
from medallion.names import TableName
from medallion.sql.result_columns import TableColumn
from medallion.workbench.comparison.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A table that is concerned.

    Attributes:
        columns: those of its columns that are made of what changes.
        spots: lines and columns of its SQL that name what changes.
        names: the columns that the SQL names there.
    """

    table: DeclaredTable
    columns: tuple[str, ...] = ()
    spots: tuple[tuple[int, int], ...] = ()
    names: tuple[TableColumn, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The tables of a project, and which columns are made of which.

    Attributes:
        tables: by what readers write.
        sides: whose files a table's places are in, by its name.
    """

    tables: Mapping[str, DeclaredTable]
    sides: Mapping[str, Side] = field(default_factory=dict)

    @classmethod
    def of(cls, side: Side) -> Graph:
        """The tables of one side by themselves: what was before, or what will be."""
        return cls(tables=side.all_tables, sides=dict.fromkeys(side.all_tables, side))

    @classmethod
    def between(cls, before: Side, after: Side, changed: Collection[str]) -> Graph:
        """The tables of `after`, but `changed` ones as they were before: what was made of them is
        to be found. A table of a spec that is refused now is as it was too."""
        tables, sides = dict(after.all_tables), dict.fromkeys(after.all_tables, after)
        for name, table in before.all_tables.items():
            refused = table.spec_path in after.refused and name not in tables
            if name in changed or refused:
                tables[name], sides[name] = table, before
        return cls(tables=tables, sides=sides)

    def around(self, table: str) -> Graph:
        """One table with all that is made of it, and what these read beside it."""
        kept = {table, *(str(one.table.public) for one in self.readers(table))}
        todo = list(kept)
        for name in todo:  # it grows: what `*` gives is known by what comes before it
            known = self.tables.get(name)
            for other in map(str, known.upstream if known else ()):
                if other not in kept:
                    kept.add(other)
                    todo.append(other)
        return Graph(
            tables={name: one for name, one in self.tables.items() if name in kept},
            sides=self.sides,
        )

    @cached_property
    def origins(self) -> ColumnOrigins:
        """What each column is made of, through all tables between."""
        return ColumnOrigins(self.tables)

    @cached_property
    def _made_of(self) -> Mapping[TableColumn, tuple[TableColumn, ...]]:
        found: dict[TableColumn, list[TableColumn]] = defaultdict(list)
        for table in self.tables.values():
            for name, made in self.origins.of(table).items():
                for one in made.columns:
                    found[one].append(TableColumn(table.table.public, name))
        return {column: tuple(sorted(others)) for column, others in found.items()}

    @cached_property
    def _readers(self) -> Mapping[str, tuple[DeclaredTable, ...]]:
        found: dict[str, list[DeclaredTable]] = defaultdict(list)
        for _, table in sorted(self.tables.items()):
            for name in table.upstream:
                found[str(name)].append(table)
        return {name: tuple(tables) for name, tables in found.items()}

    def list_made_of(self, column: TableColumn) -> list[TableColumn]:
        """The columns that are made of one, through all tables between, itself left out."""
        found: dict[TableColumn, None] = {column: None}
        todo = [column]
        for one in todo:  # it grows
            for other in self._made_of.get(one, ()):
                if other not in found:
                    found[other] = None
                    todo.append(other)
        return [one for one in found if one != column]

    def readers(self, table: str) -> list[DeclaredTable]:
        """The tables that are made of one, through all tables between, nearest first."""
        found: dict[str, DeclaredTable] = {}
        todo = [table]
        for one in todo:  # it grows
            for reader in self._readers.get(one, ()):
                name = str(reader.table.public)
                if name not in found and name != table:
                    found[name] = reader
                    todo.append(name)
        return list(found.values())

    def direct(self, table: str) -> tuple[DeclaredTable, ...]:
        """Those that read it by themselves."""
        return self._readers.get(table, ())

    def upstream_of(self, column: TableColumn) -> list[tuple[TableColumn, TableColumn]]:
        """What a column is made of, through all tables between: pairs of a column and one that it
        is made of."""
        found: dict[tuple[TableColumn, TableColumn], None] = {}
        todo = [column]
        for one in todo:  # it grows
            table = self.tables.get(str(one.table))
            made = self.origins.column(table, one.column).columns if table else frozenset()
            for other in sorted(made):
                if (one, other) not in found:
                    found[one, other] = None
                    todo.append(other)
        return list(found)


def find_readers(
    graph: Graph, asked: Iterable[TableColumn], guard: Guard, side: Side
) -> Mapping[TableColumn, Sequence[Reader]]:
    """The tables that each column concerns, in the order of their names.

    Args:
        asked: the columns that change.
        guard: the process that parses the SQL.
        side: the project whose folder the guarded process works in.
    """
    derived = {one: graph.list_made_of(one) for one in asked}
    wanted = {column for one, others in derived.items() for column in (one, *others)}
    uses = _uses(graph, wanted, guard, side)
    return {one: list(_readers(graph, one, others, uses)) for one, others in derived.items()}


_Uses = Mapping[str, Mapping[TableColumn, Sequence[tuple[int, int]]]]


def _uses(graph: Graph, wanted: Collection[TableColumn], guard: Guard, side: Side) -> _Uses:
    """By gold table, where its SELECT names which of the columns."""
    by_table: dict[TableName, list[TableColumn]] = defaultdict(list)
    for one in sorted(wanted):
        by_table[one.table].append(one)
    names, readings = [], []
    for name, table in sorted(graph.tables.items()):
        asked = [one for other in table.upstream for one in by_table.get(other, ())]
        if table.sql and asked:
            known = {other: graph.origins.columns(other) for other in table.upstream}
            names.append(name)
            readings.append(Reading(text=table.sql, tables=known, asked=asked))
    return dict(zip(names, ask_uses(readings, side.root, guard), strict=True))


def _readers(
    graph: Graph, column: TableColumn, derived: Sequence[TableColumn], uses: _Uses
) -> Iterator[Reader]:
    made: dict[str, list[str]] = defaultdict(list)
    for one in derived:
        made[str(one.table)].append(one.column)
    family = {column, *derived}
    for name, table in sorted(graph.tables.items()):
        named = {one: spots for one, spots in uses.get(name, {}).items() if one in family}
        if name != str(column.table) and (named or name in made):
            yield Reader(
                table=table,
                columns=tuple(made.get(name, ())),
                spots=tuple(sorted({spot for spots in named.values() for spot in spots})),
                names=tuple(sorted(named)),
            )
