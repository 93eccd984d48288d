"""Columns without delimiters are seen where they are, and in prose there are none."""

from __future__ import annotations

from typing import Any

import pytest

from medallion.workbench.inference.file_shape import has_delimiter
from medallion.workbench.inference.fixed_shape import find_places
from medallion.workbench.inference.xml_shape import find_record

NAMES = ["Amélie", "Zoé", "Bob", "Cath. M", "Ørsta"]
BANK = "H20260105CLEARING\n" + "".join(f"{n:06}{NAMES[n % 5]:10}{n * 1250:07}\n" for n in range(60))
REPORT = "ID   NAME         AMOUNT\n" + "".join(
    f"{n:<5}{NAMES[n % 5]:12}{n * 1.25:7.2f}\n" for n in range(60)
)
CUT = "".join(f"{n:04} {NAMES[n % 5]:10}{'yes' * (n % 2)}".rstrip() + "\n" for n in range(60))
PROSE = "It has lines, no columns.\nOne comes here, then another.\nAnd so on, four.\nFifth.\n" * 3

TEXTS: list[tuple[str, dict[str, Any]]] = [
    (
        f"{BANK}T000060\n",
        {"columns": {"column_1": [1, 6], "column_2": [7, 16], "column_3": [17, 23]},
         "skip_rows": 1, "skip_footer": 1},
    ),
    (REPORT, {"columns": {"ID": [1, 5], "NAME": [6, 12], "AMOUNT": [13, 24]}, "skip_rows": 1}),
    (
        CUT,
        {"columns": {"column_1": [1, 4], "column_2": [6, 15], "column_3": [16, 18]},
         "pad_short_rows": True},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), TEXTS)
def test_the_places_of_columns_are_found(text: str, said: dict[str, Any]) -> None:
    assert not has_delimiter(text)
    assert find_places(text, is_whole=True) == {"format": "fixed_width", **said}


def test_prose_and_a_few_lines_have_none() -> None:
    assert find_places(PROSE, is_whole=True) == {}
    assert find_places("0001 a\n0002 b\n", is_whole=True) == {}
    assert find_places("0001 Ada\n0002 Zoe\n0003 Bob is\n", is_whole=True) == {}
    few = find_places("0001 Ada\n0002 Zoe\n0003 Bob\n", is_whole=True)
    assert few["columns"] == {"column_1": [1, 4], "column_2": [6, 8]}


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"<rss><channel><title/><item/><item/></channel></rss>", {"record": "/rss/channel/item"}),
        (b"<a xmlns='urn:a'><r><t/><t/></r><r><t/></r><r", {"record": "/a/r", "lists": ["t"]}),
        (b"<a><r><x><y/><y/></x></r><r/></a>", {"record": "/a/r", "lists": ["x.y"]}),
        (b"<a><one/></a>", {"record": "/a"}),
        (b"id;name\n", {}),
    ],
)
def test_the_element_that_comes_again_is_a_record(head: bytes, said: dict[str, Any]) -> None:
    assert find_record(head) == said
