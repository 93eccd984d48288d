"""Workbooks of Excel and others: sheets of each, read by a process with limited memory."""

from __future__ import annotations

import json
import mmap
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from pydantic import Field

from medallion.errors import SetupError, SourceRefused
from medallion.records import RecordLayout
from medallion.roots import PACKAGE
from medallion.sources.base.source import KeyProblem
from medallion.sources.formats.compressions import BOMB_RATIO, HARMLESS_BYTES, plain_file
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.layout_keys import (
    LayoutsKeys,
    layout_problems,
    table_layouts,
    text_in_layouts,
)
from medallion.sources.formats.lost_letters import LostLetters
from medallion.sources.formats.shaped_table import FOOTER
from medallion.sources.formats.table_keys import TABLE_RULES, TableKeys
from medallion.sources.formats.table_shape import Pairs
from medallion.sources.formats.workbook_area import AREA, edges
from medallion.sources.formats.workbook_reader import is_pattern

MEMORY = "MEDALLION_EXCEL_MEMORY"
DEFAULT_MEMORY = "2GB"
OUT_OF_MEMORY = 3
"""The reader's way of saying so, where the system leaves it the time."""

_UNITS = {"MB": 1000**2, "GB": 1000**3}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SHEETS, _SHEET_COLUMN = "sheets", "sheet_column"
"""What a layout says of its own."""
_Wanted = str | int | Sequence[str | int] | None


Sheets = Annotated[tuple[str | int, ...], Field(strict=False, min_length=1, max_length=1000)]


class WorkbookKeys(TableKeys, LayoutsKeys):
    """What an author may say of a workbook."""

    sheet: str | int | Sheets | None = None
    """excel: a sheet's name, or its number among those that are shown; the first of these where it
    is not given. Several sheets with one header are read as one table: a list of them, or a pattern
    (`"*"`, `"2026-*"`)."""
    sheet_column: str | None = Field(default=None, min_length=1)
    """excel: the name of a further column that holds the sheet's name: `month`."""
    range: str | None = None
    """excel: where the table is, its header included: B3:H200; B3:H goes to the last row, B3 to the
    last column too. Left out, the first row that is not empty is the header."""


def excel_sheet(said: WorkbookKeys) -> Iterator[KeyProblem]:
    """A sheet is named, or counted from 1; a range begins above and to the left of its end."""
    sheets = said.sheet if isinstance(said.sheet, tuple) else (said.sheet,)
    if any(isinstance(sheet, int) and sheet < 1 for sheet in sheets):
        yield KeyProblem(
            key="sheet",
            problem="sheets are counted from 1",
            remedy="write 1 for the first, or the sheet's name",
        )
    if said.range is not None and (problem := _range_problem(said.range)):
        yield KeyProblem(
            key="range",
            problem=f"{said.range!r} {problem}",
            remedy="write B3:H200; B3:H goes to the last row, B3 to the last column too",
        )


def header_in_range(said: WorkbookKeys) -> Iterator[KeyProblem]:
    """A range begins with the table's header: only its rows are counted from the sheet's first."""
    if said.range is None or not AREA.fullmatch(said.range):
        return
    top, _, bottom, _ = edges(said.range)
    if said.skip_rows:
        yield KeyProblem(
            key="skip_rows",
            problem="`range` says already where the table begins",
            remedy="remove one of the two",
        )
    outside = [row for row in said.header_row if not top < row <= (bottom or row) + 1]
    if outside:
        yield KeyProblem(
            key="header_row",
            problem=f"row {outside[0]} is not in `range`",
            remedy="write the sheet's row numbers, or leave header_row out: the first row of the "
            "range is the header",
        )


def workbook_layouts(said: WorkbookKeys) -> Iterator[KeyProblem]:
    """A layout of a workbook says where the table is in its sheet, and nothing of text."""
    yield from text_in_layouts(said)
    yield from layout_problems(said, (header_in_range, *TABLE_RULES))


