"""Publication on a real server: what readers see, what is refused, what a second try does."""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.steps.staged import APPEND, MERGE, READINGS, REPLACE, SCD2, Run, query

from medallion.errors import DataRejected, SetupError, StagingLost
from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.rollback import rollback, versions
from medallion.plan.model import PublishStep
from medallion.publish.declaration import GuardSpec
from medallion.steps.publish import step as publish
from medallion.warehouse.roles.reader_roles import ensure_roles
from medallion.warehouse.session.locking import one_at_a_time

VIEW = "SELECT id, value FROM silver_lab.readings ORDER BY id"


def published(url: str, day: int, rows: list[tuple[int, str]], step=REPLACE, **stage) -> Run:
    run = Run(url=url, day=day, table=step.table)
    run.stage(rows, unlogged=not step.write_disposition.moves_staging, **stage)
    publish.run(step, run.context())
    return run


def test_replace_shows_the_new_rows_and_keeps_the_last_versions(warehouse_db: str) -> None:
    for day in range(5):
        published(warehouse_db, day, [(1, f"day {day}"), (2, "b")])
    assert query(warehouse_db, VIEW) == [(1, "day 4"), (2, "b")]
    assert [p.version for p in versions(warehouse_db, READINGS)] == [5, 4, 3]
    kept = query(
        warehouse_db,
        "SELECT tablename FROM pg_tables WHERE schemaname = 'store_silver_lab' ORDER BY 1",
    )
    assert kept == [("readings",), ("readings__v3",), ("readings__v4",), ("readings__v5",)]


def test_a_version_is_logged_and_its_key_is_unique(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "a")])
    assert query(
        warehouse_db,
        "SELECT relpersistence::text FROM pg_class WHERE oid = 'store_silver_lab.readings__v1'"
        "::regclass",
    ) == [("p",)]
    with psycopg.connect(warehouse_db) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(
            "INSERT INTO store_silver_lab.readings__v1 (id, _version, _data_interval_end)"
            " VALUES (1, 1, now())"
        )


def test_the_planner_knows_that_a_new_version_has_all_rows(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(number, "a") for number in range(1000)])
    plan = query(warehouse_db, "EXPLAIN (FORMAT JSON) SELECT * FROM silver_lab.readings")
    assert plan[0][0][0]["Plan"]["Plan Rows"] == 1000
    known = "SELECT attname FROM pg_stats WHERE tablename = 'readings__v1' AND n_distinct = 1"
    names = {name for (name,) in query(warehouse_db, known)}
    assert names >= {"_version", "_data_interval_end"}


def test_rows_know_their_load_and_part(warehouse_db: str) -> None:
    run = published(warehouse_db, 0, [(1, "a")])
    assert query(
        warehouse_db,
        "SELECT l.run_id, l.part_uri, r._bronze_record FROM silver_lab.readings AS r"
        " JOIN medallion.row_lineage AS l USING (_load_id, _bronze_part)",
    ) == [(run.context().run.run_id, "/lake/readings/a.csv", 1)]


def test_merge_lets_the_newer_interval_win_in_whatever_order_runs_come(warehouse_db: str) -> None:
    published(warehouse_db, 2, [(1, "day 2"), (3, "day 2")], MERGE)
    published(warehouse_db, 1, [(1, "day 1"), (2, "day 1")], MERGE)
    published(warehouse_db, 3, [(2, "day 3")], MERGE)
    assert query(warehouse_db, VIEW) == [(1, "day 2"), (2, "day 3"), (3, "day 2")]
    # The row that was already superseded counts as a duplicate: read = published + duplicates.
    assert query(
        warehouse_db,
        "SELECT rows_read, rows_published, rows_deduplicated, rows_total"
        " FROM medallion.publications WHERE run_id = 'scheduled__2026-01-02'",
    ) == [(2, 1, 1, 3)]


def test_merging_a_day_again_corrects_it_and_doubles_nothing(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "wrong"), (2, "b")], MERGE)
    published(warehouse_db, 0, [(1, "right"), (2, "b")], MERGE)
    assert query(warehouse_db, VIEW) == [(1, "right"), (2, "b")]


