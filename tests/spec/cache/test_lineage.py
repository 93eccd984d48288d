"""The cache saves work and is never believed against the file that it means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medallion.names import TableName
from medallion.spec.cache.lineage import CachedReading
from medallion.spec.models.queries import QueryProblem, QueryReading

READING = QueryReading(
    upstream=(TableName("silver_shop", "orders"),),
    places=((1, 15),),
    problems=(QueryProblem(line=2, column=3, problem="wrong", remedy="fix it"),),
)


class Reader:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, text: str) -> QueryReading:
        self.asked += 1
        return READING


def test_the_same_text_is_read_once_even_by_another_process(tmp_path: Path) -> None:
    reader = Reader()
    for _ in range(3):
        assert CachedReading(tmp_path / "new" / "folder", reader, "1")("select 1") == READING
    assert reader.asked == 1


def test_another_text_and_another_reader_are_read_again(tmp_path: Path) -> None:
    reader = Reader()
    CachedReading(tmp_path, reader, "1")("select 1")
    CachedReading(tmp_path, reader, "1")("select 2")
    CachedReading(tmp_path, reader, "2")("select 1")
    assert reader.asked == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"[" * 100_000,
        json.dumps({"upstream": ["silver_shop.orders"]}).encode(),
        json.dumps({"upstream": ["orders"], "places": [], "problems": []}).encode(),
        json.dumps({"upstream": [1], "places": [], "problems": []}).encode(),
        json.dumps({"upstream": ["silver_shop.orders"], "problems": []}).encode(),
        json.dumps({"upstream": [], "places": [[1]], "problems": []}).encode(),
        json.dumps({"upstream": [], "places": [["x", 1]], "problems": []}).encode(),
        json.dumps({"upstream": [], "places": [], "problems": [{"problem": 1}]}).encode(),
        json.dumps(
            {"upstream": [], "places": [], "problems": [{"line": "x", "problem": "p"}]}
        ).encode(),
        json.dumps({"upstream": [], "places": [], "problems": [{"unknown": 1}]}).encode(),
    ],
)
def test_a_damaged_entry_is_read_again_and_fixed(tmp_path: Path, content: bytes) -> None:
    reader = Reader()
    cached = CachedReading(tmp_path, reader, "1")
    cached("select 1")
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(content)
    assert cached("select 1") == READING
    assert cached("select 1") == READING
    assert reader.asked == 2


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    reader = Reader()
    cached = CachedReading(tmp_path / "file" / "cache", reader, "1")
    assert [cached("select 1"), cached("select 1")] == [READING, READING]
    assert reader.asked == 2


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    CachedReading(tmp_path, Reader(), "1")("select 1")
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_any_text_can_be_a_key(tmp_path: Path) -> None:
    assert CachedReading(tmp_path, Reader(), "1")("select '\ud800é'") == READING
