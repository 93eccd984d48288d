"""Connections that are kept from one page to the next."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from medallion.warehouse.session import kept
from medallion.warehouse.session.kept import reading_connection


@pytest.fixture(autouse=True)
def _none_of_others() -> Iterator[None]:
    kept._WAITING.clear()
    yield
    kept._WAITING.clear()


def server_process(url: str) -> int:
    """Of a session that only reads."""
    with reading_connection(url, application_name="test") as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE mine (a integer)")
    assert row is not None
    return int(row[0])


def test_a_session_is_used_again_and_only_reads(warehouse_db: str) -> None:
    first = server_process(warehouse_db)
    assert server_process(warehouse_db) == first
    with reading_connection(warehouse_db, application_name="test"):
        assert server_process(warehouse_db) != first, "two at once are two"
    (waiting,) = kept._WAITING.values()
    assert len(waiting) == 2


def test_one_that_the_server_has_ended_is_made_again(warehouse_db: str) -> None:
    first = server_process(warehouse_db)
    with psycopg.connect(warehouse_db, autocommit=True) as other:
        ended = other.execute("SELECT pg_terminate_backend(%s, 5000)", [first]).fetchone()
    assert ended == (True,)
    assert server_process(warehouse_db) != first


def test_one_that_has_failed_or_waited_for_long_is_closed(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        reading_connection(warehouse_db, application_name="test") as failed,
    ):
        raise ZeroDivisionError
    assert failed.closed
    first = server_process(warehouse_db)
    monkeypatch.setattr(kept, "SECONDS", 0.0)
    assert server_process(warehouse_db) != first