def test_a_table_can_go_on_from_replace_to_merge(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "a"), (2, "b")])
    published(warehouse_db, 1, [(2, "c")], MERGE)
    assert query(warehouse_db, VIEW) == [(1, "a"), (2, "c")]


def test_an_empty_result_never_replaces_a_good_table(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "a")])
    run = Run(url=warehouse_db, day=1)
    run.stage([])
    with pytest.raises(
        DataRejected, match=r"0 rows to publish, the guard asks for 1 or more"
    ) as no:
        publish.run(REPLACE, run.context())
    assert "correct the source and clear readings.land, or the spec" in no.value.remedy
    assert "clear readings.clean, each with the tasks after it" in no.value.remedy
    assert query(warehouse_db, VIEW) == [(1, "a")]


def test_a_sharply_shrunken_result_is_refused_unless_the_spec_says_so(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(number, "a") for number in range(10)])
    run = Run(url=warehouse_db, day=1)
    run.stage([(1, "b")])
    with pytest.raises(DataRejected, match=r"from 10 to 1 row \(90 %\), the guard allows 30 %"):
        publish.run(REPLACE, run.context())
    meant = replace(REPLACE, guard=GuardSpec(max_shrink_percent=None))
    publish.run(meant, run.context())
    assert query(warehouse_db, VIEW) == [(1, "b")]


def test_rows_that_are_unaccounted_for_stop_a_publication(warehouse_db: str) -> None:
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a"), (2, "b")], quarantined=1)  # said to be quarantined, but nowhere
    with pytest.raises(StagingLost, match="1 are unaccounted for"):
        publish.run(REPLACE, run.context())


@pytest.mark.parametrize("step", [MERGE, APPEND, SCD2], ids=["merge", "append", "scd2"])
def test_rows_that_go_while_a_publication_waits_are_never_counted_as_duplicates(
    warehouse_db: str, step: PublishStep
) -> None:
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a"), (2, "b")], unlogged=True)
    with psycopg.connect(warehouse_db) as blocker, ThreadPoolExecutor(1) as pool:
        one_at_a_time(blocker, READINGS)
        publication = pool.submit(publish.run, step, run.context())
        wait_for_lock(warehouse_db)
        staging = READINGS.staging(run.context().run_key)
        query(warehouse_db, f"WITH gone AS (DELETE FROM {staging} RETURNING 1) TABLE gone")
        blocker.rollback()
        with pytest.raises(StagingLost, match="a moment ago it had 2 rows"):
            publication.result()
    assert query(warehouse_db, "SELECT count(*) FROM medallion.publications") == [(0,)]


def wait_for_lock(url: str) -> None:
    """Until somebody waits for a lock that is the advisory one of a publication."""
    waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while not query(url, waiting):
        time.sleep(0.02)


