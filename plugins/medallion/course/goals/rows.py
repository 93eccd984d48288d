"""The rows of a query, for a reader: how they are printed, and when two values are the same."""

from __future__ import annotations

from decimal import Decimal

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from medallion.prose import tally
from medallion.spec.messages.report import visible
from medallion.warehouse.tables.query_rows import QueryRows

SHOWN = 20
_DIGITS = 6


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


def comparable(value: object) -> object:
    """A value that is equal to another one where a reader would say so: 2.50 and 2.5, and a sum
    that was added up in another order.

    >>> comparable(Decimal("2.50")) == comparable(2.5000000001)
    True
    """
    if isinstance(value, float | Decimal):
        return round(float(value), _DIGITS)
    return tuple(value) if isinstance(value, list) else value
