"""Who may not make the journal is not kept from the rest."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.operations.access.test_collect import LOG
from tests.steps.staged import query

from medallion.names import journal_keeper_of
from medallion.operations.access.collect import collect_reads
from medallion.operations.access.making import ensure_journal
from medallion.warehouse.journal.keeper import JournalSettings

SETTINGS = JournalSettings(reads_for=timedelta(days=400), changes_for=timedelta(days=3650))


@pytest.fixture
def administrator(pg_url: str, warehouse_db: str) -> Iterator[str]:
    """One of a managed service: no superuser."""
    name, database = f"admin_{secrets.token_hex(4)}", conninfo_to_dict(warehouse_db)["dbname"]
    with psycopg.connect(pg_url, autocommit=True) as admin:
        role, place = sql.Identifier(name), sql.Identifier(str(database))
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD 'pw'").format(role))
        admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(place, role))
    yield make_conninfo(pg_url, dbname=database, user=name, password="pw")
    with psycopg.connect(make_conninfo(pg_url, dbname=database), autocommit=True) as admin:
        admin.execute("DROP SCHEMA IF EXISTS medallion_journal CASCADE")
        admin.execute(sql.SQL("DROP OWNED BY {}").format(role))
        keeper = sql.Identifier(journal_keeper_of(str(database)))
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(keeper))
        admin.execute(sql.SQL("DROP ROLE {}").format(role))


def test_who_may_not_make_it_says_so_in_a_line(warehouse_db: str, administrator: str) -> None:
    (line,) = list(ensure_journal(administrator, warehouse_db, SETTINGS, ()))[-1:]
    assert line.startswith("no journal of who read and who changed what: ")
    assert "permission denied for database" in line
    assert "CREATE on the database" in line
    assert query(warehouse_db, "SELECT to_regnamespace('medallion_journal') IS NULL") == [(True,)]


def test_without_a_superuser_changes_are_journalled_and_reads_are_not(
    pg_url: str, warehouse_db: str, administrator: str
) -> None:
    found = conninfo_to_dict(administrator)
    with psycopg.connect(pg_url, autocommit=True) as admin:
        names = (sql.Identifier(str(found["dbname"])), sql.Identifier(str(found["user"])))
        admin.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(*names))
    made = list(ensure_journal(administrator, warehouse_db, SETTINGS, ()))
    assert not any(line.startswith("no journal") for line in made)
    assert list(ensure_journal(administrator, warehouse_db, SETTINGS, ())) == []
    with psycopg.connect(warehouse_db) as loader:
        loader.execute(
            "INSERT INTO medallion.operator_actions (done_by, action, domain, dag_id) "
            "VALUES ('ana', 'backfill', 'lab', 'lab.sensors')"
        )
    assert query(warehouse_db, "SELECT who, action FROM medallion.access_journal") == [
        ("ana", "backfill")
    ]
    assert "cannot be read" in collect_reads(warehouse_db, LOG).problem
