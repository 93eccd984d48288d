"""The numbers behind the times of a workbook, for the reader of workbooks hides two things of them.

It gives every number below 1 that is formatted as a date or a time as a time of day: -0.25 as
18:00, and 0 and 0.5 of the 1904 system, which may be moments of 1904-01-01.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from medallion.sources.formats import workbook_xls, workbook_xlsb, workbook_xlsx
from medallion.sources.formats.workbook_cells import Place, SmallNumbers

_BUILT_IN_DATES = frozenset((*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)))
_NOT_CODES = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_FIRST_1904 = datetime(1904, 1, 1)  # noqa: DTZ001  # Excel knows no zones
_ZIPPED = {"xl/workbook.xml": workbook_xlsx.read, "xl/workbook.bin": workbook_xlsb.read}


@dataclass(frozen=True, slots=True, kw_only=True)
class Serials:
    """The numbers below 1 of one sheet, by row and column from 0, with their formats' kinds."""

    since_1904: bool
    numbers: Mapping[Place, tuple[float, bool]]

    def find_meant(self, row: int, column: int) -> float | date | None:
        """What a cell that looks like a time of day really holds; None if it is one.

        A negative number stays a number: no calendar has it.
        """
        number, is_date = self.numbers.get((row, column), (0.5, False))
        if number < 0:
            return number
        if not (self.since_1904 and is_date):
            return None
        return _FIRST_1904 + timedelta(days=number) if number else _FIRST_1904.date()


def serials(file: Path, sheet: str, at: int) -> Serials:
    """The serial numbers below 1 of a sheet; empty for a format without any (.ods).

    Args:
        sheet: its name.
        at: its position among all sheets, from 0.

    Raises:
        LookupError, StopIteration, ValueError, SyntaxError, OSError, struct.error: the file does
            not follow its format.
    """
    found = _small_numbers(file, sheet, at)
    dates = {style for style, number in found.styles.items() if _is_date(number, found.codes)}
    numbers = {place: (number, style in dates) for place, number, style in found.cells}
    return Serials(since_1904=found.since_1904, numbers=numbers)


def _small_numbers(file: Path, sheet: str, at: int) -> SmallNumbers:
    if not zipfile.is_zipfile(file):
        return workbook_xls.read(file, at)
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        for name, read in _ZIPPED.items():
            if name in names:
                return read(archive, sheet)
    return SmallNumbers(since_1904=False, styles={}, codes={}, cells=[])


def _is_date(number: int, codes: Mapping[int, str]) -> bool:
    return _shows_a_day(codes[number]) if number in codes else number in _BUILT_IN_DATES


def _shows_a_day(code: str) -> bool:
    return re.search("[yd]", _NOT_CODES.sub("", code).lower()) is not None
