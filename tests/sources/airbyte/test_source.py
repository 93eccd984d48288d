"""Tables of Airbyte's on a real PostgreSQL: deletions, generations, changes, raw records."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.docs.test_sources_airbyte import connection_of
from tests.sources.conftest import Extract, Landed

from medallion.errors import SourceRefused
from medallion.sources.airbyte.source import AirbyteSource
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.source import ConnectionDetails

EMPTY = '{"changes": []}'
TABLE = (
    "CREATE TABLE t (_airbyte_raw_id varchar, _airbyte_extracted_at timestamptz,"
    " _airbyte_meta jsonb, _airbyte_generation_id bigint, id bigint, _ab_cdc_deleted_at varchar)"
)
RAW = (
    "CREATE TABLE r (_airbyte_raw_id varchar, _airbyte_extracted_at timestamptz,"
    " _airbyte_loaded_at timestamptz, _airbyte_data text, _airbyte_meta text)"
)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(warehouse_db: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(warehouse_db, autocommit=True) as connection:
        connection.execute(TABLE)
        yield connection


@pytest.fixture
def details(warehouse_db: str) -> ConnectionDetails:
    return connection_of(warehouse_db, "crm")


def source(**said: Any) -> AirbyteSource:
    return AirbyteSource.model_validate({"type": "airbyte", "conn_id": "crm", "table": "t", **said})


def fill(database: psycopg.Connection[Any], *rows: tuple[int, str, int, str | None]) -> None:
    """(id, meta, generation, deleted at) of each; a minute after the one before."""
    for number, (key, meta, generation, gone) in enumerate(rows):
        at = NOON + timedelta(minutes=number)
        database.execute(
            "INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s)",
            [f"r{number}", at, meta, generation, key, gone],
        )


def ids(landed: Landed) -> list[int]:
    return sorted(landed.table().column("id").to_pylist())


def since(minutes: int, **more: Any) -> CursorRange:
    start = NOON + timedelta(minutes=minutes)
    return CursorRange(field="_airbyte_extracted_at", kind="timestamp", start=start, **more)


def test_deleted_rows_are_left_out_and_counted_or_kept(
    database: psycopg.Connection[Any], details: ConnectionDetails, extract: Extract
) -> None:
    fill(database, (1, EMPTY, 1, None), (2, EMPTY, 1, "2026-01-01T13:00:00Z"), (3, EMPTY, 1, ""))
    landed = extract(source(), connection=details)
    assert (ids(landed), landed.manifest.notes["deleted_rows"]) == ([1, 3], 1)
    kept = extract(source(deletions="keep"), connection=details)
    assert (ids(kept), "deleted_rows" in kept.manifest.notes) == ([1, 2, 3], False)


def test_a_cursor_keeps_its_name_and_sees_the_highest_value(
    database: psycopg.Connection[Any], details: ConnectionDetails, extract: Extract
) -> None:
    fill(database, (1, EMPTY, 1, None), (2, EMPTY, 1, None), (3, EMPTY, 1, "2026-01-01T13:00:00Z"))
    by_cursor = source(deletions="keep", cursor={})
    landed = extract(by_cursor, connection=details, cursor=since(1))
    assert ids(landed) == [2, 3]
    note = landed.manifest.notes["cursor"]
    assert isinstance(note, dict)
    assert (note["field"], note["highest"]) == ("_airbyte_extracted_at", "2026-01-01T12:02:00Z")
    with pytest.raises(SourceRefused, match="marks rows that are deleted") as refused:
        extract(source(cursor={}), connection=details, cursor=since(1))
    assert "deletions: keep" in str(refused.value.remedy)


def test_two_generations_are_reported_and_the_latest_may_be_read_alone(
    database: psycopg.Connection[Any],
    details: ConnectionDetails,
    extract: Extract,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fill(database, (1, EMPTY, 9, None), (2, EMPTY, 9, None), (1, EMPTY, 10, None))
    with caplog.at_level(logging.INFO):
        landed = extract(source(), connection=details)
    assert landed.manifest.notes["airbyte_generations"] == {"10": 1, "9": 2}
    assert "t has rows of 2 generations" in caplog.text
    assert ids(extract(source(generation="latest"), connection=details)) == [1]


def test_what_airbyte_has_changed_is_warned_of_or_refused(
    database: psycopg.Connection[Any],
    details: ConnectionDetails,
    extract: Extract,
    caplog: pytest.LogCaptureFixture,
) -> None:
    nulled = json.dumps({"changes": [{"field": "id", "change": "NULLED", "reason": "TOO_LARGE"}]})
    fill(database, (1, EMPTY, 1, None), (2, nulled, 1, None))
    with caplog.at_level(logging.WARNING):
        landed = extract(source(), connection=details)
    assert landed.table().column("_airbyte_changes").to_pylist() == [None, "id: NULLED (TOO_LARGE)"]
    assert landed.manifest.notes["airbyte_changed_rows"] == 1
    assert "Airbyte has changed values of 1 record: id: NULLED (TOO_LARGE) (1)" in caplog.text
    with pytest.raises(SourceRefused, match="has changed values of 1 record"):
        extract(source(on_change="fail"), connection=details)
    held_back = extract(source(on_change="quarantine"), connection=details)
    assert held_back.manifest.layout.problem_field == "_airbyte_changes"


def test_a_raw_record_keeps_its_digits_and_a_broken_one_stays_one_record(
    database: psycopg.Connection[Any], details: ConnectionDetails, extract: Extract
) -> None:
    database.execute(RAW)
    documents = (
        '{"id": 12345678901234567890.123456789, "a": {"b": "x\\ny"}}',
        '{"id":\n 2,\r\n "note": "{\\"}"}',
        '{"id": 3}, "_airbyte_raw_id": "forged"',
        "not JSON",
        '{"id": 5, "n": NaN}',
        None,
    )
    for number, document in enumerate(documents):
        database.execute(
            "INSERT INTO r VALUES (%s, %s, NULL, %s, '{}')", [f"r{number}", NOON, document]
        )
    landed = extract(source(table="r", raw=True), connection=details)
    assert landed.manifest.records == 6
    records = landed.records()
    assert [one["_airbyte_raw_id"] for one in records] == [f"r{number}" for number in range(6)]
    assert b"12345678901234567890.123456789" in gzip.decompress(landed.bytes_of())
    assert records[1]["_airbyte_data"] == {"id": 2, "note": '{"}'}
    assert [one["_airbyte_data"] for one in records[2:]] == [*documents[2:5], None]


def test_a_record_that_python_cannot_follow_is_a_text(
    database: psycopg.Connection[Any],
    details: ConnectionDetails,
    extract: Extract,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a value that is nested so deep: what reads the file next may not survive it."""

    def refuse(*_: object, **__: object) -> None:
        raise RecursionError

    listed = '{"changes": [{"field": "id"}]}'
    database.execute(RAW)
    database.execute("INSERT INTO r VALUES ('r0', %s, NULL, '{\"id\": 1}', %s)", [NOON, listed])
    with monkeypatch.context() as deep:
        deep.setattr("medallion.sources.airbyte.raw.json.loads", refuse)
        landed = extract(source(table="r", raw=True), connection=details)
    (record,) = landed.records()
    assert (record["_airbyte_data"], record["_airbyte_changes"]) == ('{"id": 1}', None)


@pytest.mark.parametrize(
    ("table", "said", "problem"),
    [
        ("CREATE TABLE x (id int)", {}, "x has no _airbyte_raw_id and no _airbyte_extracted_at"),
        (
            "CREATE TABLE x (_airbyte_ab_id text, _airbyte_emitted_at text, id int)",
            {},
            "it was loaded before Airbyte's Destinations V2",
        ),
        (RAW.replace(" r ", " x "), {}, "x has a column _airbyte_data: it is a raw table"),
        (
            TABLE.replace(" t ", " x "),
            {"raw": True},
            "x has no column _airbyte_data: it is not a raw table",
        ),
        (
            TABLE.replace(" t ", " x ").replace(" _airbyte_generation_id bigint,", ""),
            {"generation": "latest"},
            "x has no _airbyte_generation_id",
        ),
    ],
)
def test_a_table_that_is_something_else_is_refused(
    database: psycopg.Connection[Any],
    details: ConnectionDetails,
    extract: Extract,
    table: str,
    said: dict[str, Any],
    problem: str,
) -> None:
    database.execute(table)  # type: ignore[arg-type]
    with pytest.raises(SourceRefused, match=problem):
        extract(source(table="x", **said), connection=details)
