"""JSON documents: their records found at a place, spelled as they came, or the mistake reported."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.file.source import FileSource
from medallion.sources.formats import json_scanner
from medallion.sources.formats.json_documents import LARGEST_RECORD, records_of

Extract = Callable[..., Any]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


def land(extract: Extract, root: Path, content: str | bytes, **said: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    (root / "a.json").write_bytes(data)
    landed = extract(FileSource(type="file", format="json", path="a.json", **said))
    assert landed.bytes_of() == data
    return landed.manifest


def texts(root: Path, records: str = "", *, single: bool = False, **own: str) -> list[str]:
    layout = RecordLayout(
        format="json", records_path=records, single_record=single, own=tuple(own.items())
    )
    return [record.decode() for record in records_of(root / "a.json", "a.json", layout)]


@pytest.mark.parametrize(
    ("content", "said", "wanted"),
    [
        ('[{"a": 1.10}, {"a": 2}]', {}, ['{"a": 1.10}', '{"a": 2}']),
        ("[]", {}, []),
        ("null", {}, []),
        ('{"a": {"b": null}, "c": [1]}', {"records": "a.b"}, []),
        ('\ufeff[{"a":\r\n 1}]\n', {}, ['{"a":   1}']),
        ('{"n": {"b": [9]}, "a": {"x": "]", "b": [1, null, "t"]}, "c": {}}',
         {"records": "a.b"}, ["1", "null", '"t"']),
        ('{"a": {"b": 1}}', {"single_record": True}, ['{"a": {"b": 1}}']),
        ('{"\\u0061": [NaN, {"x": "\\"]"}]}', {"records": "a"}, ["NaN", '{"x": "\\"]"}']),
        ("[" + "[" * 50_000 + "]" * 50_000 + "]", {}, ["[" * 50_000 + "]" * 50_000]),
    ],
)  # fmt: skip
def test_records_are_found_and_spelled_as_they_came(
    extract: Extract, tmp_path: Path, content: str, said: dict[str, Any], wanted: list[str]
) -> None:
    manifest = land(extract, tmp_path, content, **said)
    assert manifest.records == len(wanted)
    assert texts(tmp_path, said.get("records", ""), single="single_record" in said) == wanted


NAMED = {"keys_as": "k", "values_as": "v"}


@pytest.mark.parametrize(
    ("content", "said", "wanted"),
    [
        ('{"FR": {"n": 1.10}, "DE": {}}', {"keys_as": "k"}, ['{"k":"FR","n": 1.10}', '{"k":"DE"}']),
        ('{"a": {"b": {"\\u00e9": {"n":\r\n 1}}, "c": [1]}}', {"records": "a.b", "keys_as": "k"},
         ['{"k":"\\u00e9","n":   1}']),
        ('{"FR": [{"n": 1}, {"n": 2}], "DE": [], "IT": [7]}', {"keys_as": "k"},
         ['{"k":"FR","n": 1}', '{"k":"FR","n": 2}', '["IT",7]']),
        ('{"rates": {"USD": 1.0850, "JPY": null}}', {"records": "rates", **NAMED},
         ['{"k":"USD","v":1.0850}', '{"k":"JPY","v":null}']),
        ('{"FR": [1, {"k": 1}]}', NAMED, ['{"k":"FR","v":[1, {"k": 1}]}']),
        ('{"FR": {"n": {"k": 1}}, "DE": "?"}', {"keys_as": "k"},
         ['{"k":"FR","n": {"k": 1}}', '["DE","?"]']),
        ('{"FR": {"n": 1}, "FR": {"n": 2}}', {"keys_as": "k"},
         ['{"k":"FR","n": 1}', '{"k":"FR","n": 2}']),
        ("{}", {"keys_as": "k"}, []),
        ('{"a": null}', {"records": "a", "keys_as": "k"}, []),
    ],
)  # fmt: skip
def test_each_key_of_an_object_has_a_record(
    extract: Extract, tmp_path: Path, content: str, said: dict[str, Any], wanted: list[str]
) -> None:
    manifest = land(extract, tmp_path, content, **said)
    assert manifest.records == len(wanted)
    assert texts(tmp_path, **said) == wanted


@given(
    values=st.lists(JSON, max_size=5),
    chunk=st.integers(1, 40),
    indent=st.none() | st.integers(0, 3),
)
def test_any_document_wherever_the_edges_of_chunks_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: list[Any], chunk: int, indent: int
) -> None:
    document = {"before": values, "data": {"items": values, "n": values}, "after": values}
    (tmp_path / "a.json").write_text(json.dumps(document, indent=indent), encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(json_scanner, "_CHUNK", chunk)
        found = texts(tmp_path, "data.items")
    assert [json.loads(text) for text in found] == values


@pytest.mark.parametrize(
    ("content", "said", "problem"),
    [
        ("", {}, "a.json is empty"),
        ("7", {}, "the document is a number"),
        ('{"data": [], "page": 1}', {}, "the document is an object with the keys data, page"),
        ('{"a": 1}\n{"a": 2}\n', {}, "an object with the keys a\n.*format: jsonl"),
        ('{"data": {"rows": []}}', {"records": "data.items"}, "`data` has the keys rows"),
        ('{"data": []}', {"records": "data.items"}, "nothing at `data.items`: `data` is a list"),
        ('{"data": {}}', {"records": "data"}, "`data` is an object"),
        ('[{"a": 1}, {"a": 2}', {}, "ends in the middle: ',' or ']' is expected"),
        (
            '[{"a": 1}, {"a": ',
            {},
            "ends in the middle: .* of the value at offset 11 is open",
        ),
        ('{"data": [1]', {"records": "data"}, "ends in the middle: ',' or '}' is expected"),
        ('[{"a": 1} {"a": 2}]', {}, r"at offset 10, before '{\"a\": 2}\]'"),
        ("[1,]", {}, "offset 3, before ']', a value is expected"),
        ("[1] x", {}, "the document has ended"),
        ('["a\nb"]', {}, "a text is not closed, or has a line break"),
        ('{"d": [], "d": [1]}', {"records": "d"}, "has the key 'd' twice"),
        ("[1]", {"single_record": True}, "is a list, and one record is an object"),
        ("[1]", {"keys_as": "k"}, "the document is a list, and `keys_as` reads an object"),
        ('{"a": [1]}', {"records": "a", "keys_as": "k"}, "`a` is a list, and `keys_as`"),
        ('{"a": 7}', {"records": "a", "keys_as": "k"}, "`a` is a number"),
        ('{"USD": 1.1}', {"keys_as": "k"}, "'USD' is a number, .*\n.*`values_as: value`"),
        ('{"FR": {"k": 1}}', {"keys_as": "k"}, "has a field 'k' itself, .*\n.*`keys_as: k_key`"),
        ('{"FR": {"n": 1}, "DE"', {"keys_as": "k"}, "ends in the middle"),
        ('{"FR": {"n": 1}}', {}, "an object with the keys FR\n.*`keys_as: key`"),
        ('["é"]'.encode("latin-1"), {}, "JSON is UTF-8"),
        ("[]".encode("utf-16"), {}, "JSON is UTF-8"),
    ],
)
def test_what_is_no_such_document_is_reported_with_its_place(
    extract: Extract, tmp_path: Path, content: str | bytes, said: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SourceRefused, match=f"(?s){problem}"):
        land(extract, tmp_path, content, **said)


def test_a_record_beyond_what_the_engine_reads_is_refused(extract: Extract, tmp_path: Path) -> None:
    big = json.dumps({"a": "x" * LARGEST_RECORD})
    with pytest.raises(SourceRefused, match="a record of 15,728"):
        land(extract, tmp_path, f"[{big}]")


def test_no_more_is_held_than_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 MB before the list, 100 MB in it: the scanner never holds more than some chunks."""
    item, times = b'{"a": "' + b"x" * 1000 + b'"},', 100_000
    pieces = [b'{"before": [', *[item] * times, b'0], "data": [', *[item] * times, b"0]}"]
    largest = 0

    class Document(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            nonlocal largest
            largest = max(largest, size)
            taken = b"".join(pieces[:1000])
            del pieces[:1000]
            return taken

    scanner = json_scanner.JsonScanner(Document(), "a.json", 1000)  # type: ignore[arg-type]
    scanner.take(b"{")
    for _ in range(2):
        scanner.text()
        scanner.take(b":")
        scanner.skip()
        largest = max(largest, len(scanner._held))
        scanner.take(b",", b"}")
    assert scanner.peek() == b""
    assert largest < 8_000_000
