"""Text whose columns are places in a line, as the engines get it: a copy in the normal form."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medallion.errors import SourceRefused
from medallion.sources.file.source import FileSource
from medallion.sources.formats.normal_form import original_lines
from medallion.sources.formats.table import FORMATS

COLUMNS = {"id": [1, 4], "name": [6, 11], "amount": [12, 18]}
LINES = ["0001 Amélie  12.50", '0002 Zoé\t,"      3', "0003          7.00"]
ROWS = [["0001", "Amélie", "12.50"], ["0002", 'Zoé\t,"', "3"], ["0003", "", "7.00"]]


@pytest.fixture
def read(extract: Callable[..., Any], tmp_path: Path) -> Callable[..., tuple[Any, Any, Path]]:
    def run(content: bytes, **said: Any) -> tuple[Any, Any, Path]:
        (tmp_path / "a.txt").write_bytes(content)
        keys = {"columns": COLUMNS, **said}
        manifest = extract(
            FileSource.model_validate(
                {"type": "file", "format": "fixed_width", "path": "a.txt", **keys}
            )
        ).manifest
        part = tmp_path / "part"
        part.write_bytes(content)
        copy, layout = FORMATS["fixed_width"].readable(part, manifest.layout, tmp_path)
        with copy.open(encoding="utf-8", newline="") as text:
            rows = list(csv.reader(text, delimiter=layout.delimiter, quotechar=layout.quote))
        assert tuple(rows[0]) == layout.columns == ("id", "name", "amount")
        assert manifest.records == len(rows) - 1
        return rows[1:], manifest, copy

    return run


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("\n".join(LINES).encode(), {}),
        ("\r\n".join([*LINES, "", ""]).encode("utf-8-sig"), {}),
        ("\n".join(["REPORT 2026", *LINES, "T     2"]).encode("cp1252"),
         {"skip_rows": 1, "footer": "^T", "encoding": "windows-1252"}),
        ("\n".join(["# x", LINES[0], "#", *LINES[1:], "T"]).encode("utf-16"),
         {"comment": "#", "skip_footer": 1}),
        ("\n".join(line.replace(" ", "", 1) for line in LINES).encode(),
         {"columns": {}, "widths": {"id": 4, "name": 6, "amount": 7}}),
    ],
)  # fmt: skip
def test_values_are_at_their_places(
    read: Callable[..., Any], content: bytes, said: dict[str, Any]
) -> None:
    rows, _, _ = read(content, **said)
    assert rows == ROWS


def test_lines_that_are_not_as_long_as_is_said_are_no_records_and_keep_their_numbers(
    read: Callable[..., Any],
) -> None:
    content = "\n".join(["head", LINES[0], "0002 Zoé", "0003 Ada     1.00 x", LINES[2]]).encode()
    rows, _, copy = read(content, skip_rows=1)
    assert [len(row) for row in rows] == [3, 1, 4, 3]
    with original_lines(copy) as original:
        assert [original(line) for line in (2, 3, 4, 5)] == [2, 3, 4, 5]
    rows, manifest, _ = read(content, skip_rows=1, pad_short_rows=True)
    assert rows[1] == ["0002", "Zoé", ""]
    assert manifest.notes["padded_records"] == 1


def test_a_short_line_moves_no_value_to_another_column(read: Callable[..., Any]) -> None:
    columns = {"id": [12, 17], "name": [1, 4], "amount": [6, 9]}
    rows, _, _ = read(b"0001 abcd 123456\n0002 ab\n", columns=columns, pad_short_rows=True)
    assert rows == [["23456", "0001", "abcd"], ["", "0002", "ab"]]


def test_a_line_that_reaches_no_columns_end_is_not_taken_for_a_blank_one(
    read: Callable[..., Any],
) -> None:
    rows, _, _ = read(f"{LINES[0]}\nT\n{LINES[2]}\n\n".encode())
    assert rows == [ROWS[0], ["T"], ROWS[2]]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"0001 ab\n0002 cd\n", "3 columns have names, and no record has 3 fields"),
        (b"0001 ab\0\n", "\\(line 1\\) is NUL"),
        ("0001 Amélie  12.50".encode("cp1252"), "a.txt is not utf-8"),
    ],
)
def test_what_is_not_of_these_columns_is_refused(
    read: Callable[..., Any], content: bytes, problem: str
) -> None:
    with pytest.raises(SourceRefused, match=problem):
        read(content, encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_mark_of_a_file_that_was_joined_moves_no_value(
    read: Callable[..., Any], encoding: str
) -> None:
    first, *others = LINES
    content = "\n".join([first, *(f"\ufeff{line}" for line in others)])
    rows, _, _ = read(content.encode(encoding), encoding=encoding)
    assert rows == ROWS
