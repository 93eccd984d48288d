"""A session: one transaction, with the registry in place and errors in plain words."""

from __future__ import annotations

import psycopg
import pytest

from medallion.errors import WarehouseRefused, WarehouseUnavailable
from medallion.names import Layer, PublishedTable
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session import transaction
from medallion.warehouse.session.transaction import autocommit_session, session

TABLE = PublishedTable(layer=Layer.SILVER, domain="lab", name="readings")


def relations(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT relname FROM pg_class WHERE relname IN ('loads', 'half')")
        return {row[0] for row in rows.fetchall()}


def test_the_first_session_of_a_database_makes_the_registry(warehouse_db: str) -> None:
    with session(warehouse_db, "reading the registry") as connection:
        assert registry.current(connection, TABLE) is None


def test_an_error_undoes_the_block_and_keeps_the_registry(warehouse_db: str) -> None:
    with (
        pytest.raises(
            WarehouseRefused, match=r"^PostgreSQL, publishing lab: relation .* \[42P01\]"
        ),
        session(warehouse_db, "publishing lab") as connection,
    ):
        connection.execute("CREATE TABLE half (a integer)")
        connection.execute("SELECT * FROM nowhere")
    assert relations(warehouse_db) == {"loads"}


def test_a_process_looks_at_the_registry_once(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session(warehouse_db, "preparing"):
        pass
    monkeypatch.setattr(transaction, "migrate", lambda *_: pytest.fail("it looks again"))
    with session(warehouse_db, "publishing") as connection:
        connection.execute("CREATE TABLE half (a integer)")
    assert relations(warehouse_db) == {"loads", "half"}


def test_a_database_that_is_away_is_tried_again_later(warehouse_db: str) -> None:
    away = psycopg.conninfo.make_conninfo(warehouse_db, host="127.0.0.1", port=1)
    with (
        pytest.raises(WarehouseUnavailable, match="PostgreSQL, connecting to the warehouse"),
        session(away, "publishing lab"),
    ):
        pass


def test_others_see_each_statement_of_an_autocommit_session(warehouse_db: str) -> None:
    with autocommit_session(warehouse_db, "watching") as connection:
        connection.execute("CREATE TABLE half (a integer)")
        assert relations(warehouse_db) == {"loads", "half"}
