"""A real server's log: each read of a published table is in the journal, once."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.conftest import fresh_database
from tests.steps.staged import REPLACE, Run, query

from medallion.client import connect
from medallion.local.log_rotation import rotate
from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.access.collect import (
    NOT_AN_ENTRY,
    STRETCH,
    Collected,
    collect_reads,
    find_problem,
)
from medallion.operations.access.entries import PREFIX
from medallion.operations.access.log_files import ServerLog
from medallion.sql.statement_reads import NOT_SQL
from medallion.steps.publish import step as publish
from medallion.warehouse.journal.collection import LogState
from medallion.warehouse.journal.keeper import JournalSettings, make_journal
from medallion.warehouse.roles.author_login import ensure_author_login
from medallion.warehouse.roles.bi_login import BI_LOGIN, ensure_bi_login

READS = "SELECT table_name, sum(times)::integer FROM medallion_journal.reads GROUP BY 1 ORDER BY 1"
LOG = logging.getLogger("medallion.test")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A warehouse whose server logs statements, and somebody who reads."""

    server: EmbeddedPostgres
    url: str
    admin: str
    reader: str

    def read(self, *statements: str) -> None:
        """As the reader; then another one, behind which all of them are whole in the log."""
        with psycopg.connect(self.reader, autocommit=True, application_name="tests") as connection:
            for text in (*statements, "select 1"):
                connection.execute(text.encode())

    def collect(self, stretch: int = STRETCH) -> Collected:
        return collect_reads(self.url, LOG, stretch=stretch)

    def reads(self) -> dict[object, object]:
        return {row[0]: row[1] for row in query(self.url, READS)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """Its log is not that of the other tests' server."""
    made = EmbeddedPostgres(tmp_path_factory.mktemp("logging"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def place(server: EmbeddedPostgres) -> Iterator[Place]:
    admin_url, reader = server.url("postgres"), f"bi_{secrets.token_hex(4)}"
    with fresh_database(server, admin_url) as url:
        name = str(conninfo_to_dict(url)["dbname"])
        admin = make_conninfo(admin_url, dbname=name)
        run = Run(url=url, day=0)
        run.stage([(1, "a"), (2, "b")])
        publish.run(REPLACE, run.context())
        settings = JournalSettings(
            reads_for=timedelta(days=400), changes_for=timedelta(days=400), log_file=str(server.log)
        )
        list(make_journal(admin, url, settings))
        with psycopg.connect(admin, autocommit=True) as opened:
            opened.execute(f"CREATE ROLE {reader} LOGIN PASSWORD 'pw'")
            opened.execute(f"GRANT CONNECT, CREATE ON DATABASE {name} TO {reader}")
        with psycopg.connect(url) as loader:
            loader.execute(f"GRANT USAGE ON SCHEMA silver_lab TO {reader}")
            loader.execute(f"GRANT SELECT ON silver_lab.readings TO {reader}")
        reader_url = server.info().url(name, user=reader, password="pw")
        made = Place(server=server, url=url, admin=admin, reader=reader_url)
        made.read()
        made.collect()
        yield made
    with psycopg.connect(admin_url, autocommit=True) as opened:
        opened.execute(f"DROP ROLE {reader}")


def test_a_read_says_who_when_which_table_and_from_where(place: Place) -> None:
    place.read("select * from silver_lab.readings where value = 'a secret'")
    done = place.collect()
    assert (done.problem, done.reads, done.is_done) == ("", 1, True)
    asked = "reader, client, application, times, rows, last_at > now() - interval '1 hour'"
    reader = conninfo_to_dict(place.reader)["user"]
    found = query(place.url, f"SELECT {asked} FROM medallion_journal.reads")
    assert found == [(reader, "127.0.0.1", "tests", 1, None, True)]
    everything = query(place.url, "SELECT medallion_journal::text FROM medallion_journal.reads AS "
                       "medallion_journal")  # fmt: skip
    assert "secret" not in str(everything)
    seen = "SELECT kind, who, action, table_name FROM medallion.access_journal WHERE kind = 'read'"
    assert query(place.url, seen) == [("read", reader, "read", "readings")]


def test_no_password_and_no_parameter_is_in_the_log(place: Place) -> None:
    login, mail, typed = (f"{word}-{secrets.token_hex(8)}" for word in ("bi", "mail", "typed"))
    settings = JournalSettings(
        reads_for=timedelta(days=400),
        changes_for=timedelta(days=400),
        log_file=str(place.server.log),
    )
    list(make_journal(place.admin, place.url, settings))
    with psycopg.connect(place.admin) as admin:
        list(ensure_bi_login(admin, login))
        ensure_author_login(admin, login)
        admin.execute(f"ALTER ROLE {BI_LOGIN} PASSWORD '{typed}'")
        admin.rollback()
    with psycopg.connect(place.reader, autocommit=True) as reader:
        for _ in range(8):  # also as a prepared statement
            reader.execute("select * from silver_lab.readings where value = %s", [mail])
    place.read()
    assert place.collect().reads == 8
    log = place.server.log.read_text()
    assert "select * from silver_lab.readings where value = $1" in log
    assert [word for word in (login, mail, typed) if word in log] == []


def test_switched_off_nothing_of_it_stays_set(place: Place) -> None:
    settings = JournalSettings(
        reads_for=timedelta(days=400), changes_for=timedelta(days=400), is_on=False
    )
    list(make_journal(place.admin, place.url, settings))
    asked = (
        "SELECT s.setconfig FROM pg_db_role_setting AS s JOIN pg_database AS d "
        "ON d.oid = s.setdatabase AND d.datname = current_database() "
        "WHERE array_to_string(s.setconfig, ' ') LIKE '%log_%'"
    )
    assert query(place.admin, asked) == []


def test_views_of_readers_names_without_schema_cursors_and_prepared_statements(
    place: Place,
) -> None:
    place.read(
        "create schema mine",
        "create view mine.one as select * from silver_lab.readings",
        "create view mine.two as select * from mine.one",
        "select * from mine.two",
        "set search_path = silver_lab",
        "select * from readings",
        "begin; declare c cursor for select * from readings; fetch all from c; commit",
        "prepare q as select * from silver_lab.readings",
        "execute q",
        "execute q",
        "with readings as (select 1) select * from readings",
    )
    place.collect()
    assert place.reads() == {"readings": 5}
    with psycopg.connect(place.reader) as connection:
        for _ in range(10):  # prepared by the protocol after five
            connection.execute("select * from silver_lab.readings where id = %s", [1])
        connection.execute("select 1")
    place.collect()
    assert place.reads() == {"readings": 15}


def test_what_was_refused_read_nothing_and_what_failed_later_did(place: Place) -> None:
    raising = (
        "create schema if not exists own; "
        "create or replace function own.refuse() returns integer language plpgsql as "
        "$$ begin raise 'no' using errcode = '42501'; end $$"
    )
    place.read(raising, "select count(*) from silver_lab.readings", *_failing(place, "selct 1"))
    place.collect()
    assert place.reads() == {"readings": 1}, "an error of the next statement takes nothing back"
    for text in (
        "select * from silver_lab.nothing",
        "select * from store_silver_lab.readings__v1",
        "select * from silver_lab.readings where nothing = 1",
    ):
        _failing(place, text)
    for text in (
        "select 1 / (id - id) from silver_lab.readings",
        f"{raising}; select *, own.refuse() from silver_lab.readings",
    ):
        _failing(place, text)
    place.read()
    done = place.collect()
    assert place.reads() == {"readings": 3}
    assert query(place.url, "SELECT sum(refused) FROM medallion_journal.collections") == [(3,)]
    assert set(done.not_understood) <= {"a block of code"}


def _failing(place: Place, text: str) -> list[str]:
    """Have the reader send what fails; nothing is left to be sent."""
    with (
        psycopg.connect(place.reader, autocommit=True) as connection,
        pytest.raises(psycopg.Error),
    ):
        connection.execute(text.encode())
    return []


def test_hostile_texts_hide_nothing_and_forge_nothing(place: Place) -> None:
    forged = f"{PREFIX.partition('%m')[0]}2026-11-29 17:25:05.123 UTC|1.1|1|00000|h|{'a' * 64}"
    other = f"|{conninfo_to_dict(place.url)['dbname']}|somebody|LOG:  statement: select 1"
    place.read(
        "select 1 /*\n" + forged + other + "\n*/ from silver_lab.readings",
        "select '\x01\x02\x7f', * from silver_lab.readings -- from silver_lab.others",
        f"select '{'x' * 1_000_000}' from silver_lab.readings",
        "do $$ begin perform 1 from silver_lab.readings; end $$",
    )
    with psycopg.connect(place.reader) as connection:
        connection.pgconn.exec_(b"select '\xff\xfe' from silver_lab.readings")
    with psycopg.connect(place.reader, application_name="a|b|c|LOG:  statement: x") as connection:
        connection.pgconn.exec_(b"begin")
        connection.pgconn.prepare(b"x: select 1 --", b"select * from silver_lab.readings")
        connection.pgconn.exec_prepared(b"x: select 1 --", [])
        connection.execute("select 1")
    done = place.collect()
    assert query(place.url, "SELECT DISTINCT reader FROM medallion_journal.reads") == [
        (conninfo_to_dict(place.reader)["user"],)
    ]
    assert place.reads()["readings"] in (5, 6)
    assert set(done.not_understood) <= {"too long", "a block of code", NOT_SQL, NOT_AN_ENTRY}
    assert {"too long", "a block of code"} <= set(done.not_understood)


def test_no_line_is_counted_twice_or_lost(place: Place) -> None:
    for _ in range(3):
        place.read(*["select * from silver_lab.readings"] * 5)
    jobs = [threading.Thread(target=place.collect, kwargs={"stretch": 3_000}) for _ in range(3)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    place.collect()
    assert place.reads() == {"readings": 15}
    place.collect()
    assert place.reads() == {"readings": 15}


def test_a_rotation_and_a_restart_in_the_middle(place: Place) -> None:
    place.read("select * from silver_lab.readings")
    place.collect()
    place.read("select * from silver_lab.readings")
    assert rotate(place.server.log, 0)
    place.read("select * from silver_lab.readings")
    place.server.stop()
    with Path(place.server.log).open("ab") as log:
        log.write(b"half a line that a crash has left")
    place.server.start()
    place.read("select * from silver_lab.readings")
    place.collect()
    assert place.reads() == {"readings": 4}


def test_another_database_is_nobodys_business_here(place: Place, server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("SET log_statement = 'all'")
        admin.execute("CREATE SCHEMA IF NOT EXISTS silver_lab")
        admin.execute("CREATE TABLE IF NOT EXISTS silver_lab.readings (id integer)")
        admin.execute("SELECT * FROM silver_lab.readings")
        admin.execute("DROP SCHEMA silver_lab CASCADE")
    place.read()
    place.collect()
    assert place.reads() == {}


def test_why_nothing_is_collected_is_said(place: Place) -> None:
    problem = (
        "SELECT problem FROM medallion_journal.collections ORDER BY collection_id DESC LIMIT 1"
    )
    name = str(conninfo_to_dict(place.url)["dbname"])
    with psycopg.connect(place.admin, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} RESET log_statement")
        assert "does not log statements" in place.collect().problem
        admin.execute(f"ALTER DATABASE {name} SET log_statement = 'all'")
        admin.execute("UPDATE medallion_journal.keeping SET log_file = '/nowhere'")
        assert "no file of its log" in place.collect().problem
        admin.execute("DROP FUNCTION medallion_journal.read_log")
        assert "cannot be read" in place.collect().problem
    assert "cannot be read" in str(query(place.url, problem)[0][0])
    assert "switched off" in collect_reads(place.url, LOG, is_on=False).problem


def test_a_client_of_medallion_says_how_many_rows_it_got(place: Place) -> None:
    desk = connect(place.reader)
    assert len(desk.read("silver_lab.readings", as_="arrow")) == 2
    with desk.table("silver_lab.readings").batches() as batches:
        assert batches.read_all().num_rows == 2
    place.read("select * from silver_lab.readings")
    place.collect()
    asked = "SELECT application, times, rows FROM medallion.access_journal WHERE kind = 'read'"
    assert sorted(query(place.url, asked)) == [("medallion.client", 2, 4), ("tests", 1, None)]


def test_a_note_of_rows_counts_no_read_and_forges_no_other(place: Place) -> None:
    place.read(
        "begin; set local medallion.rows_read = 'silver_lab.readings 7'; commit",
        "set local medallion.rows_read = 'silver_lab.others 7'",
        "SET LOCAL medallion.rows_read = 'silver_lab.readings 7'",
        "SET LOCAL medallion.rows_read = 'pg_catalog.pg_class 7'",
        "select * from silver_lab.readings",
        "SET LOCAL medallion.rows_read = 'silver_lab.readings 999999999999999'",
        "SET LOCAL medallion.rows_read = 'silver_lab.readings 999999999999999'",
        "SET LOCAL medallion.rows_read = 'silver_lab.readings 1'; select 1",
    )
    place.collect()
    asked = "SELECT table_name, times, rows FROM medallion.access_journal WHERE kind = 'read'"
    assert query(place.url, asked) == [("readings", 1, 10**15)]


def test_copies_of_the_log_in_a_folder_are_read_once(place: Place, tmp_path: Path) -> None:
    place.read("select * from silver_lab.readings")
    copy = tmp_path / "postgresql_2026_11_29_17.log"
    copy.write_bytes(place.server.log.read_bytes())
    (tmp_path / "a_link.log").symlink_to(place.server.log)
    os.utime(copy, (0, 0))
    before = place.reads().get("readings", 0)

    def collect() -> Collected:
        return collect_reads(place.url, LOG, folder=tmp_path)

    assert collect().problem == ""
    assert place.reads()["readings"] == before + 1
    collect()
    assert place.reads()["readings"] == before + 1
    place.read("select * from silver_lab.readings")
    copy.write_bytes(place.server.log.read_bytes())  # it has grown, and was copied again
    os.utime(copy, (0, 0))
    collect()
    assert place.reads()["readings"] == before + 2
    copy.unlink()
    assert "there is no file *.log" in collect().problem
    assert "cannot be read" in collect_reads(place.url, LOG, folder=tmp_path / "no").problem


def test_each_collection_forgets_what_is_too_old_also_one_that_reads_nothing(place: Place) -> None:
    place.read("select * from silver_lab.readings")
    place.collect()
    for collect in (place.collect, lambda: collect_reads(place.url, LOG, is_on=False)):
        keep_old_read(place.admin)
        assert place.reads() == {"readings": 2}
        assert collect().forgotten == 1
        assert place.reads() == {"readings": 1}, "and what is younger stays"


def keep_old_read(admin_url: str) -> None:
    """Of 401 days ago, as it was collected then."""
    with psycopg.connect(admin_url) as admin:
        admin.execute(
            "INSERT INTO medallion_journal.reads (layer, domain, table_name, reader, client,"
            " application, first_at, last_at, times) VALUES ('silver', 'lab', 'readings', 'cy', '',"
            " '', now() - interval '401 days', now() - interval '401 days', 1)"
        )


def test_without_a_journal_nothing_is_collected(warehouse_db: str) -> None:
    assert "there is no journal" in collect_reads(warehouse_db, LOG).problem


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"has_journal": False}, "there is no journal"),
        ({"may_read": None}, "cannot be read"),
        ({"prefix": "%m [%p] "}, "log_line_prefix"),
        ({"zone": "Europe/Paris"}, "log_timezone"),
        ({"is_text": False}, "log_destination"),
        ({"is_text": False, "is_json": True, "prefix": "%m [%p] "}, ""),
        ({"is_json": True, "prefix": "%m [%p] "}, ""),
        ({"is_json": True, "zone": "Europe/Paris"}, "log_timezone"),
        ({"is_logged": False}, "does not log statements"),
        ({}, ""),
    ],
)
def test_each_reason_is_named(changed: dict[str, Any], problem: str) -> None:
    state = LogState(
        has_journal=True, may_read=True, prefix=PREFIX, zone="UTC", is_text=True, is_json=False,
        is_logged=True,
    )  # fmt: skip
    found = find_problem(replace(state, **changed), ServerLog())
    assert problem in found
    assert bool(found) is bool(problem)
