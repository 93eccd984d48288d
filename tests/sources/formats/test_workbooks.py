"""Workbooks: cells become predictable texts; what cannot be read is reported, in bounded memory."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900
from tests.sources.formats.xlsb_book import xlsb

from medallion.errors import SetupError, SourceRefused
from medallion.sources.file.source import FileSource
from medallion.sources.formats import workbooks

Extract = Callable[..., Any]
FIXTURES = Path(__file__).parent / "workbooks"


def workbook(**sheets: dict[str, Any]) -> bytes:
    """A workbook of these sheets, each with its cells by their places."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for place, value in cells.items():
            if place == "state":
                sheet.sheet_state = value
            elif place == "merged":
                sheet.merge_cells(value)
            else:
                sheet[place] = value
    return saved(book)


def saved(book: Any) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def moment(*parts: int) -> dt.datetime:
    """Excel knows no zones."""
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def rows(*lines: list[Any]) -> dict[str, Any]:
    return {
        f"{chr(ord('A') + column)}{row}": value
        for row, line in enumerate(lines, start=1)
        for column, value in enumerate(line)
    }


@pytest.fixture
def read(extract: Extract, tmp_path: Path) -> Callable[..., list[list[str]]]:
    """Land a workbook, and the records that the cleaning will read of it, header first."""

    def run(content: bytes, name: str = "a.xlsx", **said: Any) -> list[list[str]]:
        (tmp_path / name).write_bytes(content)
        landed = extract(FileSource(type="file", format="excel", path=name, **said))
        assert landed.bytes_of() == content
        layout = landed.manifest.layout
        found = workbooks.as_csv(tmp_path / name, name, layout, tmp_path / "copy.csv")
        lines = (tmp_path / "copy.csv").read_text(encoding="utf-8").splitlines()
        assert landed.manifest.records == len(lines) - 1
        assert found.columns == layout.columns
        return [line.split(",") for line in lines]

    return run


def test_cells_become_predictable_texts(read: Callable[..., list[list[str]]]) -> None:
    values: dict[Any, str] = {
        1: "1", -5: "-5", 1.5: "1.5", 0.1 + 0.2: "0.3", 1234.5600000000001: "1234.56",
        1e20: "100000000000000000000", 1e-7: "0.0000001", 9007199254740991: "9007199254740991",
        "007": "007", " x ": " x ", "é千👍": "é千👍", "=1+1": "", "#N/A": "",
        dt.date(2026, 1, 31): "2026-01-31", dt.date(9999, 12, 31): "9999-12-31",
        moment(1900, 1, 1): "1900-01-01", "0001-01-01": "0001-01-01",
        moment(2026, 1, 31, 12, 30, 15): "2026-01-31T12:30:15",
        moment(2026, 1, 31, 12, 30, 15, 250_000): "2026-01-31T12:30:15.250",
        dt.time(8, 5): "08:05:00", dt.timedelta(hours=30): "30:00:00",
    }  # fmt: skip
    lines = [[number, value] for number, value in enumerate([*values, True])]
    found = read(workbook(S=rows(["id", "v"], *lines)))
    assert found[0] == ["id", "v"]
    assert [text for _, text in found[1:]] == [*values.values(), "true"]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, [["column_1", "id"], ["Report", ""], ["x", "1"], ["y", "2"], ["", "total"]]),
        ({"range": "B4"}, [["id", "v"], ["1", "a"], ["2", "b"], ["total", ""]]),
        ({"range": "B4:C"}, [["id", "v"], ["1", "a"], ["2", "b"], ["total", ""]]),
        ({"range": "A4:B6"}, [["column_1", "id"], ["x", "1"], ["y", "2"]]),
        ({"range": "C4:C6"}, [["v"], ["a"], ["b"]]),
    ],
)
def test_a_range_begins_with_its_header(
    read: Callable[..., list[list[str]]], said: dict[str, Any], wanted: list[list[str]]
) -> None:
    cells = {
        "A1": "Report", "B4": "id", "C4": "v", "A5": "x", "B5": 1, "C5": "a",
        "A6": "y", "B6": 2, "C6": "b", "B8": "total",
    }  # fmt: skip
    if not said:
        cells = {"B2": "id", "A3": "Report", "A4": "x", "B4": 1, "A5": "y", "B5": 2, "B7": "total"}
    assert read(workbook(S=cells), **said) == wanted


