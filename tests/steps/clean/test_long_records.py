"""JSON Lines and Parquet whose records are long: what DuckDB would read at once does not fit its
memory."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from psycopg.rows import dict_row, tuple_row
from tests.steps import landed
from tests.steps.parquet_part import layout_of, parquet

from medallion.errors import DataRejected, SetupError
from medallion.names import TableName
from medallion.plan.model import CleanStep, LookupTable
from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.sources.formats import parquet_weight
from medallion.steps.clean.step import run
from medallion.steps.context import StepContext
from medallion.steps.parts import duckdb_engine
from medallion.steps.parts.pieces import PIECES

LINES = RecordLayout(format="jsonl")
BODIES = RecordLayout(format="jsonl", records_path="data")
COLUMNS = {"film_id": {"from": "id", "type": "bigint"}, "title": {"type": "text"}}
CHARACTERS, RECORDS, BAD, BEFORE = 250_000, 100, 70, 20_000
"""100 long records, after so many short ones that the first rows are staged before the error."""
SMALL, LARGE = "280MB", "2GB"


WHOLE = 2**62
PARQUET_COLUMNS = {
    "film_id": {"from": "id", "type": "bigint"},
    "title": {"type": "text", "clean": ["trim"]},
    "kept": {"type": "json"},
}


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    made: StepContext = landed.context(warehouse_db, tmp_path)
    return made


def films(short: int) -> Iterator[dict[str, Any]]:
    for number in range(short):
        yield {"id": number, "title": "short"}
    for number in range(RECORDS):
        known = "x" if number == BAD else short + number
        yield {"id": known, "title": chr(97 + number % 26) * CHARACTERS}


def rows_of(context: StepContext, table: TableName) -> list[tuple[Any, ...]]:
    names = "_bronze_record" if table == landed.FILMS.rejects(context.run_key) else (
        "_bronze_record, film_id, md5(title)"
    )  # fmt: skip
    with psycopg.connect(context.warehouse_url, row_factory=tuple_row) as connection:
        found = psycopg.sql.SQL("SELECT {} FROM {} ORDER BY 1")
        return connection.execute(
            found.format(psycopg.sql.SQL(names), identifier(table))
        ).fetchall()  # fmt: skip


def all_rows_of(context: StepContext) -> list[list[dict[str, Any]]]:
    """The table and what was quarantined, whole."""
    found = psycopg.sql.SQL("SELECT * FROM {} ORDER BY _bronze_part, _bronze_record")
    tables = landed.FILMS.staging(context.run_key), landed.FILMS.rejects(context.run_key)
    with psycopg.connect(context.warehouse_url, row_factory=dict_row) as connection:
        return [connection.execute(found.format(identifier(table))).fetchall() for table in tables]


def joined_step(context: StepContext) -> CleanStep:
    """Rows of a join come in any order, with the number of their record."""
    genres = TableName("silver_cinema", "genres")
    with psycopg.connect(context.warehouse_url) as connection:
        connection.execute("CREATE SCHEMA silver_cinema")
        connection.execute("CREATE TABLE silver_cinema.genres (genre_id bigint, name text)")
        connection.execute("INSERT INTO silver_cinema.genres VALUES (1, 'Action'), (2, 'Drama')")
    lookup = {"dataset": "genres", "key": "genre_id", "value": "name", "missing": "null"}
    genre = {"type": "text", "nullable": True, "lookup": lookup}
    step: CleanStep = landed.clean_step(
        {**PARQUET_COLUMNS, "genre": genre},
        lookups=(LookupTable(dataset="genres", table=genres),),
    )
    return step


@pytest.mark.parametrize("layout", [LINES, BODIES], ids=["lines", "bodies"])
def test_long_records_are_read_a_few_at_a_time(
    layout: RecordLayout,
    context: StepContext,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "medallion")
    short = BEFORE if layout is LINES else 0
    found = list(films(short))
    bodies = found if layout is LINES else [{"data": found[at : at + 5]} for at in range(0, 100, 5)]
    data = "".join(f"{json.dumps(body)}\n" for body in bodies).encode()
    landed.land(context, layout, [(data, len(found))])
    ends = {}
    for memory in (LARGE, SMALL):
        monkeypatch.setenv(duckdb_engine.MEMORY, memory)
        caplog.clear()
        result = run(landed.clean_step(COLUMNS), context)
        assert (result.rows_out, result.rows_quarantined) == (len(found) - 1, 1)
        assert ("it is read in pieces" in caplog.text) is (memory == SMALL)
        tables = landed.FILMS.staging(context.run_key), landed.FILMS.rejects(context.run_key)
        ends[memory] = [rows_of(context, table) for table in tables]
    assert ends[SMALL] == ends[LARGE]
    assert ends[SMALL][1] == [(short + BAD + 1,)]


PARQUET_MEMORY, PARQUET_ROWS, PARQUET_BAD = "130MB", 30, 20
KINDS = {
    "a dictionary": lambda number: chr(97 + number % 3) * 500_000,
    "texts that differ": lambda number: f"{number:0400000}",
}
"""30 of them: 15 MB as texts, of 1.5 MB in a dictionary; and 12 MB of which each is another one."""


def long_parquet(kind: str) -> pa.Table:
    """Bad in one record; with a struct and a value that is looked up in another table."""
    numbers = list(range(PARQUET_ROWS))
    ids = [str(number) if number != PARQUET_BAD else "x" for number in numbers]
    titles = pa.array([f" {KINDS[kind](number)}" for number in numbers])
    kept = pa.array([{"a": number, "b": ["ä"] * (number % 3)} for number in numbers])
    return pa.table({"id": ids, "title": titles, "kept": kept, "genre": [n % 4 for n in numbers]})


@pytest.mark.parametrize("joined", [False, True], ids=["", "with a look-up"])
@pytest.mark.parametrize("kind", KINDS)
def test_long_rows_of_parquet_are_read_a_few_at_a_time(
    kind: str,
    joined: bool,
    context: StepContext,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Those of a dictionary take DuckDB beyond its limit in silence, the others end with an error:
    in pieces both are what they are where they are read whole."""
    caplog.set_level(logging.INFO, "medallion")
    step = joined_step(context) if joined else landed.clean_step(PARQUET_COLUMNS)
    table = long_parquet(kind)
    landed.land(context, layout_of(table.schema), [parquet(table)])
    ends = []
    for memory, most in ((LARGE, WHOLE), (PARQUET_MEMORY, 4 * 1024 * 1024)):
        monkeypatch.setattr(parquet_weight, "MOST_BYTES", most)
        monkeypatch.setenv(duckdb_engine.MEMORY, memory)
        caplog.clear()
        result = run(step, context)
        assert (result.rows_out, result.rows_quarantined) == (PARQUET_ROWS - 1, 1)
        assert ("it is read in pieces" in caplog.text) is (most != WHOLE)
        ends.append(all_rows_of(context))
    assert ends[0] == ends[1]
    assert [row["_bronze_record"] for row in ends[0][1]] == [PARQUET_BAD + 1]


