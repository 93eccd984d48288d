"""The numbers behind the times of an .xlsx, for the reader of workbooks hides two things of them.

It gives every number below 1 that is formatted as a date or a time as a time of day: -0.25 as
18:00, and 0 and 0.5 of the 1904 system, which may be moments of 1904-01-01.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

_PLACE = re.compile(r"([A-Z]+)([0-9]+)")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_BUILT_IN_DATES = frozenset((*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)))
_NOT_CODES = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_FIRST_1904 = datetime(1904, 1, 1)  # noqa: DTZ001  # Excel knows no zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Serials:
    """The numbers below 1 of one sheet, by row and column from 0, with their formats' kinds."""

    since_1904: bool
    numbers: Mapping[tuple[int, int], tuple[float, bool]]

    def meant(self, row: int, column: int) -> float | date | None:
        """What a cell that looks like a time of day says; None where it is one.

        A negative number stays a number: no calendar has it.
        """
        number, is_date = self.numbers.get((row, column), (0.5, False))
        if number < 0:
            return number
        if not (self.since_1904 and is_date):
            return None
        return _FIRST_1904 + timedelta(days=number) if number else _FIRST_1904.date()


def serials(file: Path, sheet: str) -> Serials:
    """Those of a sheet; none where the file is no .xlsx."""
    if not zipfile.is_zipfile(file):
        return Serials(since_1904=False, numbers={})
    with zipfile.ZipFile(file) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return Serials(since_1904=False, numbers={})
        workbook = _root(archive, "xl/workbook.xml")
        dates = _date_styles(archive)
        numbers = {
            place: (number, style in dates)
            for place, number, style in _small_numbers(archive, _part_of(archive, workbook, sheet))
        }
    properties = next(_all(workbook, "workbookPr"), None)
    said = properties.get("date1904", "0") if properties is not None else "0"
    return Serials(since_1904=said in ("1", "true", "on"), numbers=numbers)


def _root(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with archive.open(name) as content:
        return ElementTree.parse(content).getroot()  # noqa: S314  # in a process of its own, bounded


def _all(parent: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (element for element in parent.iter() if element.tag.rpartition("}")[2] == name)


def _part_of(archive: zipfile.ZipFile, workbook: ElementTree.Element, sheet: str) -> str:
    relation = next(
        found.get(_RELATION) or found.get(_STRICT_RELATION)
        for found in _all(workbook, "sheet")
        if found.get("name") == sheet
    )
    relations = _all(_root(archive, "xl/_rels/workbook.xml.rels"), "Relationship")
    target = next(found.get("Target", "") for found in relations if found.get("Id") == relation)
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """The styles whose number formats show a day, a month or a year."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    styles = _root(archive, "xl/styles.xml")
    own = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in _all(styles, "numFmt")}
    cells = next(_all(styles, "cellXfs"), None)
    if cells is None:
        return frozenset()
    formats = [int(one.get("numFmtId", 0)) for one in cells]
    return frozenset(
        at
        for at, number in enumerate(formats)
        if (_shows_a_day(own[number]) if number in own else number in _BUILT_IN_DATES)
    )


def _shows_a_day(code: str) -> bool:
    return re.search("[yd]", _NOT_CODES.sub("", code).lower()) is not None


def _small_numbers(
    archive: zipfile.ZipFile, part: str
) -> Iterator[tuple[tuple[int, int], float, int]]:
    """Place, number and style of each cell with a number below 1."""
    with archive.open(part) as content:
        for _, element in ElementTree.iterparse(content):  # noqa: S314  # as above
            kind = element.tag.rpartition("}")[2]
            if kind == "c" and element.get("t", "n") == "n":
                value = next((found.text for found in element if found.tag.endswith("}v")), None)
                place = _PLACE.fullmatch(element.get("r", ""))
                if value and place and (number := float(value)) < 1:
                    at = (int(place[2]) - 1, column_number(place[1]))
                    yield at, number, int(element.get("s", 0))
            if kind == "row":
                element.clear()


def column_number(letters: str) -> int:
    """A column's number, from 0: 27 for AB."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