def test_blank_and_merged_header_cells_and_trailing_columns(
    read: Callable[..., list[list[str]]],
) -> None:
    cells = rows(["id", "name", None, None], [1, "a", "b", None]) | {"merged": "B1:C1"}
    assert read(workbook(S=cells)) == [["id", "name", "column_3"], ["1", "a", "b"]]


@pytest.mark.parametrize(
    ("sheet", "wanted"),
    [(None, "shown"), (1, "shown"), (2, "last"), ("last", "last"), ("hidden", "hidden")],
)
def test_a_sheet_is_named_or_counted_among_those_that_are_shown(
    read: Callable[..., list[list[str]]], sheet: str | int | None, wanted: str
) -> None:
    content = workbook(
        hidden={**rows(["id"], ["hidden"]), "state": "hidden"},
        shown=rows(["id"], ["shown"]),
        last=rows(["id"], ["last"]),
    )
    assert read(content, sheet=sheet) == [["id"], [wanted]]


def test_an_old_workbook_whatever_its_name(read: Callable[..., list[list[str]]]) -> None:
    content = (FIXTURES / "old.xls").read_bytes()
    assert read(content, name="new.xlsx") == [["id", "value"], ["1", "a"], ["2", "é"]]


def test_a_workbook_in_a_zip(read: Callable[..., list[list[str]]]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.xlsx", workbook(S=rows(["id"], [1])))
    assert read(packed.getvalue(), name="a.zip") == [["id"], ["1"]]


def test_a_sheet_of_5000_columns(read: Callable[..., list[list[str]]]) -> None:
    book = openpyxl.Workbook()
    book.active.append([f"c{number}" for number in range(5000)])
    book.active.append(list(range(5000)))
    found = read(saved(book))
    assert found[1] == [str(number) for number in range(5000)]


def bomb() -> bytes:
    """A workbook whose sheet is 1.3 GB of blanks."""
    target = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(workbook(S=rows(["id"], [1]))))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for member in source.namelist():
            if not member.startswith("xl/worksheets"):
                archive.writestr(member, source.read(member))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(80):
                sheet.write(b" " * 16 * 1024 * 1024)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "said", "problem"),
    [
        (workbook(S=rows(["id"])), {"sheet": "T"}, "has no sheet 'T'; its sheets: 'S'"),
        (
            workbook(S=rows(["id"]), H={"A1": "x", "state": "hidden"}),
            {"sheet": 2},
            "has no sheet 2; its sheets: 'S'; hidden, to be named: 'H'",
        ),
        (workbook(S={}), {}, "has nothing on the sheet 'S'"),
        (workbook(S=rows(["id"], [1])), {"range": "D9"}, "has nothing on the sheet 'S'"),
        ((FIXTURES / "password.xlsx").read_bytes(), {}, "is protected by a password"),
        (
            b"<html><table><tr><td>id</td></tr></table></html>",
            {},
            "is not a workbook: it begins with",
        ),
        (b"", {}, "is not a workbook"),
        (workbook(S=rows(["id"], [1]))[:-200], {}, "is damaged, or was cut"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, {}, "not a workbook that can be read"),
    ],
)
def test_what_is_no_such_workbook_is_reported(
    read: Callable[..., list[list[str]]], content: bytes, said: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SourceRefused, match=problem) as refused:
        read(content, **said)
    assert refused.value.remedy
    assert "a.xlsx" in refused.value.problem


def test_a_bomb_is_not_unpacked(read: Callable[..., list[list[str]]]) -> None:
    with pytest.raises(SourceRefused, match="unpacks to 1,342,"):
        read(bomb())


def test_a_cell_far_outside_takes_no_more_memory_than_is_allowed(
    read: Callable[..., list[list[str]]],
) -> None:
    """Two cells, and a rectangle of 17 billion between them."""
    with pytest.raises(SetupError, match="cannot be read with 2GB of memory"):
        read(workbook(S={"A1": "id", "XFD1048576": 1}))


