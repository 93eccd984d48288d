"""Tables of Fivetran's, of PostgreSQL and of SQLite, which has no types for times and flags."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.docs.test_sources_airbyte import connection_of
from tests.sources.conftest import Extract, Landed

from medallion.errors import SourceRefused
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.fivetran.source import FivetranSource

TABLES = """
CREATE TABLE accounts (id integer, _fivetran_deleted boolean, _fivetran_synced timestamp);
INSERT INTO accounts VALUES (1, false, '2026-01-01 10:00:00'), (2, true, '2026-01-01 10:00:00'),
    (3, false, '2026-01-02 10:00:00'), (4, true, '2026-01-03 10:00:00'),
    (5, NULL, '2026-01-04 10:00:00');
CREATE TABLE prices (id integer, _fivetran_active boolean, _fivetran_start timestamp,
    _fivetran_end timestamp, _fivetran_synced timestamp);
INSERT INTO prices VALUES (1, false, '2026-01-01', '2026-01-02', '2026-01-01'),
    (1, true, '2026-01-02', '9999-12-31', '2026-01-02');
CREATE TABLE plain (id integer);
CREATE TABLE events (id integer, _fivetran_synced timestamp);
INSERT INTO events VALUES (1, '2026-01-01 10:00:00');
"""


@pytest.fixture(params=["sqlite", "postgres"])
def details(request: pytest.FixtureRequest, tmp_path: Path) -> ConnectionDetails:
    if request.param == "postgres":
        url = request.getfixturevalue("warehouse_db")
        with psycopg.connect(url) as connection:
            connection.execute(TABLES)
        return connection_of(url, "shop")
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(TABLES)
    return ConnectionDetails(conn_id="shop", conn_type="sqlite", host=str(file))


def source(table: str = "accounts", **said: Any) -> FivetranSource:
    asked = {"type": "fivetran", "conn_id": "shop", "table": table, **said}
    return FivetranSource.model_validate(asked)


def since(day: int, until: int | None = None, **more: Any) -> CursorRange:
    moments = [datetime(2026, 1, one, 10, tzinfo=UTC) if one else None for one in (day, until)]
    return CursorRange(
        field="_fivetran_synced", kind="timestamp", start=moments[0], end=moments[1], **more
    )  # type: ignore[arg-type]


def ids(landed: Landed) -> list[int]:
    return sorted(landed.table().column("id").to_pylist())


def test_deleted_rows_are_left_out_of_the_whole_table(
    details: ConnectionDetails, extract: Extract
) -> None:
    landed = extract(source(), connection=details)
    assert (ids(landed), landed.manifest.notes["deleted_rows"]) == ([1, 3, 5], 2)


def test_a_run_that_reads_on_brings_every_deletion_however_old(
    details: ConnectionDetails, extract: Extract
) -> None:
    landed = extract(source(cursor={}), connection=details, cursor=since(3))
    assert ids(landed) == [2, 4, 5]
    note = landed.manifest.notes["cursor"]
    assert isinstance(note, dict)
    assert (note["field"], note["highest"]) == ("_fivetran_synced", "2026-01-04T10:00:00Z")


def test_a_run_that_found_old_deletions_alone_leaves_the_cursor_where_it_is(
    details: ConnectionDetails, extract: Extract
) -> None:
    landed = extract(source(cursor={}), connection=details, cursor=since(5))
    assert ids(landed) == [2, 4]
    note = landed.manifest.notes["cursor"]
    assert isinstance(note, dict)
    assert note["highest"] is None


def test_a_backfill_brings_the_rows_of_its_interval_alone(
    details: ConnectionDetails, extract: Extract
) -> None:
    landed = extract(source(cursor={}), connection=details, cursor=since(2, 4, bounded=True))
    assert ids(landed) == [3, 4]


def test_a_table_without_the_mark_has_no_deletions(
    details: ConnectionDetails, extract: Extract
) -> None:
    assert ids(extract(source("events"), connection=details)) == [1]
    assert ids(extract(source("events", cursor={}), connection=details, cursor=since(1))) == [1]


def test_a_history_is_read_as_the_spec_says_or_not_at_all(
    details: ConnectionDetails, extract: Extract
) -> None:
    current = extract(source("prices", history="current"), connection=details)
    assert (current.manifest.records, current.manifest.notes["former_states"]) == (1, 1)
    assert extract(source("prices", history="all"), connection=details).manifest.records == 2
    with pytest.raises(SourceRefused, match="prices keeps every state of a row") as refused:
        extract(source("prices"), connection=details)
    assert "from: _fivetran_start" in str(refused.value.remedy)
    with pytest.raises(SourceRefused, match="accounts keeps no states"):
        extract(source(history="all"), connection=details)


def test_a_table_that_fivetran_has_not_loaded_is_refused(
    details: ConnectionDetails, extract: Extract
) -> None:
    with pytest.raises(SourceRefused, match="plain has no column _fivetran_synced"):
        extract(source("plain"), connection=details)


@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_time_that_no_calendar_has_is_refused(
    warehouse_db: str, extract: Extract, is_deleted: bool
) -> None:
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(TABLES)
        connection.execute("INSERT INTO accounts VALUES (6, %s, 'infinity')", [is_deleted])
    details = connection_of(warehouse_db, "shop")
    with pytest.raises(SourceRefused, match=r"_fivetran_synced has a time that is not in the year"):
        extract(source(cursor={}), connection=details, cursor=since(2))
    assert len(ids(extract(source(deletions="keep"), connection=details))) == 6
