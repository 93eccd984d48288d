"""JSON Lines whose records are long: what DuckDB would read at once does not fit its memory."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import tuple_row
from tests.steps import landed

from medallion.errors import DataRejected, SetupError
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.steps.clean.step import run
from medallion.steps.context import StepContext
from medallion.steps.parts import copies, duckdb_engine

LINES = RecordLayout(format="jsonl")
BODIES = RecordLayout(format="jsonl", records_path="data")
COLUMNS = {"film_id": {"from": "id", "type": "bigint"}, "title": {"type": "text"}}
CHARACTERS, RECORDS, BAD, BEFORE = 250_000, 100, 70, 20_000
"""100 long records, after so many short ones that the first rows are staged before the error."""
SMALL, LARGE = "280MB", "2GB"


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
    assert len(data) / 30 > 64 * 1024 and len(data) < copies.PIECE_BYTES
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
        for path, layout in copies.in_pieces(part, LINES, tmp_path, 10)
    ]
    assert b"".join(content for content, _ in pieces) == b"".join(lines)
    assert all(content == lines[3] or len(content) <= 10 for content, _ in pieces)
    assert {packed for _, packed in pieces} == {"none"}
    assert [path.name for path in tmp_path.iterdir()] == ["part"]
