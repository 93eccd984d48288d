"""`lineage TABLE [--column NAME]`: what a table or a column is made of, and what is made of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from medallion.cli.arguments import add_table, project_folder
from medallion.closest import closest
from medallion.compiler.guard import share_guard
from medallion.errors import SetupError
from medallion.names import TableName
from medallion.prose import write_json
from medallion.roots import project_root
from medallion.spec.messages.report import visible
from medallion.sql.result_columns import TableColumn
from medallion.workbench.comparison.changes import Impact
from medallion.workbench.comparison.document import impact_document
from medallion.workbench.comparison.downstream import Graph, find_readers
from medallion.workbench.comparison.impacts import of_column, of_table
from medallion.workbench.comparison.origin import Input, inputs_of_column, inputs_of_table
from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.comparison.text import align, rows_of

HELP = "show what a table or a column is made of, and what is made of it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`TABLE [--column NAME] [--upstream|--downstream] [--format text|json] [--root DIR]`."""
    add_table(parser)
    parser.add_argument("--column", metavar="NAME", help="one column of it: what its end would hit")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--upstream", action="store_true", help="only what it is made of")
    which.add_argument("--downstream", action="store_true", help="only what is downstream")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print both directions, or the one that is asked for; 0.

    Raises:
        SetupError: no valid spec publishes the table, or it has no such column.
    """
    side = read_side(project_folder(arguments.root))
    graph = Graph.of(side)
    _hold_to_known(arguments.table, arguments.column, graph)
    above = () if arguments.downstream else _above(arguments.table, arguments.column, graph)
    below = () if arguments.upstream else _below(arguments.table, arguments.column, graph, side)
    if arguments.format == "json":
        print(_document(arguments, above, below))
        return 0
    name = f"{arguments.table}.{arguments.column}" if arguments.column else arguments.table
    if not arguments.downstream:
        rows = [(visible(one.name), visible(one.how), str(one.place)) for one in above]
        _print(f"{name} is made of", align(rows))
    if not arguments.upstream:
        _print(f"{name} is used by", rows_of(below))
    return 0


def _print(title: str, lines: Iterator[str]) -> None:
    known = list(lines)
    print(title if known else f"{title} nothing that is known")
    for line in known:
        print(f"  {line}")


def _hold_to_known(table: str, column: str | None, graph: Graph) -> None:
    if table not in graph.tables:
        close = closest(table, list(graph.tables))
        raise SetupError(
            f"no valid spec publishes {table}",
            remedy=f"did you mean {close}?" if close else "`validate` lists what is wrong",
        )
    known = graph.origins.columns(TableName.parse(table))
    if column and not known.may_have(column):
        close = closest(column, list(known.names))
        remedy = f"did you mean {close}? " if close else ""
        raise SetupError(
            f"{table} has no column {column}", remedy=f"{remedy}it has {', '.join(known.names)}"
        )


def _above(table: str, column: str | None, graph: Graph) -> tuple[Input, ...]:
    if column:
        return inputs_of_column(TableColumn(TableName.parse(table), column), graph)
    return inputs_of_table(table, graph)


def _below(table: str, column: str | None, graph: Graph, side: Side) -> tuple[Impact, ...]:
    if not column:
        return of_table(table, graph, side, "")
    asked = TableColumn(TableName.parse(table), column)
    readers = find_readers(graph, [asked], share_guard(), side)
    return of_column(asked, readers[asked], graph, side)


def _document(
    arguments: argparse.Namespace, above: tuple[Input, ...], below: tuple[Impact, ...]
) -> str:
    said: dict[str, object] = {"table": arguments.table, "column": arguments.column}
    if not arguments.downstream:
        said["upstream"] = [
            {
                "name": one.name,
                "how": one.how,
                "place": {"path": one.place.path, "line": one.place.line},
            }
            for one in above
        ]
    if not arguments.upstream:
        said["downstream"] = [impact_document(one) for one in below]
    return write_json(said)
