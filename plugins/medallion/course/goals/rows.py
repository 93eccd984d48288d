"""The rows of a query in the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from medallion.prose import tally
from medallion.spec.messages.report import visible
from medallion.warehouse.tables.query_rows import QueryRows

SHOWN = 20


def print_rows(console: Console, found: QueryRows) -> None:
    """The first rows as a table, and how many there are."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in found.columns:
        table.add_column(escape(visible(column.name)), overflow="fold")
    for row in found.rows[:SHOWN]:
        table.add_row(*("—" if one is None else escape(visible(str(one))) for one in row))
    console.print(table)
    more = " or more" if found.is_cut else ""
    first = f", the first {SHOWN} are shown" if len(found.rows) > SHOWN else ""
    console.print(f"{tally(len(found.rows), 'row')}{more}{first}.")
