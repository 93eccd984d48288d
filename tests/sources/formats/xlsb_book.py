"""A small .xlsb ([MS-XLSB]), for nothing that is installed here writes one."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Final

_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_ROOT: Final = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.bin"/></Relationships>'
)
_PARTS: Final = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.bin"/><Relationship Id="r2"'
    f' Type="{_OFFICE}/styles" Target="styles.bin"/></Relationships>'
)
_TYPES: Final = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="bin"'
    ' ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)


def xlsb(
    sheet: str, kinds: Sequence[str], numbers: Sequence[float], *, since_1904: bool, left: int
) -> bytes:
    """A workbook of one sheet: below a header of the number formats, each number in each of them.

    Args:
        left: the first column, from 0; the header is in the third row.
    """
    rows = _row(2, [_record(6, struct.pack("<II", left + at, 0) + _text(kind))
                    for at, kind in enumerate(kinds)])  # fmt: skip
    for row, number in enumerate(numbers, start=3):
        cells = [_number(left + at, at + 1, number) for at in range(len(kinds))]
        rows += _row(row, cells)
    area = struct.pack("<IIII", 2, 2 + len(numbers), left, left + len(kinds) - 1)
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _ROOT,
        "xl/_rels/workbook.bin.rels": _PARTS,
        "xl/workbook.bin": _record(131)
        + _record(153, struct.pack("<III", since_1904, 0, 0))
        + _record(143)
        + _record(156, struct.pack("<II", 0, 1) + _text("r1") + _text(sheet))
        + _record(144)
        + _record(132),
        "xl/styles.bin": _styles(kinds),
        "xl/worksheets/sheet1.bin": _record(129)
        + _record(148, area)
        + _record(145)
        + rows
        + _record(146)
        + _record(130),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def _record(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    assert len(data) < 0x80 * 0x80
    return head + bytes([len(data) & 0x7F | 0x80, len(data) >> 7]) + data


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _row(number: int, cells: Sequence[bytes]) -> bytes:
    return _record(0, struct.pack("<I", number) + bytes(13)) + b"".join(cells)


def _number(column: int, style: int, number: float) -> bytes:
    """By turns as a cell of a packed number, of a double, and of a formula's result."""
    place = struct.pack("<II", column, style)
    hundreds = round(number * 100)
    if column % 3 == 0 and hundreds == number * 100:
        return _record(2, place + struct.pack("<i", hundreds << 2 | 3))
    if column % 3 == 1:
        return _record(5, place + struct.pack("<d", number))
    return _record(9, place + struct.pack("<dHI", number, 0, 0) + bytes(4))


def _styles(kinds: Sequence[str]) -> bytes:
    formats = [_record(44, struct.pack("<H", 164 + at) + _text(kind))
               for at, kind in enumerate(kinds)]  # fmt: skip
    numbers = [0, *(0 if kind == "General" else 164 + at for at, kind in enumerate(kinds))]
    styles = [_record(47, struct.pack("<HH", 0, number) + bytes(12)) for number in numbers]
    return b"".join([
        _record(278),
        _record(615, struct.pack("<I", len(formats))), *formats, _record(616),
        _record(626), _record(47, struct.pack("<HH", 0xFFFF, 14) + bytes(12)), _record(627),
        _record(617, struct.pack("<I", len(styles))), *styles, _record(618),
        _record(279),
    ])  # fmt: skip