def _range_problem(area: str) -> str:
    if not AREA.fullmatch(area):
        return "is not a range of cells"
    top, left, bottom, right = edges(area)
    backwards = (bottom is not None and bottom < top) or (right is not None and right < left)
    return "ends before it begins" if backwards else ""


class Workbook(FileFormat):
    """One sheet of each file; its rows below the header are the records."""

    keys = WorkbookKeys
    rules = (
        excel_sheet,
        header_in_range,
        *TABLE_RULES,
        table_layouts,
        workbook_layouts,
    )
    suffixes = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
    has_header = True
    has_sheets = True
    values_are_texts = True
    is_text = False

    def find_header(self, file: FileAtHand, said: WorkbookKeys) -> tuple[str, ...]:
        """The columns' names; a sheet is read as a whole all the same."""
        area = said.range or ""
        answer = _read(file, said.sheet, said.sheet_column, area, said.own(), None)
        return tuple(answer["columns"])

    def examine(self, file: FileAtHand, said: WorkbookKeys) -> tuple[RecordLayout, int]:
        """The layout and the number of rows below the header."""
        return examine(file, said)

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """A CSV copy of what the cells show."""
        copy = folder / "records.csv"
        return copy, as_csv(part, part.name, layout, copy)

    def facts(self, layout: RecordLayout) -> Mapping[str, object]:
        """The sheet's name, or what says which sheets are read."""
        return {"sheet": layout.sheet or _choose(layout)}


def examine(file: FileAtHand, said: WorkbookKeys) -> tuple[RecordLayout, int]:
    """The layout of one sheet or several, and their number of records.

    Raises:
        SourceRefused: it is not a workbook, has no such sheet or other columns on another sheet, or
            is not of that shape.
        SetupError: it needs more memory than MEDALLION_EXCEL_MEMORY allows.
    """
    area = said.range or ""
    answer = _read(file, said.sheet, said.sheet_column, area, said.own(), None)
    file.remarks.counts.update(answer["left_out"])
    file.remarks.warnings += [f"{file.name}: {doubt}" for doubt in answer["doubts"]]
    if answer["lost"]:
        number, sheet, row, cell = answer["lost"]
        file.remarks.lost[file.name] = LostLetters(
            number=number, line=row, example=cell, sheet=sheet
        )
    if answer["looks"]:
        file.remarks.looks[file.name] = {one: tuple(look) for one, look in answer["looks"].items()}
    if said.footer and not answer["left_out"].get(FOOTER):
        file.remarks.warnings.append(f"{file.name}: `footer` matches no row: has its footer gone?")
    own = {_SHEETS: json.dumps(said.sheet) if _are_several(said.sheet) else ""}
    own[_SHEET_COLUMN] = said.sheet_column or ""
    layout = RecordLayout(
        format="excel",
        compression=file.compression,
        columns=tuple(answer["columns"]),
        sheet="" if own[_SHEETS] else answer["sheet"],
        area=area,
        own=(*((name, value) for name, value in own.items() if value), *said.own()),
    )
    return layout, answer["records"]


def as_csv(path: Path, name: str, layout: RecordLayout, target: Path) -> RecordLayout:
    """Write a landed workbook's records as CSV; returns the CSV's layout.

    Raises:
        SourceRefused, SetupError: as `examine`.
    """
    file = FileAtHand(path=path, name=name, compression=layout.compression)
    column = dict(layout.own).get(_SHEET_COLUMN)
    sheet = layout.sheet or _choose(layout)
    answer = _read(file, sheet, column, layout.area, layout.own, target)
    return RecordLayout(format="csv", columns=tuple(answer["columns"]))


def look_at_rows(
    file: FileAtHand, sheet: _Wanted, area: str = ""
) -> tuple[list[tuple[int, list[str]]], list[tuple[int, list[str]]]]:
    """The first rows of a sheet that are not empty, and the last ones behind those: each with its
    number, from 1, and the texts of its cells.

    Raises:
        SourceRefused, SetupError: as `examine`.
    """
    answer = _read(file, sheet, None, area, (), None, looks=True)
    head, tail = ([(row[0], row[1]) for row in answer[key]] for key in ("head", "tail"))
    return head, tail


