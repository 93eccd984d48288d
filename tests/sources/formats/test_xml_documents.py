"""XML documents: their records as the engines get them, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medallion.errors import SourceRefused
from medallion.sources.file.source import FileSource
from medallion.sources.formats import xml_records
from medallion.sources.formats.table import FORMATS
from medallion.sources.formats.xml_records import DEEPEST

FEED = """<?xml version="1.0" encoding="windows-1252"?>
<!DOCTYPE rss SYSTEM "rss.dtd">
<rss xmlns:p="urn:price" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="2">
  <channel>
    <title>Not a record</title>
    <item id="1"><title>Amélie &amp; <![CDATA[<Zoé>]]></title><p:price unit="EUR"> 12.50 </p:price>
      <tag>a</tag><author><name>Ada</name></author><empty/></item>
    <!-- between -->
    <item id="2"><title/><tag>b</tag><tag>c</tag><p:price xsi:nil="true">0</p:price>
      mixed <b>text</b></item>
    <other><item id="3"/></other>
  </channel>
</rss>
"""
RECORDS = [
    {
        "@id": "1",
        "title": "Amélie & <Zoé>",
        "p:price": {"@unit": "EUR", "#text": "12.50"},
        "tag": ["a"],
        "author": {"name": "Ada"},
        "empty": None,
    },
    {"@id": "2", "title": None, "tag": ["b", "c"], "p:price": None, "b": "text", "#text": "mixed"},
]


@pytest.fixture
def read(extract: Callable[..., Any], tmp_path: Path) -> Callable[..., list[Any]]:
    def run(content: bytes, **said: Any) -> list[Any]:
        (tmp_path / "a.xml").write_bytes(content)
        source = {"type": "file", "format": "xml", "path": "a.xml", **said}
        manifest = extract(FileSource.model_validate(source)).manifest
        copy, _ = FORMATS["xml"].readable(tmp_path / "a.xml", manifest.layout, tmp_path)
        records = [json.loads(line) for line in copy.read_text(encoding="utf-8").splitlines()]
        assert manifest.records == len(records)
        return records

    return run


def test_records_have_attributes_elements_and_lists(read: Callable[..., list[Any]]) -> None:
    found = read(
        FEED.encode("cp1252"),
        record="/rss/channel/item",
        lists=["tag"],
        namespaces={"p": "urn:price"},
    )
    assert found == RECORDS


def test_a_namespaces_prefix_is_the_specs_and_not_the_files(
    read: Callable[..., list[Any]],
) -> None:
    content = b'<a xmlns="urn:x"><r><y:k xmlns:y="urn:y">1</y:k><v>2</v></r><r>3</r></a>'
    assert read(content, record="/a/r") == [{"k": "1", "v": "2"}, {"#text": "3"}]
    found = read(content, record="/n:a/n:r", namespaces={"n": "urn:x"})
    assert found == [{"k": "1", "n:v": "2"}, {"#text": "3"}]


def test_a_document_without_records_is_empty_and_the_root_may_be_one(
    read: Callable[..., list[Any]],
) -> None:
    assert read(b"<a><list/></a>", record="/a/list/r") == []
    assert read(b"<a x='1'/>", record="/a") == [{"@x": "1"}]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"<a>\n<r>1</r>\n<r>2</s></a>", "line 3, column 7: it is not XML: mismatched tag"),
        (b"<a>\n<r>1</r>\n<r>", "line 3, column 4: it is not XML: no element found"),
        (b"<a><r>&who;</r></a>", "line 1, column 7: it is not XML: undefined entity"),
        (b"<feed><entry/></feed>", "nothing at `/a/r`: below / there is feed"),
        (b"<a><b>1</b></a>", ""),
        (b"<?xml version='1.0' encoding='EUC-JP'?><a><r>1</r></a>", "the encoding that it names"),
        (b"<?xml version='1.0' encoding='no-such'?><a><r>1</r></a>", "the encoding that it names"),
        (b"id;name\n1;a\n", "line 1, column 3: it is not XML: not well-formed"),
        (b'<!DOCTYPE a [<!ENTITY who "me">]><a><r>1</r></a>', "declares or uses entities"),
        (b'<!DOCTYPE a SYSTEM "a.dtd"><a><r>&who;</r></a>', "declares or uses entities"),
        (b'<a xmlns:x="u:x" xmlns:y="u:y"><r><x:k/><y:k/></r></a>', "elements k of two namespaces"),
        (b'<a xmlns:x="u:x"><r x:k="1" k="2"/></a>', "<r> has attributes k of two namespaces"),
        (b"<a><r>" + b"<x>" * DEEPEST + b"</x>" * DEEPEST + b"</r></a>", "more than 100 deep"),
    ],
)
def test_what_is_refused_is_said_with_its_line(
    read: Callable[..., list[Any]], content: bytes, problem: str
) -> None:
    if not problem:
        assert read(content, record="/a/r") == []
        return
    with pytest.raises(SourceRefused, match=problem):
        read(content, record="/a/r")


def test_attributes_of_one_name_are_one_value_where_they_say_the_same(
    read: Callable[..., list[Any]],
) -> None:
    content = b'<a xmlns:x="u:x"><r x:k="1" k="1"/><r x:k="1"/></a>'
    assert read(content, record="/a/r") == [{"@k": "1"}, {"@k": "1"}]
    found = read(content.replace(b' k="1"', b' k="2"'), record="/a/r", namespaces={"x": "u:x"})
    assert found == [{"@x:k": "1", "@k": "2"}, {"@x:k": "1"}]


@pytest.mark.parametrize(
    "record",
    ["<x/>" * 20, "é" * 60, '"' * 60, "<x y='1'/>" * 10, "a" * 120],
    ids=["elements", "letters", "quotes", "attributes", "text"],
)
def test_a_record_is_held_to_what_the_engine_reads_of_a_line(
    read: Callable[..., list[Any]], record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_records, "LARGEST_RECORD", 120)
    content = f"<a><r>1</r><r>{record}</r></a>".encode()
    with pytest.raises(SourceRefused, match="a record of more than 120 bytes in JSON"):
        read(content, record="/a/r")