def test_views_and_grants_survive_a_publication_and_a_new_column(
    warehouse_db: str, pg_url: str
) -> None:
    role = f"reader_{secrets.token_hex(4)}"
    with psycopg.connect(pg_url, autocommit=True) as admin:
        ensure_roles(admin, [role])
    granted = replace(REPLACE, grants=(role,))
    published(warehouse_db, 0, [(1, "a")], granted)
    with psycopg.connect(warehouse_db) as connection:
        connection.execute("CREATE VIEW public.report AS SELECT value FROM silver_lab.readings")
    published(warehouse_db, 1, [(2, "b", 7)], granted, columns="id bigint, value text, extra int")
    assert query(warehouse_db, "SELECT value FROM public.report") == [("b",)]
    assert query(warehouse_db, "SELECT extra FROM silver_lab.readings") == [(7,)]
    assert as_role(pg_url, warehouse_db, role, VIEW) == [(2, "b")]
    for hidden in (
        "SELECT 1 FROM store_silver_lab.readings",
        "SELECT 1 FROM quarantine_silver_lab.readings",
        "SELECT 1 FROM medallion.loads",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_role(pg_url, warehouse_db, role, hidden)


def test_a_role_that_leaves_the_grants_loses_the_right_and_one_granted_by_hand_keeps_it(
    warehouse_db: str, pg_url: str
) -> None:
    gone, kept, by_hand = (f"reader_{secrets.token_hex(4)}" for _ in range(3))
    with psycopg.connect(pg_url, autocommit=True) as admin:
        ensure_roles(admin, [gone, kept, by_hand])
    published(warehouse_db, 0, [(1, "a")], replace(REPLACE, grants=(gone, kept)))
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(f"GRANT SELECT ON silver_lab.readings TO {by_hand}")
    published(warehouse_db, 1, [(1, "b")], replace(REPLACE, grants=(kept,)))
    rights = (
        "SELECT " + ", ".join(f"has_table_privilege('{role}', 'silver_lab.readings', 'SELECT')"
        for role in (gone, kept, by_hand))
    )  # fmt: skip
    assert query(warehouse_db, rights) == [(False, True, True)]
    published(warehouse_db, 2, [(1, "c")], REPLACE)
    assert query(warehouse_db, rights) == [(False, False, True)]
    assert query(
        warehouse_db, rights.replace("table", "schema").replace(".readings', 'SELECT", "', 'USAGE")
    ) == [
        (False, False, False)  # by_hand was given the table alone
    ]


def as_role(pg_url: str, warehouse_db: str, role: str, text: str) -> list[tuple[object, ...]]:
    """Ask as a reader. Only a superuser may become one here: the role cannot log in."""
    database = psycopg.conninfo.conninfo_to_dict(warehouse_db)["dbname"]
    url = psycopg.conninfo.make_conninfo(pg_url, dbname=str(database))
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return connection.execute(sql.SQL(text)).fetchall()


def test_a_role_that_does_not_exist_is_said_before_anything_changes(warehouse_db: str) -> None:
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    with pytest.raises(SetupError, match="roles that do not exist: nobody_here"):
        publish.run(replace(REPLACE, grants=("nobody_here",)), run.context())


def test_a_role_that_may_read_everything_is_not_granted_to(warehouse_db: str, pg_url: str) -> None:
    """A later publication would take the owner's own right away."""
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    owner, admin = (
        str(psycopg.conninfo.conninfo_to_dict(url)["user"]) for url in (warehouse_db, pg_url)
    )
    for role in (owner, admin):
        with pytest.raises(SetupError, match=f"granted to {role}, which may read every table"):
            publish.run(replace(REPLACE, grants=(role,)), run.context())


def test_descriptions_become_comments(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "a")])
    assert query(
        warehouse_db,
        "SELECT obj_description('silver_lab.readings'::regclass),"
        " col_description('silver_lab.readings'::regclass, 2)",
    ) == [("What the sensors said.", "In degrees.")]


def test_a_second_try_after_the_commit_publishes_nothing_twice(warehouse_db: str) -> None:
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    first = publish.run(REPLACE, run.context())
    again = publish.run(REPLACE, run.context())
    assert again == first
    assert query(warehouse_db, "SELECT count(*) FROM medallion.publications") == [(1,)]


def test_a_run_that_is_done_again_publishes_a_version_of_its_own(warehouse_db: str) -> None:
    for value in ("first", "again", "and again"):
        published(warehouse_db, 0, [(1, value)])
    assert query(warehouse_db, VIEW) == [(1, "and again")]
    assert [p.version for p in versions(warehouse_db, READINGS)] == [3, 2, 1]


def test_nothing_staged_is_an_error_that_says_what_to_clear(warehouse_db: str) -> None:
    with pytest.raises(StagingLost, match=r"clear readings\.clean and the tasks after it"):
        publish.run(REPLACE, Run(url=warehouse_db, day=0).context())


def test_rollback_shows_an_earlier_version_and_numbering_goes_on(warehouse_db: str) -> None:
    for day in range(3):
        published(warehouse_db, day, [(1, f"day {day}")])
    assert rollback(warehouse_db, READINGS)[READINGS].version == 2
    assert query(warehouse_db, VIEW) == [(1, "day 1")]
    assert rollback(warehouse_db, READINGS, 1)[READINGS].version == 1
    assert query(warehouse_db, VIEW) == [(1, "day 0")]
    with pytest.raises(SetupError, match=r"has no version 9; kept: 3, 2, 1"):
        rollback(warehouse_db, READINGS, 9)
    published(warehouse_db, 3, [(1, "day 3")])
    assert query(warehouse_db, VIEW) == [(1, "day 3")]
    assert query(warehouse_db, "SELECT version FROM medallion.publications WHERE is_current") == [
        (4,)
    ]


