"""The journal is added to, and nobody who works in the warehouse takes anything back of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.publish.test_approval import answer, asked, go_on, in_airflow, question
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.errors import NotApproved, SetupError
from medallion.names import journal_keeper_of
from medallion.operations.rollback import rollback
from medallion.steps.publish import step as publish
from medallion.warehouse.journal.collection import TableReads, Tally, add_reads, forget_old
from medallion.warehouse.journal.keeper import JournalSettings, make_journal
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.roles import catalogue_reader, domain_role
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.transaction import session

SETTINGS = JournalSettings(reads_for=timedelta(days=400), changes_for=timedelta(days=3650))
CHANGES = (
    "SELECT done_by, action, table_name, details FROM medallion_journal.changes ORDER BY entry_id"
)


def admin_of(pg_url: str, warehouse_db: str) -> str:
    """The superuser, on the warehouse."""
    return make_conninfo(pg_url, dbname=str(conninfo_to_dict(warehouse_db)["dbname"]))


@pytest.fixture
def journal(pg_url: str, warehouse_db: str) -> Iterator[str]:
    """A warehouse with a journal, as the loader."""
    catalogue_reader.catalogue_url(warehouse_db)
    list(make_journal(admin_of(pg_url, warehouse_db), warehouse_db, SETTINGS))
    yield warehouse_db
    catalogue_reader._READY.discard(warehouse_db)


def act(url: str, action: str = "rollback", **details: object) -> None:
    with session(url, "acting") as connection:
        record_action(connection, READINGS, by="ana", action=action, details=details)


def test_making_it_again_changes_nothing(pg_url: str, journal: str) -> None:
    act(journal)
    assert list(make_journal(admin_of(pg_url, journal), journal, SETTINGS)) == []
    assert [row[:2] for row in query(journal, CHANGES)] == [("ana", "rollback")]


def test_what_people_do_is_in_it_and_no_words_of_theirs(journal: str) -> None:
    act(journal, version=3, is_whole=True, comment="ada@example.org asked", at="2026-01-01")
    assert query(journal, CHANGES) == [
        ("ana", "rollback", "readings", {"version": 3, "is_whole": True, "at": "2026-01-01"})
    ]
    seen = "SELECT kind, who, action, table_name, application FROM medallion.access_journal"
    loader = conninfo_to_dict(journal)["user"]
    assert query(journal, seen) == [("change", "ana", "rollback", "readings", loader)]


def test_a_publication_by_another_spec_and_a_rollback_are_in_it(journal: str) -> None:
    for day in range(2):
        run = Run(url=journal, day=day)
        run.stage([(1, f"day {day}")])
        publish.run(REPLACE, run.context())
    rollback(journal, READINGS, by="ana")
    found = query(journal, CHANGES)
    assert [row[1] for row in found] == ["publish by a changed spec", "rollback"]
    assert found[1][3] == {"from": 2, "to": 1}
    with psycopg.connect(journal) as loader:
        loader.execute("INSERT INTO medallion.erasures (domain, begun_by) VALUES ('lab', 'ana')")
        loader.execute("UPDATE medallion.erasures SET finished_at = now(), counts = '{\"row\": 2}'")
    assert [(row[1], row[3]) for row in query(journal, CHANGES)[2:]] == [
        ("begin erasure", {"erasure": 1}),
        ("end erasure", {"row": 2, "erasure": 1}),
    ]


def test_a_spec_is_journalled_by_its_commit_and_again_when_it_changes(
    journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = (("1" * 40, "first"), ("2" * 40, "first"), ("3" * 40, "second"))
    for day, (commit, digest) in enumerate(runs):
        monkeypatch.setenv("MEDALLION_SPEC_COMMIT", commit)
        run = Run(url=journal, day=day)
        run.stage([(1, f"day {day}")])
        context = run.context()
        spec = replace(context.run, spec_digest=digest)
        publish.run(REPLACE, replace(context, run=spec))
    seen = (
        "SELECT who, action, table_name, details ->> 'spec_commit'"
        " FROM medallion.access_journal WHERE kind = 'change' ORDER BY at"
    )
    assert query(journal, seen) == [
        (f"commit {commit}", "publish by a changed spec", "readings", commit)
        for commit in ("1" * 40, "3" * 40)
    ]


def test_an_approval_and_a_rejection_are_in_it_without_what_was_commented(journal: str) -> None:
    step = asked(REPLACE)
    for day, approve in enumerate((True, False)):
        run = Run(url=journal, day=day)
        run.stage([(1, f"day {day}")])
        context = in_airflow(run)
        decision = answer(question(step, context), approve=approve, comment="as ada agreed")
        with nullcontext() if approve else pytest.raises(NotApproved):
            go_on(step, context, decision)
    seen = (
        "SELECT who, action, table_name, details FROM medallion.access_journal"
        " WHERE action <> 'publish by a changed spec' ORDER BY at"
    )
    assert query(journal, seen) == [
        ("Ana", "approve", "readings", {"approval": 1}),
        ("Ana", "reject", "readings", {"approval": 2}),
    ]


REWRITING: tuple[LiteralString, ...] = (
    "UPDATE medallion_journal.changes SET done_by = 'nobody'",
    "DELETE FROM medallion_journal.changes",
    "TRUNCATE medallion_journal.changes",
    "INSERT INTO medallion_journal.changes (done_by, db_role, action) VALUES ('a', 'b', 'c')",
    "DELETE FROM medallion_journal.reads",
    "UPDATE medallion_journal.keeping SET reads_for = '0'",
    "UPDATE medallion_journal.log_positions SET position = 0",
    "DROP TRIGGER only_added_to ON medallion_journal.changes",
    "ALTER TABLE medallion_journal.changes DISABLE TRIGGER ALL",
    "ALTER TABLE medallion_journal.changes DROP COLUMN done_by",
    "ALTER TABLE medallion_journal.changes OWNER TO CURRENT_USER",
    "ALTER TABLE medallion_journal.changes RENAME TO others",
    "CREATE RULE nothing AS ON INSERT TO medallion_journal.changes DO INSTEAD NOTHING",
    "CREATE TRIGGER own BEFORE INSERT ON medallion_journal.changes FOR EACH ROW "
    "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "DROP TABLE medallion_journal.changes",
    "DROP SCHEMA medallion_journal CASCADE",
    "ALTER SCHEMA medallion_journal RENAME TO others",
    "CREATE TABLE medallion_journal.others (a integer)",
    "CREATE OR REPLACE FUNCTION medallion_journal.forget() RETURNS bigint LANGUAGE sql "
    "AS 'SELECT 1'",
    "ALTER FUNCTION medallion_journal.forget() SET session_replication_role = replica",
    "DROP FUNCTION medallion_journal.add_change",
    "SET session_replication_role = replica",
    "SET ROLE {keeper}",
    "GRANT {keeper} TO CURRENT_USER",
    "ALTER ROLE {keeper} LOGIN PASSWORD 'x'",
    "REASSIGN OWNED BY {keeper} TO CURRENT_USER",
    "DROP OWNED BY {keeper}",
)


def logins(journal: str) -> dict[str, str]:
    """Whoever works in the warehouse: the loader, the catalogue, a domain's own SQL."""
    with session(journal, "making a domain's role") as loader:
        worker = domain_role.role_of(loader, journal, "lab", None)
        domain_role.ensure(loader, worker)
        name = psycopg.sql.Identifier(worker.name)
        database = psycopg.sql.Identifier(loader.info.dbname)
        loader.execute(psycopg.sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, name))
    return {
        "loader": journal,
        "catalogue": catalogue_reader.catalogue_url(journal),
        "domain": worker.url,
    }


