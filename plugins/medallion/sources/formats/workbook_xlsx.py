"""Numbers of an .xlsx (Office Open XML), for `workbook_serials`."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.etree import ElementTree

from medallion.sources.formats.workbook_cells import Place, SmallNumbers

_PLACE = re.compile(r"([A-Z]+)([0-9]+)")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def read(archive: zipfile.ZipFile, sheet: str) -> SmallNumbers:
    """The numbers below 1 of a sheet. Raises what `workbook_serials.serials` does."""
    workbook = _root(archive, "xl/workbook.xml")
    properties = next(_all(workbook, "workbookPr"), None)
    said = properties.get("date1904", "0") if properties is not None else "0"
    relation = next(
        found.get(_RELATION) or found.get(_STRICT_RELATION)
        for found in _all(workbook, "sheet")
        if found.get("name") == sheet
    )
    styles, codes = _styles(archive)
    part = part_of(archive, "xl/_rels/workbook.xml.rels", relation)
    return SmallNumbers(
        since_1904=said in ("1", "true", "on"),
        styles=styles,
        codes=codes,
        cells=list(_small_numbers(archive, part)),
    )


def part_of(archive: zipfile.ZipFile, relations: str, relation: str | None) -> str:
    """The path in the archive of a relation of the workbook. Raises StopIteration if there is
    none."""
    found = _all(_root(archive, relations), "Relationship")
    target = next(each.get("Target", "") for each in found if each.get("Id") == relation)
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))


def column_number(letters: str) -> int:
    """A column's number, from 0: 27 for AB.

    >>> column_number("A"), column_number("AB")
    (0, 27)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _root(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with archive.open(name) as content:
        return ElementTree.parse(content).getroot()  # noqa: S314  # in a process of its own, bounded


def _all(parent: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (element for element in parent.iter() if element.tag.rpartition("}")[2] == name)


def _styles(archive: zipfile.ZipFile) -> tuple[dict[int, int], dict[int, str]]:
    if "xl/styles.xml" not in archive.namelist():
        return {}, {}
    styles = _root(archive, "xl/styles.xml")
    own = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in _all(styles, "numFmt")}
    cells = next(_all(styles, "cellXfs"), None)
    formats = [] if cells is None else [int(one.get("numFmtId", 0)) for one in cells]
    return dict(enumerate(formats)), own


def _small_numbers(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[Place, float, int]]:
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
