"""Parts without some records: the others keep their numbers and their bytes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medallion.records import RecordLayout
from medallion.steps.clean.erased.people import words_of
from medallion.steps.parts.erased_records import Erased, Erasing, erase_records, why_not

CSV = RecordLayout(format="csv", delimiter=";", columns=("id", "name", "note"))


def erase(
    tmp_path: Path, content: bytes, layout: RecordLayout, *numbers: int, **how: object
) -> tuple[bytes, Erased, list[object]]:
    part, target, kept = tmp_path / "part", tmp_path / "new", list[object]()
    part.write_bytes(content)
    erasing = Erasing(numbers=frozenset(numbers), keep=kept.append, **how)  # type: ignore[arg-type]
    erased = erase_records(part, layout, target, erasing)
    return target.read_bytes(), erased, kept


def test_a_record_of_a_csv_may_have_several_lines_and_lines_may_be_none(tmp_path: Path) -> None:
    text = (
        '\ufeffid;name;note\r\n1;"Ada\nLovelace";"a ""b"""\r\n\r\n'
        "2;ada;x;y\r\n3; Bob ;\n4;Cy;é\r\n2;nada;x;y"
    ).encode()
    new, erased, kept = erase(tmp_path, text, CSV, 1, 3, words=words_of(["ada"]))
    assert new.decode() == (
        "\ufeffid;name;note\r\n;;\r\n\r\nx;xxx;x;x\r\n3; Bob ;\n;;\r\n2;nada;x;y"
    )
    assert (erased.numbers, erased.lines) == ({1, 3}, 1)
    assert kept == [
        {"id": "1", "name": "Ada\nLovelace", "note": 'a "b"'},
        {"id": "4", "name": "Cy", "note": "é"},
    ]
    again, *_ = erase(tmp_path, new, CSV, 1, 3, leaves_out=True)
    assert again.decode() == "\ufeffid;name;note\r\n\r\nx;xxx;x;x\r\n3; Bob ;\n2;nada;x;y"


def test_a_csv_of_one_column_keeps_its_record(tmp_path: Path) -> None:
    layout = RecordLayout(format="csv", columns=("mail",), encoding="utf-16", compression="gzip")
    text = gzip.compress("mail\nada@x.y\nbob@x.y\n".encode("utf-16"))
    new, erased, _ = erase(tmp_path, text, layout, 1)
    assert gzip.decompress(new).decode("utf-16") == 'mail\n""\nbob@x.y\n'
    assert erased.numbers == {1}


def test_lines_of_json_keep_their_numbers_and_spelling(tmp_path: Path) -> None:
    layout = RecordLayout(format="jsonl")
    text = b'{"a": 1.10}\n\n{"a":2}\r\n{"a": "ada"\n{"a": 12345678901234567890123}'
    new, erased, kept = erase(tmp_path, text, layout, 2, words=words_of(["ada"]))
    assert new == b'{"a": 1.10}\n\n{}\r\n{}\n{"a": 12345678901234567890123}'
    assert erased.numbers == {2, 3}, "a line that is no JSON is a record in quarantine"
    assert kept == [{"a": 2}, '{"a": "ada"\n']


def test_a_page_of_records_is_written_again_around_them(tmp_path: Path) -> None:
    layout = RecordLayout(format="jsonl", records_path="data.items")
    pages = [
        '{"page": 1, "data": {"n": 1.0, "items": [ {"a": 1e2} , {"a": [2, "]"]} ], "z": "é"}}',
        '{"data": {"items": []}}',
        '{"data": {"items": [{"a": 3}]}}',
    ]
    new, erased, kept = erase(tmp_path, "\n".join(pages).encode(), layout, 2, 3)
    assert new.decode().split("\n") == [
        '{"page": 1, "data": {"n": 1.0, "items": [{"a": 1e2},{}], "z": "é"}}',
        '{"data": {"items": []}}',
        '{"data": {"items": [{}]}}',
    ]
    assert (erased.numbers, kept) == ({2, 3}, [{"a": [2, "]"]}, {"a": 3}])
    left, *_ = erase(tmp_path, new, layout, 2, 3, leaves_out=True)
    assert [json.loads(line)["data"]["items"] for line in left.splitlines()] == [
        [{"a": 100}],
        [],
        [],
    ]


def test_rows_of_parquet_become_null_in_each_group(tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2, 3, 4, 5], "b": [["x"], [], None, ["y"], ["z"]]})
    pq.write_table(table, tmp_path / "part.parquet", row_group_size=2)
    layout = RecordLayout(format="parquet", columns=("a", "b"), types=("BIGINT", "VARCHAR[]"))
    content = (tmp_path / "part.parquet").read_bytes()
    _, erased, kept = erase(tmp_path, content, layout, 1, 4)
    found = pq.read_table(tmp_path / "new")
    assert found.to_pydict() == {"a": [None, 2, 3, None, 5], "b": [None, [], None, None, ["z"]]}
    assert found.schema == table.schema
    assert (erased.numbers, kept) == ({1, 4}, [{"a": 1, "b": ["x"]}, {"a": 4, "b": ["y"]}])
    erase(tmp_path, content, layout, 1, 4, leaves_out=True)
    assert pq.read_table(tmp_path / "new").to_pydict()["a"] == [2, 3, 5]


def test_a_column_that_takes_no_null_is_said(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("a", pa.int64(), nullable=False)])
    pq.write_table(pa.table({"a": [1]}, schema=schema), tmp_path / "p.parquet")
    layout = RecordLayout(format="parquet", columns=("a",), types=("BIGINT",))
    with pytest.raises(ValueError, match="a takes no NULL"):
        erase(tmp_path, (tmp_path / "p.parquet").read_bytes(), layout, 1)


@pytest.mark.parametrize(
    "layout",
    [
        RecordLayout(format="excel"),
        RecordLayout(format="csv", compression="zip"),
        RecordLayout(format="jsonl", records_path="a", with_parent=True),
        RecordLayout(format="csv", own=(("widths", "3"),)),
    ],
)
def test_other_parts_are_not_written_again(layout: RecordLayout) -> None:
    assert why_not(layout)
    assert not why_not(CSV)