KINDS = ("yyyy-mm-dd", "hh:mm:ss", "[h]:mm", 'h"day"mm', "General")
NUMBERS = (-1.5, -1, -0.25, 0, 0.5)
NEGATIVE = ("-1.5", "-1", "-0.25")
CLOCK = (*NEGATIVE, "00:00:00", "12:00:00")
LENGTHS = ("-36:00:00", "-24:00:00", "-06:00:00", "00:00:00", "12:00:00")
PLAIN = (*NEGATIVE, "0", "0.5")
SINCE_1900 = (CLOCK, CLOCK, LENGTHS, CLOCK, PLAIN)
SINCE_1904 = ((*NEGATIVE, "1904-01-01", "1904-01-01T12:00:00"), *SINCE_1900[1:])


def numbers_as_xlsx(epoch: dt.datetime) -> bytes:
    book = openpyxl.Workbook()
    book.epoch = epoch
    sheet = book.create_sheet("Z & é", 0)
    for column, kind in enumerate(KINDS, start=3):
        sheet.cell(3, column, kind)
        for row, number in enumerate(NUMBERS, start=4):
            sheet.cell(row, column, number).number_format = kind
    return saved(book)


def numbers_as_xlsb(*, since_1904: bool) -> bytes:
    return xlsb("Z & é", KINDS, NUMBERS, since_1904=since_1904, left=2)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        pytest.param(numbers_as_xlsx(CALENDAR_WINDOWS_1900), SINCE_1900, id="xlsx-1900"),
        pytest.param(numbers_as_xlsx(CALENDAR_MAC_1904), SINCE_1904, id="xlsx-1904"),
        pytest.param(numbers_as_xlsb(since_1904=False), SINCE_1900, id="xlsb-1900"),
        pytest.param(numbers_as_xlsb(since_1904=True), SINCE_1904, id="xlsb-1904"),
        pytest.param("numbers-1900.xls", SINCE_1900, id="xls-1900"),
        pytest.param("numbers-1904.xls", SINCE_1904, id="xls-1904"),
        # Of Excel 95 a duration cannot be reported from a time.
        pytest.param(
            "numbers-1904-excel-95.xls", (*SINCE_1904[:2], CLOCK, *SINCE_1904[3:]), id="xls-95"
        ),
    ],
)
def test_a_number_below_one_is_what_its_format_and_system_say(
    read: Callable[..., list[list[str]]], content: bytes | str, wanted: tuple[tuple[str, ...], ...]
) -> None:
    """Packed numbers, doubles, results of formulas; a chart on the sheet has one of its own."""
    content = (FIXTURES / content).read_bytes() if isinstance(content, str) else content
    _, *lines = read(content, sheet="Z & é")
    assert [tuple(column) for column in zip(*lines, strict=True)] == list(wanted)


MONTHS = {
    "Jan": rows(["id", "fee"], [1, 2.5], [2, None]),
    "Feb": rows(["id", "fee"], [3, 4]),
    "Notes": rows(["as of 2026"]),
    "Empty": {},
    "Old": rows(["id", "fee"], [9, 9]) | {"state": "hidden"},
}


def test_several_sheets_are_one_table(read: Callable[..., list[list[str]]]) -> None:
    book = workbook(**MONTHS)
    found = [["id", "fee", "month"], ["1", "2.5", "Jan"], ["2", "", "Jan"], ["3", "4", "Feb"]]
    assert read(book, sheet=["Jan", 2], sheet_column="month") == found
    assert read(book, sheet="???", sheet_column="month") == found
    assert read(book, sheet=["*b", "Old", "Feb", "Empty"]) == [
        ["id", "fee"],
        ["3", "4"],
        ["9", "9"],
    ]
    assert read(book, sheet="Feb", sheet_column="month") == [found[0], found[3]]
    for said, problem in (
        ({"sheet": "*"}, "other columns on the sheet 'Notes' than on 'Jan': as of 2026; there: id"),
        ({"sheet": "2026*"}, "has no sheet like '2026\\*'; its sheets: 'Jan', 'Feb'"),
        ({"sheet": ["Jan", "Mar"]}, "has no sheet 'Mar'"),
        ({"sheet": "*an", "sheet_column": "fee"}, "has 'fee' more than once in the header"),
    ):
        with pytest.raises(SourceRefused, match=problem):
            read(book, **said)
