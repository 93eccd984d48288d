"""Records that nothing can be read from with certainty go to quarantine whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cleaning.cleaned import cleaned

from medallion.cleaning.duckdb.naming import RAW, REASONS
from medallion.records import RecordLayout
from medallion.sources.base.parquet_parts import layout_of

COLUMNS: dict[str, dict[str, object]] = {
    "id": {"type": "text", "nullable": True},
    "name": {"from": "o.name", "type": "text", "nullable": True},
    "first": {"from": "l[0].x", "type": "bigint", "nullable": True},
    "tree": {"from": "o", "type": "json", "nullable": True},
    "each": {"from": "e.f[*].g.h", "type": "text[]", "nullable": True},
}


def of(tmp_path: Path, *lines: str) -> list[dict[str, Any]]:
    part = tmp_path / "part.jsonl"
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return cleaned(part, RecordLayout(format="jsonl"), COLUMNS)


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ('{"id": "a", "id": "b"}', "id"),
        ('{"id": "a", "v1.5": 1, "other": 2, "v1.5": 3}', "v1.5"),
        ('{"id": "a", "\\u0069d": "b"}', "id"),
        ('{"o": {"name": "x", "name": "x"}}', "name"),
        ('{"l": [{"x": 1, "x": 2}]}', "x"),
        ('{"e": {"f": [{"g": {"h": 1}}, 7, {"g": {"h": 1, "h": 2}}]}}', "h"),
        ('{"e": {"f": [{"g": {}}, {"g": null, "g": {}}]}}', "g"),
    ],
)
def test_a_key_that_stands_twice_means_nothing(tmp_path: Path, record: str, key: str) -> None:
    bad, good = of(tmp_path, record, '{"id": "c", "o": {"id": 1}, "l": [{"id": 1}]}')
    assert bad[REASONS] == [f'record: has the key "{key}" more than once']
    assert json.loads(bad[RAW])["_text"].replace(" ", "") == record.replace(" ", "")
    assert good["id"] == "c"


def test_nor_does_one_deep_in_what_becomes_json(tmp_path: Path) -> None:
    texts = ['{"a":[{"k":1,"k":2}]}', '{"a":{"\\":":1,"x\\":":2},"b":{"a":[1e400]}}']
    bad, good = of(tmp_path, *(f'{{"id":"a","o":{text}}}' for text in texts))
    assert bad[REASONS] == [f'tree: "{texts[0]}" is not JSON that PostgreSQL can hold']
    assert json.loads(bad[RAW]) == {"_text": f'{{"id":"a","o":{texts[0]}}}'}
    assert good["tree"][1:].decode() == texts[1]


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("[", "]"),
        ('{"a":', "}"),
        ('[{"a":', "}]"),
        ('[1,"x[",', "]"),
        ('{"a":1,"b":[2.5,', "]}"),
        ('["\\\\",', "]"),
    ],
)
def test_what_is_nested_too_deep_for_jsonb_is_kept_as_a_text(
    tmp_path: Path, opened: str, closed: str
) -> None:
    def nested(levels: int) -> str:
        return opened * levels + "0" + closed * levels

    levels = 500 // sum(map((opened.replace('"x["', "")).count, "[{"))
    brackets = "[" * 1000
    texts = [nested(levels - 2), f'["{brackets}"]', nested(2 * levels)]
    good, quoted, bad = of(tmp_path, *(f'{{"id":"a","o":{text}}}' for text in texts))
    assert [row["tree"][1:].decode() for row in (good, quoted)] == texts[:2]
    assert bad[REASONS][0].startswith("tree: ")
    assert bad[REASONS][0].endswith("is not JSON that PostgreSQL can hold")
    assert json.loads(bad[RAW]) == {"_text": f'{{"id":"a","o":{texts[2]}}}'}


def test_what_nothing_reads_or_becomes_a_text_is_as_it_was_written(tmp_path: Path) -> None:
    part = tmp_path / "part.jsonl"
    part.write_text('{"id": "a", "o": {"k": 1, "k": 2}, "other": [{"x": 1, "x": 2}]}\n')
    columns = {"id": {"type": "text"}, "o": {"type": "text"}}
    found = cleaned(part, RecordLayout(format="jsonl"), columns)
    assert found == [{"id": "a", "o": '{"k":1,"k":2}'}]


def test_a_map_of_parquet_may_have_a_key_twice(tmp_path: Path) -> None:
    table = pa.table({"m": pa.array([[("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int64()))})
    pq.write_table(table, tmp_path / "part.parquet")
    layout = layout_of(table.schema)
    text = '{"k":1,"k":2}'
    (bad,) = cleaned(tmp_path / "part.parquet", layout, {"m": {"type": "json"}})
    assert bad[REASONS] == [f'm: "{text}" is not JSON that PostgreSQL can hold']
    assert json.loads(bad[RAW]) == {"_text": f'{{"m":{text}}}'}
    assert cleaned(tmp_path / "part.parquet", layout, {"m": {"type": "text"}}) == [{"m": text}]


def test_what_is_no_object_is_no_record(tmp_path: Path) -> None:
    for row in of(tmp_path, "[1]", "nothing", '\ufeff{"id": "a"}'):
        assert row[REASONS] == ["record: is not a JSON object"]


def test_a_mark_within_a_csv_is_where_another_file_begins(tmp_path: Path) -> None:
    part = tmp_path / "part.csv"
    part.write_text('\ufeffid,name\n1,a\ufeff\n\ufeffid,name\n\ufeff"2",b\n', encoding="utf-8")
    layout = RecordLayout(format="csv", columns=("id", "name"), encoding="utf-8-sig")
    columns = {"id": {"type": "text"}, "name": {"type": "text"}}
    good, header, *_ = cleaned(part, layout, columns)
    assert good == {"id": "1", "name": "a\ufeff"}
    assert header[REASONS] == [
        "record: begins with a mark of UTF-8: the file was put together from several"
    ]
