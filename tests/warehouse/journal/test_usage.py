"""How a table is used, as its page says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import READINGS

from medallion.warehouse.journal.collection import TableReads, Tally, add_reads
from medallion.warehouse.journal.keeper import JournalSettings, make_journal
from medallion.warehouse.journal.usage import NO_JOURNAL, Usage, read_usage
from medallion.warehouse.session.transaction import session

NOW = datetime.now(UTC)


def read_by(reader: str, days_ago: int, times: int = 1) -> TableReads:
    at = NOW - timedelta(days=days_ago)
    return TableReads(
        layer="silver", domain="lab", table_name="readings", reader=reader, client="10.0.0.7",
        application="superset", first_at=at, last_at=at, times=times,
    )  # fmt: skip


def usage(url: str) -> Usage:
    with session(url, "reading") as connection:
        return read_usage(connection, READINGS)


@pytest.fixture
def journal(pg_url: str, warehouse_db: str) -> str:
    admin = make_conninfo(pg_url, dbname=str(conninfo_to_dict(warehouse_db)["dbname"]))
    settings = JournalSettings(reads_for=timedelta(days=400), changes_for=timedelta(days=400))
    list(make_journal(admin, warehouse_db, settings))
    return warehouse_db


def test_readers_are_counted_by_month_and_quarter(journal: str) -> None:
    found = [read_by("ada", 1, 3), read_by("bob", 40), read_by("cy", 200)]
    tally = Tally(
        up_to=NOW, lines=9, statements=7, refused=1, not_understood={"too long": 2, "not SQL": 1}
    )
    with session(journal, "adding") as connection:
        assert add_reads(connection, "head", (0, 100), found, tally)
        assert not add_reads(connection, "head", (0, 100), found, tally), "it is added once"
    one = usage(journal)
    assert (one.readers_month, one.readers_quarter, one.times_month) == (1, 2, 3)
    assert [(r.reader, r.application, r.times, r.rows) for r in one.readers] == [
        ("ada", "superset", 3, None)
    ]
    assert (one.statements, one.not_understood, one.problem) == (7, 3, "")
    assert one.is_known
    assert one.without_names().readers == ()


def test_a_clock_that_is_ahead_reads_nothing_in_the_future(journal: str) -> None:
    tally = Tally(
        up_to=NOW + timedelta(days=9), lines=1, statements=1, refused=0, not_understood={}
    )
    with session(journal, "adding") as connection:
        add_reads(connection, "head", (0, 100), [read_by("ada", -9)], tally)
    one = usage(journal)
    latest = datetime.now(UTC)
    assert one.last_read_at is not None
    assert one.up_to is not None
    assert max(one.last_read_at, one.up_to) <= latest


def test_unread_is_said_only_where_reads_were_collected_for_as_long() -> None:
    month, year = NOW - timedelta(days=30), NOW - timedelta(days=365)
    assert not Usage(since=month).is_unread_long(NOW)
    assert Usage(since=year).is_unread_long(NOW)
    assert Usage(since=year, last_read_at=NOW - timedelta(days=100)).is_unread_long(NOW)
    assert not Usage(since=year, last_read_at=month).is_unread_long(NOW)


def test_no_journal_and_none_yet_are_said(pg_url: str, warehouse_db: str) -> None:
    assert usage(warehouse_db) == Usage(problem=NO_JOURNAL)


def test_nothing_collected_is_not_nobody(journal: str) -> None:
    assert usage(journal).problem == "nothing has been collected yet"
    assert not usage(journal).is_known
    with psycopg.connect(journal) as loader:
        loader.execute("SELECT medallion_journal.add_problem('no right')")
        loader.execute("SELECT medallion_journal.add_problem('no right')")
        rows = loader.execute("SELECT count(*) FROM medallion_journal.collections").fetchone()
    assert rows == (1,)
    assert usage(journal).problem == "no right"
