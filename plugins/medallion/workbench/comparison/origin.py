"""What a table or a column is made of, back to the sources."""

from __future__ import annotations

from dataclasses import dataclass

from medallion.catalogue.declared_table import DeclaredTable
from medallion.names import TableName
from medallion.sql.result_columns import TableColumn
from medallion.workbench.comparison.changes import list_names
from medallion.workbench.comparison.downstream import Graph
from medallion.workbench.comparison.places import NOWHERE, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A column, a table or a source that something is made of; `how`: what it has to do with it."""

    name: str
    how: str
    place: Place = NOWHERE


def inputs_of_column(column: TableColumn, graph: Graph) -> tuple[Input, ...]:
    """Columns of tables, fields of sources, and what is not known, after what is made of them."""
    found = list(_ends(column, graph))
    for made, other in graph.upstream_of(column):
        table = graph.tables.get(str(made.table))
        is_copy = table is not None and graph.origins.column(table, made.column).is_copy
        verb = "copied into" if is_copy else "read for"
        name = f"{other.table}.{other.column}"
        found.append(
            Input(name=name, how=f"{verb} {_name(made, column)}", place=_place(other, graph))
        )
        found += _ends(other, graph)
    return tuple(dict.fromkeys(found))


def inputs_of_table(table: str, graph: Graph) -> tuple[Input, ...]:
    """Tables and sources, nearest first."""
    found: list[Input] = []
    todo = [table]
    for name in todo:  # it grows
        known = graph.tables.get(name)
        if known is None:
            continue
        if known.source:
            found.append(Input(name=known.source, how=f"source of {name}", place=_of(known, graph)))
        for other in known.upstream:
            found.append(
                Input(name=str(other), how=f"read for {name}", place=_place_of(other, graph))
            )
            if str(other) not in todo:
                todo.append(str(other))
    return tuple(dict.fromkeys(found))


def _ends(column: TableColumn, graph: Graph) -> list[Input]:
    """Where the lineage of a column ends: fields of records, or why it is not known."""
    table = graph.tables.get(str(column.table))
    if table is None:
        return []
    found = [
        Input(
            name=f"{table.source}: {list_names(one.fields)}",
            how=f"field{'s'[: len(one.fields) != 1]} of {column.table}.{column.column}",
            place=_place(column, graph),
        )
        for one in table.columns
        if one.name == column.column and one.fields
    ]
    unknown = sorted(graph.origins.column(table, column.column).unknown)
    return [*found, *(Input(name="not known", how=why) for why in unknown)]


def _name(made: TableColumn, asked: TableColumn) -> str:
    return made.column if made.table == asked.table else f"{made.table}.{made.column}"


def _place(column: TableColumn, graph: Graph) -> Place:
    table = graph.tables.get(str(column.table))
    if table is None:
        return NOWHERE
    if table.sql:
        return Place(path=table.sql_path)
    key = ("datasets", table.table.name, "silver", "columns", column.column)
    return graph.sides[str(column.table)].places.of(table.spec_path, key)


def _place_of(table: TableName, graph: Graph) -> Place:
    known = graph.tables.get(str(table))
    return _of(known, graph) if known else NOWHERE


def _of(table: DeclaredTable, graph: Graph) -> Place:
    if table.sql:
        return Place(path=table.sql_path)
    side = graph.sides[str(table.table.public)]
    return side.places.of(table.spec_path, ("datasets", table.table.name))
