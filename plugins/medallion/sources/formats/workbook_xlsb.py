"""Numbers of an .xlsb (binary Office Open XML, [MS-XLSB]), for `workbook_serials`."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import IO

from medallion.sources.formats.workbook_cells import Place, SmallNumbers, double, unpack_number
from medallion.sources.formats.workbook_xlsx import part_of

_ROW, _CELL_RK, _CELL_REAL, _FORMULA_NUMBER = 0, 2, 5, 9
_FORMAT, _STYLE, _WORKBOOK, _SHEET = 44, 47, 153, 156
_BEGIN_CELL_STYLES, _END_CELL_STYLES = 617, 618
_NUMBERS = {_CELL_RK: unpack_number, _CELL_REAL: double, _FORMULA_NUMBER: double}
_BYTES = {_CELL_RK: 4, _CELL_REAL: 8, _FORMULA_NUMBER: 8}


def read(archive: zipfile.ZipFile, sheet: str) -> SmallNumbers:
    """The numbers below 1 of a sheet. Raises what `workbook_serials.serials` does."""
    since_1904, relation = _workbook(archive, sheet)
    styles, codes = _styles(archive)
    part = part_of(archive, "xl/_rels/workbook.bin.rels", relation)
    with archive.open(part) as content:
        cells = list(_small_numbers(content))
    return SmallNumbers(since_1904=since_1904, styles=styles, codes=codes, cells=cells)


def _records(content: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each record's kind and its data."""
    while first := content.read(1):
        kind = first[0]
        if kind & 0x80:
            kind = kind & 0x7F | content.read(1)[0] << 7
        yield kind, content.read(_length(content))


def _length(content: IO[bytes]) -> int:
    length = 0
    for at in range(4):
        (byte,) = content.read(1)
        length |= (byte & 0x7F) << 7 * at
        if not byte & 0x80:
            break
    return length


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text, and where what follows it begins."""
    (characters,) = struct.unpack_from("<I", data, at)
    if characters == 0xFFFFFFFF:  # none
        characters = 0
    end = at + 4 + 2 * characters
    return data[at + 4 : end].decode("utf-16-le"), end


def _workbook(archive: zipfile.ZipFile, sheet: str) -> tuple[bool, str]:
    since_1904, relations = False, {}
    for kind, data in _records(io.BytesIO(archive.read("xl/workbook.bin"))):
        if kind == _WORKBOOK:
            since_1904 = bool(data[0] & 1)
        elif kind == _SHEET:
            relation, end = _text(data, 8)
            relations[_text(data, end)[0]] = relation
    return since_1904, relations[sheet]


def _styles(archive: zipfile.ZipFile) -> tuple[dict[int, int], dict[int, str]]:
    styles: dict[int, int] = {}
    codes: dict[int, str] = {}
    if "xl/styles.bin" not in archive.namelist():
        return styles, codes
    of_cells = False
    for kind, data in _records(io.BytesIO(archive.read("xl/styles.bin"))):
        if kind == _FORMAT:
            codes[int.from_bytes(data[:2], "little")] = _text(data, 2)[0]
        elif kind in (_BEGIN_CELL_STYLES, _END_CELL_STYLES):
            of_cells = kind == _BEGIN_CELL_STYLES
        elif kind == _STYLE and of_cells:
            styles[len(styles)] = int.from_bytes(data[2:4], "little")
    return styles, codes


def _small_numbers(content: IO[bytes]) -> Iterator[tuple[Place, float, int]]:
    row = 0
    for kind, data in _records(content):
        if kind == _ROW:
            (row,) = struct.unpack_from("<I", data)
        elif kind in _NUMBERS:
            column, style = struct.unpack_from("<II", data)
            number = _NUMBERS[kind](data[8 : 8 + _BYTES[kind]])
            if number < 1:
                yield (row, column), number, style & 0xFFFFFF