def _are_several(sheet: _Wanted) -> bool:
    return not isinstance(sheet, str | int | None) or (isinstance(sheet, str) and is_pattern(sheet))


def _choose(layout: RecordLayout) -> _Wanted:
    """Which sheets are read of each workbook, of a layout that has not one sheet."""
    found: _Wanted = json.loads(dict(layout.own)[_SHEETS])
    return found


def _read(
    file: FileAtHand,
    sheet: _Wanted,
    sheet_column: str | None,
    area: str,
    own: Pairs,
    out: Path | None,
    *,
    looks: bool = False,
) -> dict[str, Any]:
    """Read a workbook in a process of its own with a limit on memory: a cell far outside of the
    table, or a bomb, ends that process and not the task."""
    memory = os.environ.get(MEMORY) or DEFAULT_MEMORY
    with plain_file(file.path, file.compression, file.name) as workbook:
        _look_at_it(workbook, file.name)
        asked = {
            "file": str(workbook),
            "sheet": sheet,
            "sheet_column": sheet_column,
            "area": area,
            "own": own,
            "out": str(out) if out else None,
            "looks": looks,
            "memory": _bytes(memory),
        }
        process = subprocess.run(
            [sys.executable, "-m", "medallion.sources.formats.workbook_reader"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        )
    if process.returncode == OUT_OF_MEMORY or process.returncode < 0:
        raise SetupError(
            f"{file.name} cannot be read with {memory} of memory",
            remedy=f"is a cell far outside of the table in use? Else allow more: {MEMORY}=4GB",
        )
    if process.returncode:
        said = process.stderr.strip().rpartition("\n")[2][:300]
        raise SourceRefused(f"{file.name} cannot be read: {said}", remedy="save it again")
    answer: dict[str, Any] = json.loads(process.stdout)
    if "problem" in answer:
        raise SourceRefused(f"{file.name} {answer['problem']}", remedy=answer["remedy"])
    return answer


def _look_at_it(workbook: Path, name: str) -> None:
    """Refuse what its first bytes or its table of contents tell to be none, or none to be opened.

    Raises:
        SourceRefused: with what it is instead.
    """
    with workbook.open("rb") as content:
        start = content.read(8)
        protected = start == _OLD_OFFICE and _has(content, _ENCRYPTED)
    if protected:
        raise SourceRefused(
            f"{name} is protected by a password", remedy="have it saved without one"
        )
    if start.startswith(b"PK"):
        _no_bomb(workbook, name)
    elif start != _OLD_OFFICE:
        raise SourceRefused(
            f"{name} is not a workbook: it begins with {start!r}",
            remedy="text that was named .xls is read with `format: csv`; else save it as .xlsx",
        )


def _has(content: BinaryIO, wanted: bytes) -> bool:
    with mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return whole.find(wanted) >= 0


def _no_bomb(workbook: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(workbook) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise SourceRefused(
            f"{name} is damaged, or was cut: {error}", remedy="save it again"
        ) from None
    if unpacked > max(HARMLESS_BYTES, BOMB_RATIO * workbook.stat().st_size):
        raise SourceRefused(
            f"{name} unpacks to {unpacked:,} bytes, more than {BOMB_RATIO} times its size: nothing "
            "was made of it",
            remedy="have its empty rows and columns removed, or its records delivered as CSV",
        )


def _bytes(memory: str) -> int:
    found = re.fullmatch(r"(\d+)\s*(MB|GB)", memory.strip())
    if not found:
        raise SetupError(
            f"the environment variable {MEMORY} is {memory!r}", remedy="write 2GB, or 500MB"
        )
    return int(found[1]) * _UNITS[found[2]]