def test_parquet_that_looks_light_is_read_in_pieces_once_it_does_not_fit(
    context: StepContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first rows are staged before the error; of the second reading, those are passed over."""
    caplog.set_level(logging.INFO, "medallion")
    monkeypatch.setattr(parquet_weight, "MOST_BYTES", WHOLE)
    monkeypatch.setenv(duckdb_engine.MEMORY, PARQUET_MEMORY)
    long = long_parquet("texts that differ")
    short = long.set_column(1, "title", [pa.array(["short"] * PARQUET_ROWS)])
    table = pa.concat_tables([short] * 680 + [long])
    landed.land(context, layout_of(table.schema), [parquet(table, 680 * PARQUET_ROWS)])
    result = run(landed.clean_step(PARQUET_COLUMNS), context)
    assert (result.rows_out, result.rows_quarantined) == (681 * (PARQUET_ROWS - 1), 681)
    assert "it is read in pieces" in caplog.text
    good, bad = all_rows_of(context)
    numbers = range(1, 681 * PARQUET_ROWS + 1)
    is_bad = [number % PARQUET_ROWS == PARQUET_BAD + 1 for number in numbers]
    assert [row["_bronze_record"] for row in good] == [
        number for number, its_bad in zip(numbers, is_bad, strict=True) if not its_bad
    ]
    assert [row["_bronze_record"] for row in bad] == [
        number for number, its_bad in zip(numbers, is_bad, strict=True) if its_bad
    ]


def test_a_row_of_parquet_that_does_not_fit_the_memory_is_said(
    context: StepContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = {"film_id": PARQUET_COLUMNS["film_id"], "title": PARQUET_COLUMNS["title"]}
    table = pa.table({"id": ["x", "2"], "title": [f" {'0' * 12_000_000}", "b"]})
    landed.land(context, layout_of(table.schema), [parquet(table)])
    monkeypatch.setenv(duckdb_engine.MEMORY, "20MB")
    with pytest.raises(SetupError, match="MEDALLION_DUCKDB_MEMORY") as raised:
        run(landed.clean_step(columns), context)
    assert raised.value.problem.startswith("part 0 has records that do not fit the memory allowed")


def test_where_a_piece_does_not_fit_the_memory_that_is_said(
    context: StepContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.dumps({"id": 1, "title": "a" * 12_000_000}).encode()
    landed.land(context, LINES, [(data, 1)])
    monkeypatch.setenv(duckdb_engine.MEMORY, "40MB")
    with pytest.raises(SetupError, match="MEDALLION_DUCKDB_MEMORY") as raised:
        run(landed.clean_step(COLUMNS), context)
    said = f"part 0 has records that do not fit the memory allowed, {len(data):,} bytes of them"
    assert raised.value.problem.startswith(said)


def test_pieces_that_do_not_fit_are_read_in_smaller_ones(
    context: StepContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document of decimals that is kept as JSON takes a hundred times of itself to clean."""
    line = [[number / 64, -number / 32] for number in range(4000)]
    shapes = [{"id": number, "shape": {"at": number + 0.5, "line": line}} for number in range(30)]
    data = "\n".join(map(json.dumps, shapes)).encode()
    assert len(data) / 30 > 64 * 1024 and len(data) < PIECES["jsonl"].most
    landed.land(context, LINES, [(data, len(shapes))])
    monkeypatch.setenv(duckdb_engine.MEMORY, "150MB")
    columns = {"film_id": {"from": "id", "type": "bigint"}, "shape": {"type": "json"}}
    assert run(landed.clean_step(columns), context).rows_out == len(shapes)
    asked = psycopg.sql.SQL("SELECT film_id, shape FROM {} ORDER BY _bronze_record")
    with psycopg.connect(context.warehouse_url, row_factory=tuple_row) as connection:
        staging = identifier(landed.FILMS.staging(context.run_key))
        found = connection.execute(asked.format(staging)).fetchall()
    assert found == [(shape["id"], shape["shape"]) for shape in shapes]


def test_a_line_that_duckdb_does_not_read_is_said_to_be_too_long(context: StepContext) -> None:
    data = json.dumps({"id": 1, "title": "a" * 34_000_000}).encode()
    landed.land(context, LINES, [(data, 1)])
    with pytest.raises(DataRejected, match="part-0 has a line of more than 32 MiB"):
        run(landed.clean_step(COLUMNS), context)


@pytest.mark.parametrize("end", [b"\n", b""])
def test_pieces_hold_all_lines_whole(end: bytes, tmp_path: Path) -> None:
    lines = [b"aaa\n", b"bbb\n", b"c" * 30 + b"\n", b"\n", b"ddd\n", b"e" + end]
    lines.insert(2, b"\n")  # with the long one it would be a piece of two lines
    part = tmp_path / "part"
    part.write_bytes(b"".join(lines))
    pieces = [
        (path.read_bytes(), layout.compression)
        for path, layout in PIECES["jsonl"].write(part, LINES, tmp_path, 10)
    ]
    assert b"".join(content for content, _ in pieces) == b"".join(lines)
    assert all(content == lines[3] or len(content) <= 10 for content, _ in pieces)
    assert {packed for _, packed in pieces} == {"none"}
    assert [path.name for path in tmp_path.iterdir()] == ["part"]