def test_a_changed_write_disposition_starts_with_what_was_there(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "day 0"), (2, "day 0")])
    published(warehouse_db, 1, [(1, "day 1")], APPEND)
    assert query(warehouse_db, f"{VIEW}, 2") == [(1, "day 0"), (1, "day 1"), (2, "day 0")]
    published(warehouse_db, 2, [(3, "day 2")], MERGE)
    assert query(warehouse_db, VIEW) == [(1, "day 1"), (2, "day 0"), (3, "day 2")]
    published(warehouse_db, 3, [(4, "day 3"), (5, "day 3"), (6, "day 3")])
    assert query(warehouse_db, VIEW) == [(4, "day 3"), (5, "day 3"), (6, "day 3")]
    assert rollback(warehouse_db, READINGS)[READINGS].write_disposition == "merge"
    assert query(warehouse_db, VIEW) == [(1, "day 1"), (2, "day 0"), (3, "day 2")]


def test_a_backfilled_table_is_kept_beside_the_newer_one(
    warehouse_db: str, caplog: pytest.LogCaptureFixture
) -> None:
    published(warehouse_db, 5, [(n, "day 5") for n in range(10)])
    published(warehouse_db, 1, [(1, "day 1")])  # the guard is not a matter: readers lose nothing
    assert "readers keep version 1, which is newer" in caplog.text
    assert query(warehouse_db, "SELECT count(*) FROM silver_lab.readings") == [(10,)]
    assert rollback(warehouse_db, READINGS, 2)[READINGS].data_interval_end.day == 3
    assert query(warehouse_db, VIEW) == [(1, "day 1")]
    published(warehouse_db, 1, [(1, "day 1, fixed")])
    assert query(warehouse_db, VIEW) == [(1, "day 1, fixed")]


class Reader(threading.Thread):
    """Asks for the whole table again and again, and keeps what it saw."""

    def __init__(self, url: str, *, prepared: bool, statements: int) -> None:
        super().__init__()
        self.url = url
        self.prepared = prepared
        self.statements = statements
        self.seen: set[tuple[object, ...]] = set()
        self.error: Exception | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            with psycopg.connect(self.url, autocommit=True) as connection:
                if self.prepared:
                    connection.prepare_threshold = 0
                    connection.execute("SET plan_cache_mode = force_generic_plan")
                while not self.done.is_set():
                    with connection.transaction():
                        for _ in range(self.statements):
                            self.look(connection)
        except Exception as error:
            self.error = error

    def look(self, connection: psycopg.Connection) -> None:
        row = connection.execute(
            "SELECT min(value), max(value), count(*) FROM silver_lab.readings WHERE id >= %s", [0]
        ).fetchone()
        assert row is not None
        self.seen.add(tuple(row))