@pytest.mark.parametrize("who", ["loader", "catalogue", "domain"])
def test_nobody_rewrites_it(who: str, journal: str) -> None:
    act(journal)
    before = query(journal, CHANGES)
    keeper = journal_keeper_of(str(conninfo_to_dict(journal)["dbname"]))
    with connect(logins(journal)[who]) as connection:
        connection.autocommit = True
        connection.execute("SET default_transaction_read_only = off")
        for text in REWRITING:
            statement = psycopg.sql.SQL(text).format(keeper=psycopg.sql.Identifier(keeper))
            with pytest.raises((errors.InsufficientPrivilege, errors.InvalidSchemaName)):
                connection.execute(statement)
    assert query(journal, CHANGES) == before


def test_only_the_loader_adds_and_at_no_other_time_than_now(journal: str) -> None:
    words = ("x", "read", "gold", "lab", "t", None, "{}")
    call = "SELECT medallion_journal.add_change(%s, %s, %s, %s, %s, %s, %s)"
    for who, url in logins(journal).items():
        with connect(url) as connection:
            if who == "loader":
                connection.execute("SET TIME ZONE 'UTC'")
                connection.execute(call, words)
            else:
                connection.execute("SET default_transaction_read_only = off")
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(call, words)
    recent = "SELECT done_at > now() - interval '10 minutes' FROM medallion_journal.changes"
    assert query(journal, recent) == [(True,)]


