"""Where the table is in a sheet: below title rows, above notes, right of empty columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from medallion.workbench.inference.file_shape import (
    ShapeRow,
    find_footer,
    find_top,
    is_title,
)

SheetRow = tuple[int, list[str]]
"""A row of a sheet that is not empty: its number, from 1, and its cells."""


def find_sheet_shape(head: Sequence[SheetRow], tail: Sequence[SheetRow]) -> dict[str, Any]:
    """The keys of a source of `format: excel` that say where the table is; empty where its first
    row that is not empty is the header.

    >>> stock = [(1, ["Stock", ""]), (3, ["article", "n"]), (4, ["A", "7"]), (5, ["Total", "7"])]
    >>> find_sheet_shape(stock, [])
    {'skip_rows': 1, 'footer': '^Total'}
    >>> goals = [(1, ["Goals", "", ""]), (3, ["", "shop", "goal"]), (4, ["", "a", "1"])]
    >>> find_sheet_shape(goals, [])
    {'range': 'B3'}

    Args:
        head: the first rows, all of one width.
        tail: the last ones; empty where `head` has all.
    """
    rows = [ShapeRow(number - 1, tuple(cells)) for number, cells in head]
    if max((row.texts for row in rows), default=0) < 2:
        return {}
    width = max(row.width for row in rows)
    first = 0
    while first + 1 < len(rows) and (is_title(rows, first, width) or _is_alone(rows, first, width)):
        first += 1
    left = _count_empty(rows[first:])
    table = [_without_first(row, left) for row in rows[first:]]
    last = [_without_first(ShapeRow(number - 1, tuple(cells)), left) for number, cells in tail]
    header, data = table[0], table[1:]
    found = find_top(header, data, first, width - left)
    if "skip_rows" in found:
        found["skip_rows"] = rows[first - 1].line + 1
    if left:
        found.pop("skip_rows", None)
        found = {"range": f"{_name_column(left)}{header.line + 1}"} | found
    return found | _find_end(last or data)


def _is_alone(rows: Sequence[ShapeRow], at: int, width: int) -> bool:
    """Whether a row of a sheet of two columns has a title only, and a blank row is below it."""
    here, below = rows[at], rows[at + 1]
    return width == 2 and here.texts == 1 and below.texts == 2 and below.line > here.line + 1


def _count_empty(rows: Sequence[ShapeRow]) -> int:
    """The columns left of the table in which nothing is."""
    filled = (
        next((at for at, cell in enumerate(row.cells) if cell.strip()), row.width) for row in rows
    )
    return min(filled, default=0)


def _without_first(row: ShapeRow, columns: int) -> ShapeRow:
    return ShapeRow(row.line, row.cells[columns:])


def _name_column(at: int) -> str:
    """A column as a sheet names it, by its place from 0.

    >>> _name_column(1), _name_column(27)
    ('B', 'AB')
    """
    name, number = "", at + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _find_end(rows: Sequence[ShapeRow]) -> dict[str, Any]:
    """What is below the records. All rows of a sheet have one width: what is none of them says so
    by a word, or has its first cell alone below rows that are fuller."""
    if not rows:
        return {}
    notes = list(
        takewhile(lambda row: row.texts == 1 and row.cells[0].strip() != "", reversed(rows))
    )
    kept = rows[: len(rows) - len(notes)]
    if not notes or not kept or min(row.texts for row in kept) < 2:
        return find_footer(rows, rows[0].width)
    found = find_footer(kept, kept[0].width)
    return found if "footer" in found else {"skip_footer": len(notes)}
