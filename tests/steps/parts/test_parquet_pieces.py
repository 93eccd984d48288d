"""Parquet in pieces of a few rows: DuckDB reads from them what it reads from the part."""

# ruff: noqa: DTZ001  # times without a zone are a type of their own

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medallion.errors import DataRejected, LakeUnavailable
from medallion.sources.base.parquet_parts import layout_of
from medallion.steps.parts import parquet_pieces
from medallion.steps.parts.pieces import PIECES

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456)
ID = UUID("123e4567-e89b-12d3-a456-426614174000").bytes
DEEP = pa.list_(
    pa.struct(
        [
            ("numbers", pa.map_(pa.string(), pa.list_(pa.decimal128(5, 1)))),
            ("at", pa.timestamp("us", "UTC")),
            ("A", pa.string()),
        ]
    )
)
VALUES: dict[str, pa.Array[Any]] = {
    "truth": pa.array([True, None, False]),
    "int8": pa.array([1, None, -3], pa.int8()),
    "uint8": pa.array([255, None, 1], pa.uint8()),
    "uint16": pa.array([65535, None, 1], pa.uint16()),
    "uint32": pa.array([2**32 - 1, None, 1], pa.uint32()),
    "uint64": pa.array([2**64 - 1, None, 1], pa.uint64()),
    "half": pa.array([1.5, None, 2], pa.float16()),
    "float": pa.array([0.1, None, float("nan")], pa.float32()),
    "double": pa.array([0.1, None, float("inf")]),
    "decimal9": pa.array([Decimal("1.10"), None, Decimal("-2.25")], pa.decimal128(9, 2)),
    "decimal38": pa.array([Decimal("9" * 28 + ".0123456789"), None, 0], pa.decimal128(38, 10)),
    "text": pa.array(["é", None, ""]),
    "large text": pa.array(["é", None, ""], pa.large_string()),
    "view": pa.array(["é", None, ""], pa.string_view()),
    "bytes": pa.array([b"\0\xff", None, b""]),
    "fixed": pa.array([b"abc", None, b"\0\0\0"], pa.binary(3)),
    "day": pa.array([date(2026, 1, 1), None, date(1, 1, 1)]),
    "day64": pa.array([date(2026, 1, 1), None, date(1, 1, 1)], pa.date64()),
    "clock ms": pa.array([time(1, 2, 3), None, time(0)], pa.time32("ms")),
    "clock us": pa.array([time(23, 59, 59, 999999), None, time(0)], pa.time64("us")),
    "clock ns": pa.array([1, None, 3], pa.time64("ns")),
    **{
        f"at {unit}": pa.array([1, None, 3], pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")
    },
    **{
        f"zoned {unit}": pa.array([1, None, 3], pa.timestamp(unit, "Europe/Paris"))
        for unit in ("s", "ms", "us", "ns")
    },
    "duration": pa.array([1, None, 3], pa.duration("us")),
    "nothing": pa.nulls(3),
    "category": pa.array(["x", None, "x"]).dictionary_encode(),
    "numbered": pa.DictionaryArray.from_arrays(pa.array([0, None, 1]), pa.array([10, 20])),
    "uuid": pa.array([ID, None, ID], pa.uuid()),
    "json": pa.array(['{"a": 1}', None, "[]"], pa.json_()),
    "list": pa.array([[1, None], None, []], pa.list_(pa.int32())),
    "large list": pa.array([["a", None], None, []], pa.large_list(pa.string())),
    "pair": pa.array([[1, 2], None, [3, None]], pa.list_(pa.int32(), 2)),
    "struct": pa.array([{"a": 1, "B": "x"}, None, {"a": None, "B": None}]),
    "map": pa.array([[("k", 1), ("l", None)], None, []], pa.map_(pa.string(), pa.int64())),
    "categories": pa.ListArray.from_arrays(
        pa.array([0, 2, 2, 3]), pa.array(["x", "y", "x"]).dictionary_encode()
    ),
    "deep": pa.array(
        [[{"numbers": [("k", [Decimal("1.5"), None])], "at": NOON, "A": "x"}, None], None, []], DEEP
    ),
    "a.b": pa.array([1, None, 2]),
    "ID": pa.array([1, 2, 3]),
    "id": pa.array([4, 5, 6]),
}
WRITTEN = {
    "as Arrow": {},
    "without Arrow's schema": {"store_schema": False},
    "INT96": {"use_deprecated_int96_timestamps": True},
    "decimals as whole numbers": {"store_decimal_as_integer": True},
    "lists of two levels": {"use_compliant_nested_type": False},
    "no dictionary, other pages": {"use_dictionary": False, "data_page_version": "2.0"},
}


def seen_by_duckdb(part: Path) -> tuple[list[str], list[Any]]:
    """The types of its columns, and its rows as texts that tell NaN, NULL and empty apart."""
    found = duckdb.read_parquet(str(part))
    return list(map(str, found.types)), found.project("CAST(COLUMNS(*) AS VARCHAR)").fetchall()


def write_pieces(part: Path, folder: Path, most: int) -> list[tuple[list[str], list[Any]]]:
    layout = layout_of(pq.read_schema(part))
    return [seen_by_duckdb(path) for path, _ in PIECES["parquet"].write(part, layout, folder, most)]


@pytest.mark.parametrize("written", WRITTEN)
def test_every_type_comes_through(written: str, tmp_path: Path) -> None:
    part = tmp_path / "part"
    pq.write_table(pa.table(VALUES), part, row_group_size=2, **WRITTEN[written])
    assert PIECES["parquet"].are_exact(part, tmp_path)
    types, rows = seen_by_duckdb(part)
    found = write_pieces(part, tmp_path, 1)
    assert found == [(types, [row]) for row in rows]
    assert [path.name for path in tmp_path.iterdir()] == ["part"]


@pytest.mark.parametrize("value", ["INTERVAL 3 DAY", "TIMETZ '01:02:03+02'", "{'a': 1}::VARIANT"])
def test_types_that_arrow_does_not_write_are_read_from_the_part(value: str, tmp_path: Path) -> None:
    part = tmp_path / "part"
    duckdb.sql(f"SELECT 1 AS id, {value} AS value").write_parquet(str(part))
    assert not PIECES["parquet"].are_exact(part, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["part"]


@pytest.mark.parametrize(
    "value",
    ["'a'::ENUM('a', 'b')", """'{"a": 1.10}'::JSON""", "5::HUGEINT", "uuid()", "5::UTINYINT",
     "TIMESTAMP 'infinity'", "TIMESTAMP_NS '2026-01-01 00:00:00.123456789'", "'101'::BIT",
     "MAP {'a': [{'b': NULL, 'c': 1.5}]}"],
)  # fmt: skip
def test_duckdb_s_own_types_come_through(value: str, tmp_path: Path) -> None:
    part = tmp_path / "part"
    duckdb.sql(f"SELECT range AS id, {value} AS value FROM range(2)").write_parquet(str(part))
    assert PIECES["parquet"].are_exact(part, tmp_path)
    types, rows = seen_by_duckdb(part)
    assert write_pieces(part, tmp_path, 1) == [(types, [row]) for row in rows]


def test_a_piece_has_as_many_rows_as_fit_and_one_that_fits_none_is_alone(tmp_path: Path) -> None:
    part = tmp_path / "part"
    texts = ["a" * 1000] * 10 + ["b" * 20_000] + ["c"] * 10
    texts += ["d" * 4000] * 5  # in one dictionary with the others
    pq.write_table(pa.table({"text": pa.array(texts).dictionary_encode()}), part)
    found = [rows for _, rows in write_pieces(part, tmp_path, 5000)]
    assert [row for rows in found for row in rows] == [(text,) for text in texts]
    sizes = [sum(len(text) + 4 for (text,) in rows) for rows in found]
    assert all(size <= 5000 or len(rows) == 1 for size, rows in zip(sizes, found, strict=True))
    assert len(found) < 15


def test_no_rows_are_no_pieces(tmp_path: Path) -> None:
    part = tmp_path / "part"
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), part)
    assert write_pieces(part, tmp_path, 5000) == []