def test_even_its_keeper_rewrites_nothing_by_mistake(pg_url: str, journal: str) -> None:
    act(journal)
    with psycopg.connect(admin_of(pg_url, journal), autocommit=True) as admin:
        for text in REWRITING[:3]:
            with pytest.raises(errors.InsufficientPrivilege, match="only added to"):
                admin.execute(text)


def test_what_is_old_goes_by_what_the_administrator_has_said(pg_url: str, journal: str) -> None:
    act(journal)
    forget = "SELECT medallion_journal.forget()"
    assert query(journal, forget) == [(0,)]
    with psycopg.connect(admin_of(pg_url, journal)) as admin:
        admin.execute("UPDATE medallion_journal.keeping SET changes_for = '0 seconds'")
    with psycopg.connect(journal) as loader:
        assert loader.execute(forget).fetchone() == (1,)
    assert query(journal, CHANGES) == []


def test_reads_go_by_their_own_age_with_what_says_how_far_the_log_was_read(
    pg_url: str, journal: str
) -> None:
    act(journal)
    now = datetime.now(UTC)
    kept, gone = ("ada", now - timedelta(days=20)), ("bob", now - timedelta(days=40))
    reads = [
        TableReads(
            **READINGS.key(), reader=reader, client="10.0.0.7", application="psql", first_at=at,
            last_at=at, times=1,
        )
        for reader, at in (kept, gone)
    ]  # fmt: skip
    tally = Tally(up_to=now, lines=2, statements=2, refused=0, not_understood={})
    with session(journal, "keeping reads") as connection:
        assert add_reads(connection, "head", (0, 100), reads, tally)
    tables = ("reads", "changes", "collections", "log_positions")
    counts = "SELECT " + ", ".join(
        f"(SELECT count(*) FROM medallion_journal.{one})::integer" for one in tables
    )

    def forget_after(days: int) -> int:
        settings = replace(SETTINGS, reads_for=timedelta(days=days))
        (said,) = make_journal(admin_of(pg_url, journal), journal, settings)
        assert said == f"the journal keeps reads for {days} days, and changes for 3650"
        with session(journal, "forgetting") as connection:
            return forget_old(connection)

    assert forget_after(30) == 1
    assert query(journal, "SELECT reader FROM medallion_journal.reads") == [("ada",)]
    assert query(journal, counts) == [(1, 1, 1, 1)]
    assert forget_after(0) == 1
    assert query(journal, counts) == [(0, 1, 0, 0)], "what people did stays"


def test_a_loader_who_could_act_as_the_keeper_is_named(pg_url: str, journal: str) -> None:
    found = conninfo_to_dict(journal)
    keeper, loader = journal_keeper_of(str(found["dbname"])), str(found["user"])
    with psycopg.connect(admin_of(pg_url, journal)) as admin:
        names = (psycopg.sql.Identifier(keeper), psycopg.sql.Identifier(loader))
        admin.execute(psycopg.sql.SQL("GRANT {} TO {}").format(*names))
    with pytest.raises(SetupError, match="could act as"):
        list(make_journal(admin_of(pg_url, journal), journal, SETTINGS))


def test_without_one_everything_works_as_before(warehouse_db: str) -> None:
    act(warehouse_db)
    asked = "SELECT to_regnamespace('medallion_journal') IS NULL, count(*)"
    assert query(warehouse_db, f"{asked} FROM medallion.operator_actions") == [(True, 1)]
