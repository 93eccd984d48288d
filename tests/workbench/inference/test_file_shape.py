"""Everyday files: what is around the records is found, and what is plain stays plain."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any

import pytest

from medallion.sources.file.source import FileSource
from medallion.workbench.inference.file_shape import find_shape

ROWS = "1;Alien;1979-05-25\n2;Heat;1995-12-15\n3;Jaws;1975-06-20\n"
HEADER = "id;title;released\n"

FILES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "plain": (HEADER + ROWS, {}),
    "one column": ("name\nAlien\nHeat\n", {}),
    "commas": ("id,title\n1,a\n2,b\n", {}),
    "title lines": ("Films\nMade by the office\n\n" + HEADER + ROWS, {"skip_rows": 3}),
    "padded title": ("Films;;\n" + HEADER + ROWS, {"skip_rows": 1}),
    "headerless": (
        ROWS,
        {"header": False, "column_names": ["column_1", "column_2", "column_3"]},
    ),
    "only texts": ("a;b\nx;y\nv;w\n", {}),
    "years as names": ("land;2024;2025\nFR;1;2\nDE;3;4\n", {}),
    "total": (HEADER + ROWS + "Total;3;\n", {"footer": "^Total"}),
    "short total": (HEADER + ROWS + "TOTAL;3\n", {"footer": "^TOTAL"}),
    "signature": (HEADER + ROWS + "\nend of file\n", {"skip_footer": 1}),
    "comments": ("# made 2026\n" + HEADER + "# a\n" + ROWS, {"comment": "#"}),
    "short rows": (HEADER + "1;Alien\n" + ROWS * 3, {"pad_short_rows": True}),
    "trailing": (
        HEADER + ROWS.replace("\n", ";\n"),
        {"trailing_delimiter": True},
    ),
    "trailing, in the header too": (
        (HEADER + ROWS).replace("\n", ";\n"),
        {"trailing_delimiter": True},
    ),
    "an empty column": ("a;b;c\nx;y;\nv;w;\n", {}),
    "stray quotes": ('id;size\n1;5" bolt\n2;"A" grade\n3;x\n', {"quote": "none"}),
    "escapes": ('id;name\n1;"the \\"Owl\\""\n2;b\n', {"escape": "\\"}),
    "escaped delimiters": (
        "id;name\n" + "".join(f"{n};a\\;b\n" for n in range(5)),
        {"escape": "\\"},
    ),
    "backslashes": ("id;path\n1;C:\\new\n2;\\N\n", {}),
    "two header rows": (
        "shop;2024;;2025;\nname;paid;cash;paid;cash\nN;1;2;3;4\nS;5;6;7;8\n",
        {"header_row": [1, 2]},
    ),
    "a title with as many fields": ("Export;2026-01-05;Paris\n" + HEADER + ROWS, {"skip_rows": 1}),
    "a pair above three columns": ("Printed on;2026-01-05;\n" + HEADER + ROWS, {"skip_rows": 1}),
    "three header rows": (
        ";2024;;2025;\n;H1;H2;H1;H2\nshop;paid;paid;paid;paid\nN;1;2;3;4\nS;5;6;7;8\n",
        {"header_row": [1, 2, 3]},
    ),
    "one group of columns": (
        ";;Paid;\n;;cash;card\nid;shop;2025;2025\n1;a;2.5;3\n2;b;3;4\n",
        {"header_row": [1, 2, 3]},
    ),
    "a row of units": ("time;temp;wind\ns;degC;m/s\n1;2.5;3\n2;3;4\n", {"header_row": [1, 2]}),
    "a word in the first record": ("shop;paid\nN;pending\nS;2\nT;3\n", {}),
    "missing in the first record": ("shop;paid;cash\nN;n/a;-\nS;2;3\nT;3;4\n", {}),
    "days as names": ("land,2026-01-01,2026-01-02\nFR,1,2\nDE,3,4\n", {}),
    "a word in a headerless file": (
        "1;Alien;2\n2;Heat;x\n3;Jaws;4\n",
        {"header": False, "column_names": ["column_1", "column_2", "column_3"]},
    ),
    "quoted line breaks": ('id;title\n1;"a\nb"\n2;c\n', {}),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_around_the_records_is_found(name: str) -> None:
    text, shape = FILES[name]
    assert find_shape(text) == shape
    FileSource.model_validate({"type": "file", "path": "a.csv"} | dict(shape))


def test_the_end_of_a_long_file_is_looked_at() -> None:
    head = HEADER + ROWS * 100
    assert find_shape(head, ROWS + "Total;300;\n") == {"footer": "^Total"}
    assert find_shape(head, ROWS) == {}


def test_fields_may_be_longer_than_the_csv_module_takes_by_itself() -> None:
    before = csv.field_size_limit(131_072)
    long = f'{"ab" * 100_000};"c"\n'
    try:
        assert find_shape(f"note;id\n{long}{long}", f"{long}{long}") == {}
    finally:
        csv.field_size_limit(before)
