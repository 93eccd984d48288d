"""The part of a sheet in which a table is: `B3:H200`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from medallion.sources.formats.workbook_xlsx import column_number

AREA = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})(?::([A-Z]{1,3})([1-9]\d{0,6})?)?")
"""B3:H200; its end may be left out, in part or as a whole."""


def read_filled_rows(sheet: Any, area: str) -> Iterator[tuple[int, list[Any]]]:
    """The rows of an area (`B3:H200`, `B3:H`, `B3`; empty: all) in which a cell has a value, each
    with its number, from 1."""
    if sheet.start is None:
        return
    top, left, bottom, right = edges(area)
    offset = sheet.start[1]
    for number, row in enumerate(sheet.iter_rows()):
        if number < top:
            continue
        if bottom is not None and number > bottom:
            return
        end = None if right is None else max(right + 1 - offset, 0)
        cells = row[max(left - offset, 0) : end]
        if left < offset and area:
            cells = [""] * (offset - left) + cells
        if any(cell not in ("", None) for cell in cells):
            yield number + 1, cells


def edges(area: str) -> tuple[int, int, int | None, int | None]:
    """First row, first column, last row, last column of an area, from 0; None: to the end.

    >>> edges("B3:H200"), edges("B3")
    ((2, 1, 199, 7), (2, 1, None, None))
    """
    found = AREA.fullmatch(area)
    if not found:
        return 0, 0, None, None
    left, top, right, bottom = found.groups()
    return (
        int(top) - 1,
        column_number(left),
        int(bottom) - 1 if bottom else None,
        column_number(right) if right else None,
    )


def find_row_below(sheet: Any, area: str) -> int | None:
    """The number of the row below an area that ends at a row, if it has a value within its
    columns: the table may have grown."""
    found = AREA.fullmatch(area)
    if found is None or found[4] is None:
        return None
    left, top, right, bottom = found.groups()
    last = int(bottom) + 1
    longer = f"{left}{top}:{right}{last}"
    return next((number for number, _ in read_filled_rows(sheet, longer) if number == last), None)
