"""How long the rows of Parquet files are: by what DuckDB has at once, not by what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medallion.sources.formats import parquet_weight
from medallion.sources.formats.parquet_weight import batches, long_rows

LONG = 100_000
MANY = pa.table({"id": range(3000), "name": [f"name {number}" for number in range(3000)]})


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "part"


def write(part: Path, texts: list[str | None], **options: Any) -> Path:
    table = pa.table({"id": range(len(texts)), "text": pa.array(texts, pa.string())})
    pq.write_table(table, part, **options)
    return part


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
@pytest.mark.parametrize("page", [{}, {"write_page_checksum": True}, {"data_page_version": "2.0"}])
def test_texts_of_a_dictionary_count_as_often_as_they_stand_there(
    page: dict[str, Any], codec: str, part: Path
) -> None:
    texts = [chr(97 + number % 3) * LONG for number in range(1000)]
    write(part, texts, compression=codec, **page)
    assert part.stat().st_size < 1_000_000
    (found,) = long_rows(part)
    assert LONG <= found < LONG * 1.1


def test_a_long_text_among_many_short_ones_of_a_dictionary_counts_too(part: Path) -> None:
    """Most rows may have it: what they have on average, no footer says."""
    texts: list[str | None] = [
        "a" * LONG if number % 2 else str(number) for number in range(10_000)
    ]
    (found,) = long_rows(write(part, texts))
    assert LONG <= found < LONG * 1.1


def test_short_texts_are_not_long_however_large_their_dictionary_is(part: Path) -> None:
    texts: list[str | None] = [f"{number:020}" for number in range(50_000)] * 2
    write(part, texts, dictionary_pagesize_limit=10**7)
    column = pq.read_metadata(part).row_group(0).column(1)
    assert column.dictionary_page_offset is not None
    assert column.total_uncompressed_size > parquet_weight.MOST_BYTES // parquet_weight.WINDOW_ROWS
    assert long_rows(part) == ()


@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "zstd", "lz4_raw"])
@pytest.mark.parametrize(
    "text", ["repeat(chr(CAST(97 + range % 26 AS INT)), 100000)", "repeat(md5(range::TEXT), 3125)"]
)
def test_duckdb_s_own_files(text: str, codec: str, part: Path) -> None:
    query = f"SELECT range AS id, {text} AS body FROM range(1000)"
    duckdb.sql(query).write_parquet(str(part), compression=codec)
    (found,) = long_rows(part)
    assert LONG <= found < LONG * 1.1


def test_texts_that_differ_are_long_where_a_row_group_has_many(part: Path) -> None:
    texts: list[str | None] = [f"{number:0100000}" for number in range(1000)]
    assert len(long_rows(write(part, texts, use_dictionary=False))) == 1
    assert long_rows(write(part, texts, use_dictionary=False, row_group_size=100)) == ()
    (one, *others) = long_rows(write(part, [*texts, None, *["a"] * 999], row_group_size=1000))
    assert one > LONG and [other < 1000 for other in others] == [True]


def test_tables_without_long_rows(part: Path) -> None:
    pq.write_table(MANY, part, row_group_size=500)
    assert long_rows(part) == ()
    pq.write_table(MANY.slice(0, 0), part)
    assert long_rows(part) == ()
    pq.write_table(pa.table({"id": range(1000)}), part)
    assert long_rows(part) == ()


def test_a_dictionary_that_cannot_be_read_is_taken_for_one_long_text(
    part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str | None] = [f"{number:020}" for number in range(5_000)] * 2
    write(part, texts, compression="zstd")
    assert long_rows(part) == ()
    monkeypatch.setattr(parquet_weight, "_CODECS", {"ZSTD": "snappy"})
    assert long_rows(part) != ()


def test_a_header_that_is_cut_or_is_none_has_no_dictionary(part: Path) -> None:
    texts: list[str | None] = ["a" * LONG] * 10
    write(part, texts, compression="none", write_page_checksum=True)
    column = pq.read_metadata(part).row_group(0).column(1)
    start = column.dictionary_page_offset
    assert start is not None
    data = part.read_bytes()
    with part.open("rb") as content:
        page = parquet_weight._read_header(content, start)
        assert page is not None and (page.entries, page.size) == (1, LONG + 4)
        assert data[page.starts + 4 :].startswith(b"aaa")
        assert parquet_weight._read_header(content, column.data_page_offset) is None
    for end in range(start, page.starts):
        part.write_bytes(data[:end])
        with part.open("rb") as content:
            assert parquet_weight._read_header(content, start) is None


def test_batches_have_all_rows_in_their_order_and_long_ones_are_few(part: Path) -> None:
    texts: list[str | None] = [*["a" * LONG] * 700, *["b"] * 700, *["c" * LONG] * 700]
    write(part, texts, row_group_size=700)
    with pq.ParquetFile(part) as file:
        found = list(batches(file, long_rows(part), 3 * LONG))
        assert pa.Table.from_batches(found).equals(file.read())
    assert {batch.num_rows for batch in found[:300] + found[-300:]} == {2}
    assert max(batch.num_rows for batch in found) == parquet_weight.BATCH_ROWS


def test_a_header_of_fewer_numbers_or_of_negative_ones_is_none(part: Path) -> None:
    whole = bytes([0x15, 4, 0x15, 8, 0x15, 8, 0x4C, 0x15, 2, 0x15, 0, 0, 0])
    for header, is_one in (
        (whole, True),
        (whole[:2] + whole[6:], False),  # a struct after the first number
        (whole[:3] + b"\x07" + whole[4:], False),
        (b"\x15\x00" + whole[2:], False),  # a page of data
    ):
        part.write_bytes(header)
        with part.open("rb") as content:
            assert (parquet_weight._read_header(content, 0) is not None) is is_one
