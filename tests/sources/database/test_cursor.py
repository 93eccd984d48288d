"""Increments from databases: the rows of the cursor's range, and the highest value of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from tests.sources.mariadb_server import SERVER, MariaDb, running

from medallion.errors import SourceRefused
from medallion.sources.base.cursor import CursorRange, CursorValue
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.source import DatabaseSource

TABLE = (
    "CREATE TABLE changes (id integer, day date, at timestamp NULL)",
    "INSERT INTO changes VALUES (1, '2026-01-01', '2026-01-01 10:00:00'),"
    " (2, '2026-01-02', '2026-01-02 10:00:00'), (3, '2026-01-03', '2026-01-03 10:00:00'),"
    " (4, NULL, NULL)",
)
Read = Callable[..., tuple[list[int], Any]]


def noon(day: int) -> datetime:
    return datetime(2026, 1, day, 10, tzinfo=UTC)


def cursor(
    field: str, start: CursorValue, end: CursorValue | None = None, **more: Any
) -> CursorRange:
    kind = "integer" if isinstance(start, int) else "date"
    kind = "timestamp" if isinstance(start, datetime) else kind
    return CursorRange(field=field, kind=kind, start=start, end=end, **more)


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    with running(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres", "denodo", "mysql"])
def details(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ConnectionDetails]:
    if request.param == "sqlite":
        file = tmp_path / "changes.db"
        with closing(sqlite3.connect(file)) as connection:
            for statement in TABLE:
                connection.execute(statement)
            connection.commit()
        yield ConnectionDetails(conn_id="erp", conn_type="sqlite", host=str(file))
    elif request.param == "mysql":
        if SERVER is None:
            pytest.skip("no MariaDB here (apt-get install mariadb-server)")
        server = request.getfixturevalue("mariadb")
        server.execute("USE shop", "DROP TABLE IF EXISTS changes", *TABLE)
        yield server.connection()
    else:
        url = request.getfixturevalue("warehouse_db")
        with psycopg.connect(url) as connection:
            for statement in TABLE:
                connection.execute(sql.SQL(statement))
        found = conninfo_to_dict(url)
        yield ConnectionDetails(
            conn_id="erp",
            conn_type=request.param,
            host=str(found["host"]),
            port=int(str(found["port"])),
            schema=str(found["dbname"]),
            login=str(found["user"]),
            password=str(found["password"]),
        )


@pytest.fixture
def read(details: ConnectionDetails, extract: Any) -> Read:
    def run(wanted: CursorRange, **keys: str) -> tuple[list[int], Any]:
        given = keys or {"table": "changes"}
        source = DatabaseSource.model_validate(
            {
                "type": "database",
                "conn_id": "erp",
                "cursor": {"field": wanted.field, "initial_value": wanted.start},
                **given,
            }
        )
        landed = extract(source, connection=details, cursor=wanted)
        ids = sorted(row["id"] for row in landed.table().to_pylist())
        return ids, landed.manifest.notes["cursor"]

    return run


def test_numbers_dates_and_times(read: Read) -> None:
    for wanted, ids, highest in (
        (cursor("id", 2), [2, 3, 4], "4"),
        (cursor("id", 2, start_inclusive=False), [3, 4], "4"),
        (cursor("id", 1, 3), [1, 2], "2"),
        (cursor("id", 1, 3, end_inclusive=True), [1, 2, 3], "3"),
        (cursor("day", date(2026, 1, 2)), [2, 3], "2026-01-03"),
        (cursor("day", date(2026, 1, 1), date(2026, 1, 3)), [1, 2], "2026-01-02"),
        (cursor("at", noon(2)), [2, 3], "2026-01-03T10:00:00Z"),
        (cursor("at", noon(1), noon(2), end_inclusive=True), [1, 2], "2026-01-02T10:00:00Z"),
        (cursor("at", noon(9)), [], None),
    ):
        found, note = read(wanted)
        assert (wanted, found, note["highest"]) == (wanted, ids, highest)


def test_a_query_is_narrowed_as_a_whole(read: Read) -> None:
    query = "WITH x AS (SELECT id FROM changes) SELECT id FROM x UNION ALL SELECT 7 AS id"
    found, note = read(cursor("id", 3), query=query)
    assert found == [3, 4, 7]
    assert note["highest"] == "7"


def test_texts_are_not_compared_as_times(
    read: Read, details: ConnectionDetails, request: pytest.FixtureRequest
) -> None:
    """SQLite, which has no times, converts; PostgreSQL compares no text with a time at all."""
    if details.conn_type == "sqlite":
        assert read(cursor("t", noon(2)), query="SELECT id, at AS t FROM changes")[0] == [2, 3]
        return
    query = "SELECT id, concat(at, '') AS t FROM changes"
    said = "is a text to the database" if details.conn_type == "mysql" else "operator does not"
    for start in (noon(2), date(2026, 1, 2)):
        with pytest.raises(SourceRefused, match=said):
            read(cursor("t", start), query=query)


def test_a_date_is_no_cursor_of_times(read: Read, details: ConnectionDetails) -> None:
    """A day that has only begun would be taken for one that was read to its end."""
    if details.conn_type == "sqlite":
        assert read(cursor("at", date(2026, 1, 2)))[0] == [2, 3]
        return
    with pytest.raises(SourceRefused, match="holds times, and the cursor is a date") as refused:
        read(cursor("at", date(2026, 1, 2)))
    assert "2026-01-02T00:00:00Z" in refused.value.remedy


def test_a_column_that_is_not_there(read: Read) -> None:
    with pytest.raises(SourceRefused, match="updated"):
        read(cursor("updated", 1))