def test_a_piece_has_one_row_group_and_no_dictionary(tmp_path: Path) -> None:
    part = tmp_path / "part"
    pq.write_table(pa.table({"text": ["a" * 1000] * 3000}), part)
    layout = layout_of(pq.read_schema(part))
    for piece, _ in PIECES["parquet"].write(part, layout, tmp_path, 2_500_000):
        metadata = pq.read_metadata(piece)
        assert metadata.num_row_groups == 1
        assert not metadata.row_group(0).column(0).has_dictionary_page
        assert PIECES["parquet"].holds_one(piece, 1) is (metadata.num_rows == 1)


@pytest.mark.parametrize("most", [1, 1_000_000])
def test_the_piece_is_gone_once_reading_has_ended_early(most: int, tmp_path: Path) -> None:
    part = tmp_path / "part"
    pq.write_table(pa.table({"text": ["a" * 1000] * 10}), part)
    written = PIECES["parquet"].write(part, layout_of(pq.read_schema(part)), tmp_path, most)
    piece, _ = next(written)
    assert piece.exists()
    with pytest.raises(ZeroDivisionError):
        written.throw(ZeroDivisionError)
    assert [path.name for path in tmp_path.iterdir()] == ["part"]


def test_a_full_disk_is_reported_as_one(tmp_path: Path) -> None:
    part = tmp_path / "part"
    pq.write_table(pa.table({"text": ["a" * 1000] * 10}), part)
    (tmp_path / "part-piece-0").symlink_to("/dev/full")
    with pytest.raises(LakeUnavailable, match=r"part cannot be copied for the engine: .*No space"):
        write_pieces(part, tmp_path, 1_000_000)
    assert [path.name for path in tmp_path.iterdir()] == ["part"]


def test_a_part_that_is_damaged_is_said_to_be(tmp_path: Path) -> None:
    part = tmp_path / "part"
    texts = pa.table({"text": [f"{number:01000}" for number in range(1000)]})
    pq.write_table(texts, part, compression="none", use_dictionary=False)
    data = bytearray(part.read_bytes())
    data[4:64] = b"\xff" * 60
    part.write_bytes(data)
    with pytest.raises(DataRejected, match="part cannot be cleaned"):
        list(parquet_pieces.cut(part, 1000))


def test_moments_are_those_of_utc(tmp_path: Path) -> None:
    part = tmp_path / "part"
    moment = NOON.replace(tzinfo=UTC)
    pq.write_table(pa.table({"at": pa.array([moment], pa.timestamp("us", "Asia/Tokyo"))}), part)
    (table,) = parquet_pieces.cut(part, 1000)
    assert table["at"].to_pylist() == [moment]