@pytest.mark.parametrize("step", [REPLACE, MERGE, APPEND], ids=["replace", "merge", "append"])
def test_readers_see_the_old_or_the_new_while_another_reads_for_long(
    warehouse_db: str, step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDALLION_PUBLISH_LOCK_DEADLINE", "20")
    rows, days = 2_000, 12
    published(warehouse_db, 0, [(number, "day 0") for number in range(rows)], step)
    with psycopg.connect(warehouse_db) as long_reader:
        long_reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        long_reader.execute("SELECT count(*) FROM silver_lab.readings")
        readers = [
            Reader(warehouse_db, prepared=prepared, statements=statements)
            for prepared in (False, True)
            for statements in (1, 50)
        ]
        for reader in readers:
            reader.start()
        for day in range(1, days):
            published(warehouse_db, day, [(n, f"day {day}") for n in range(rows)], step)
        for reader in readers:
            reader.done.set()
            reader.join()
        still = long_reader.execute(
            "SELECT min(value), max(value), count(*) FROM silver_lab.readings"
        ).fetchone()
    assert [reader.error for reader in readers] == [None] * len(readers)
    last = {day: "day 9" if step is APPEND and day > 9 else f"day {day}" for day in range(days)}
    whole = {
        ("day 0", last[day], rows * (day + 1)) if step is APPEND else (last[day], last[day], rows)
        for day in range(days)
    }
    for reader in readers:
        assert reader.seen <= whole, "neither the old nor the new was seen"
        assert len(reader.seen) > 1
    assert still == ("day 0", "day 0", rows), "a transaction's own snapshot must not change"


def test_a_transaction_goes_on_reading_through_publications(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "day 0")])
    with psycopg.connect(warehouse_db) as reader:
        assert reader.execute(VIEW).fetchall() == [(1, "day 0")]
        published(warehouse_db, 1, [(1, "day 1")])
        assert reader.execute(VIEW).fetchall() == [(1, "day 1")]


@pytest.mark.parametrize("within_a_transaction", [False, True])
def test_plans_that_a_session_keeps_follow_publications_and_rollbacks(
    warehouse_db: str, within_a_transaction: bool
) -> None:
    published(warehouse_db, 0, [(1, "day 0")])
    with psycopg.connect(warehouse_db, autocommit=not within_a_transaction) as reader:
        reader.prepare_threshold = 0
        reader.execute("SET plan_cache_mode = force_generic_plan")
        seen = []
        for change in (
            lambda: None,
            lambda: published(warehouse_db, 1, [(1, "day 1")]),
            lambda: rollback(warehouse_db, READINGS),
        ):
            change()
            seen.append(reader.execute(f"{VIEW} LIMIT %s", [5]).fetchall())
            if within_a_transaction:
                reader.commit()
    assert seen == [[(1, "day 0")], [(1, "day 1")], [(1, "day 0")]]


def test_a_reader_plans_no_other_version(warehouse_db: str) -> None:
    for day in range(3):
        published(warehouse_db, day, [(1, f"day {day}")])
    with psycopg.connect(warehouse_db) as reader:
        plan = "\n".join(row[0] for row in reader.execute(f"EXPLAIN {VIEW}"))
    assert "readings__v3" in plan
    assert "Append" not in plan and "readings__v1" not in plan, plan


def test_a_snapshot_from_before_keeps_its_version_even_if_it_has_not_read_it_yet(
    warehouse_db: str,
) -> None:
    only_one = replace(REPLACE, keep_versions=1)
    published(warehouse_db, 0, [(1, "day 0")], only_one)
    with psycopg.connect(warehouse_db) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1")
        for day in (1, 2):
            published(warehouse_db, day, [(1, f"day {day}")], only_one)
        assert reader.execute(VIEW).fetchall() == [(1, "day 0")]
    published(warehouse_db, 3, [(1, "day 3")], only_one)
    assert [p.version for p in versions(warehouse_db, READINGS)] == [4]


def test_old_versions_that_are_being_read_are_dropped_later(warehouse_db: str) -> None:
    only_one = replace(REPLACE, keep_versions=1)
    published(warehouse_db, 0, [(1, "a")], only_one)
    with psycopg.connect(warehouse_db) as reader:
        reader.execute("SELECT * FROM silver_lab.readings")
        published(warehouse_db, 1, [(1, "b")], only_one)
        assert [p.version for p in versions(warehouse_db, READINGS)] == [2, 1]
    published(warehouse_db, 2, [(1, "c")], only_one)
    assert [p.version for p in versions(warehouse_db, READINGS)] == [3]


@pytest.mark.slow
def test_a_killed_server_loses_nothing_of_a_publication(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    try:
        for step, day in ((REPLACE, 0), (MERGE, 1)):
            published(server.url(), day, [(number, f"day {day}") for number in range(5000)], step)
            pid = server.pid()
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.5)
            server.start()
            assert query(
                server.url(), "SELECT min(value), max(value), count(*) FROM silver_lab.readings"
            ) == [(f"day {day}", f"day {day}", 5000)]
    finally:
        server.stop()
