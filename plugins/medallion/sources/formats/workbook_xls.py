"""Numbers of an .xls (BIFF of Excel 95 to 2003, [MS-XLS]), for `workbook_serials`."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from medallion.sources.formats.compound_file import stream
from medallion.sources.formats.workbook_cells import Place, SmallNumbers, double, unpack_number

_BEGIN, _END = 0x809, 0x0A
_SHEET, _DATE_MODE, _FORMAT, _STYLE = 0x85, 0x22, 0x41E, 0xE0
_NUMBER, _RK, _MANY_RK, _FORMULA = 0x203, 0x27E, 0xBD, 0x06
_NO_NUMBER = b"\xff\xff"
"""How the result of a formula ends that is a text, a truth value or an error."""
_EXCEL_97 = 0x600

_Cell = tuple[Place, float, int]


def read(file: Path, at: int) -> SmallNumbers:
    """The numbers below 1 of the sheet at this position. Raises what `workbook_serials.serials`
    does."""
    with file.open("rb") as content:
        book = stream(content, ("Workbook", "Book"))
    since_1904, sheets = False, []
    codes: dict[int, str] = {}
    styles: dict[int, int] = {}
    for kind, data in _records(book, 0):
        if kind == _DATE_MODE:
            since_1904 = bool(data[0])
        elif kind == _SHEET:
            sheets.append(int.from_bytes(data[:4], "little"))
        elif kind == _FORMAT:
            codes[int.from_bytes(data[:2], "little")] = _code(data[2:], _version(book))
        elif kind == _STYLE:
            styles[len(styles)] = int.from_bytes(data[2:4], "little")
    cells = [cell for cell in _numbers(book, sheets[at]) if cell[1] < 1]
    return SmallNumbers(since_1904=since_1904, styles=styles, codes=codes, cells=cells)


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Each record's kind and its data, from a beginning to its end. Charts within are left out."""
    depth = 0
    while at < len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth == 0:
            return
        if depth == 1:
            yield kind, book[at + 4 : at + 4 + length]
        at += 4 + length


def _version(book: bytes) -> int:
    return int.from_bytes(book[4:6], "little")


def _code(data: bytes, version: int) -> str:
    """A number format. Before Excel 97 it is in any code page; what shows a day is ASCII."""
    if version < _EXCEL_97:
        return data[1 : 1 + data[0]].decode("latin-1")
    wide = data[2] & 1
    characters = int.from_bytes(data[:2], "little")
    text = data[3 : 3 + characters * (1 + wide)]
    return text.decode("utf-16-le" if wide else "latin-1")


def _numbers(book: bytes, begin: int) -> Iterator[_Cell]:
    for kind, data in _records(book, begin):
        if kind == _MANY_RK:
            yield from _many(data)
        elif kind in (_NUMBER, _RK, _FORMULA):
            row, column, style = struct.unpack_from("<HHH", data)
            if kind == _RK:
                yield (row, column), unpack_number(data[6:10]), style
            elif kind == _NUMBER or data[12:14] != _NO_NUMBER:
                yield (row, column), double(data[6:14]), style


def _many(data: bytes) -> Iterator[_Cell]:
    """Numbers of neighbouring cells: row, first column, (style, number) of each, last column."""
    row, first = struct.unpack_from("<HH", data)
    for number, at in enumerate(range(4, len(data) - 2, 6)):
        style = int.from_bytes(data[at : at + 2], "little")
        yield (row, first + number), unpack_number(data[at + 2 : at + 6]), style
