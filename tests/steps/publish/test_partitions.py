"""`partition_by`: native partitions behind a version, made, pruned, changed and dropped."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from psycopg import sql
from tests.steps.staged import APPEND, READINGS, Run, query
from tests.steps.test_incremental import Gold, Readings

from medallion.errors import DataRejected, WarehouseRefused
from medallion.operations.pins import pin_version, unpin_version
from medallion.operations.rollback import rollback
from medallion.plan.model import PublishStep
from medallion.publish.declaration import BreakingChange
from medallion.publish.indexes import Index
from medallion.publish.partitions import Partitions
from medallion.steps.publish import publishing
from medallion.steps.publish import step as publish
from medallion.warehouse.tables import partitioned
from medallion.warehouse.tables.selects import list_partitioned

BY_MONTH = Partitions(column="day", grain="month")
COLUMNS = "id bigint, day date, value text"
MONTHLY = replace(APPEND, partitions=BY_MONTH, primary_key=("id", "day"), column_descriptions={})
VIEW = "SELECT id, day::text, value FROM silver_lab.readings ORDER BY id, day"
PARTITIONS = """
SELECT p.relname, c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
JOIN pg_class AS p ON p.oid = i.inhparent WHERE p.relkind = 'p' AND c.relkind = 'r' ORDER BY 2"""


def published(
    url: str,
    day: int,
    rows: list[tuple[object, ...]],
    step: PublishStep = MONTHLY,
    columns: str = COLUMNS,
) -> None:
    run = Run(url=url, day=day)
    run.stage(rows, columns=columns, unlogged=True)
    publish.run(step, run.context())


def names(url: str) -> list[str]:
    """Of those that have rows."""
    found = [str(row[1]) for row in query(url, PARTITIONS)]
    asked = "SELECT count(*) FROM store_silver_lab.{}"
    filled = [name for name in found if query(url, asked.format(name)) != [(0,)]]
    return [name.removeprefix("readings__") for name in filled]


def test_partitions_are_made_as_rows_need_them_and_a_day_again_doubles_nothing(
    warehouse_db: str,
) -> None:
    january = [(1, "2026-01-05", "a"), (2, "2026-01-31", "b")]
    published(warehouse_db, 0, january)
    assert names(warehouse_db) == ["v1__p2026_01"]
    # Late rows of January come with those of March.
    published(warehouse_db, 1, [(3, "2026-03-01", "c"), (4, "2026-01-01", "late")])
    published(warehouse_db, 0, [*january, (5, "2025-12-31", "older")])
    assert names(warehouse_db) == ["v1__p2025_12", "v1__p2026_01", "v1__p2026_03"]
    assert query(warehouse_db, VIEW) == [
        (1, "2026-01-05", "a"),
        (2, "2026-01-31", "b"),
        (3, "2026-03-01", "c"),
        (4, "2026-01-01", "late"),
        (5, "2025-12-31", "older"),
    ]
    rows = query(
        warehouse_db,
        "SELECT version, rows_total, is_current, bytes > 8192 FROM medallion.publications"
        " ORDER BY 1, 2",
    )
    assert rows == [(1, 2, False, True), (1, 4, False, True), (1, 5, True, True)]


@pytest.mark.parametrize(
    ("column", "grain", "value", "name"),
    [
        ("day date", "day", "2026-02-03", "v1__p2026_02_03"),
        ("day timestamp", "week", "2026-02-03 23:59", "v1__p2026_02_02"),
        ("day timestamptz", "month", "2026-02-01 00:30+02", "v1__p2026_01"),
        ("day timestamptz", "year", "2026-01-01 00:00+00", "v1__p2026"),
    ],
)
def test_partitions_are_whole_ones_of_their_grain_in_utc(
    warehouse_db: str, column: str, grain: str, value: str, name: str
) -> None:
    step = replace(MONTHLY, partitions=replace(BY_MONTH, grain=grain))
    columns = f"id bigint, {column}, value text"
    published(warehouse_db, 0, [(1, value, "a")], step, columns)
    assert names(warehouse_db) == [name]
    assert query(warehouse_db, "SELECT count(*) FROM silver_lab.readings") == [(1,)]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publication that does not wait for the readers of these tests."""
    monkeypatch.setattr(partitioned, "LONGEST_PLANNING_SECONDS", 0.1)
    monkeypatch.setenv("MEDALLION_PUBLISH_LOCK_DEADLINE", "20")


@pytest.mark.usefixtures("impatient")
def test_a_long_transaction_sees_all_rows_of_a_publication_with_a_new_partition_or_none(
    warehouse_db: str,
) -> None:
    """It knows the list of partitions from before, in which the new one is not."""
    published(warehouse_db, 0, [(1, "2026-01-05", "a")])
    asked = "SELECT id FROM silver_lab.readings ORDER BY 1"
    with psycopg.connect(warehouse_db) as reader:
        for _ in range(3):
            assert reader.execute(asked, prepare=False).fetchall() == [(1,)]
        published(warehouse_db, 1, [(2, "2026-01-06", "b"), (3, "2026-05-06", "c")])
        found = reader.execute(asked, prepare=False).fetchall()
        assert found == [(1,), (2,), (3,)]
    with psycopg.connect(warehouse_db) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute(asked)
        published(warehouse_db, 2, [(4, "2026-01-07", "d"), (5, "2026-09-07", "e")])
        assert reader.execute(asked).fetchall() == [(1,), (2,), (3,)]


def test_a_plan_that_a_session_keeps_is_made_again_after_a_new_partition(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "2026-01-05", "a")])
    asked = "SELECT id FROM silver_lab.readings WHERE id > %s ORDER BY 1"
    with psycopg.connect(warehouse_db, autocommit=True) as reader:
        for _ in range(7):  # then it has a plan for any value
            assert reader.execute(asked, [0], prepare=True).fetchall() == [(1,)]
        published(warehouse_db, 1, [(2, "2026-01-06", "b"), (3, "2026-05-06", "c")])
        assert reader.execute(asked, [0], prepare=True).fetchall() == [(1,), (2,), (3,)]


@pytest.mark.usefixtures("impatient")
def test_a_statement_that_is_planned_each_time_sees_a_publication_whole_within_a_transaction(
    warehouse_db: str,
) -> None:
    """Nothing but `medallion.current_partitioned_version` has the session look for new partitions:
    it parses no text and locks no table that its transaction has not."""
    published(warehouse_db, 0, [(1, "2026-01-05", "a")])
    asked = "SELECT id FROM silver_lab.readings WHERE id > %s ORDER BY 1"
    with psycopg.connect(warehouse_db) as reader:
        reader.execute("SET plan_cache_mode = force_custom_plan")
        for _ in range(7):
            assert reader.execute(asked, [0], prepare=True).fetchall() == [(1,)]
        published(warehouse_db, 1, [(2, "2026-01-06", "b"), (3, "2026-05-06", "c")])
        assert reader.execute(asked, [0], prepare=True).fetchall() == [(1,), (2,), (3,)]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("in_a_function", [True, False])
def test_a_plan_kept_within_a_transaction_is_the_one_case_that_misses_a_new_partition(
    warehouse_db: str, in_a_function: bool
) -> None:
    """docs/publishing.md says so. PostgreSQL looks whether a plan still holds when a transaction
    locks a table for the first time, and never between."""
    published(warehouse_db, 0, [(1, "2026-01-05", "a")])
    asked = "SELECT array_agg(id ORDER BY id) FROM silver_lab.readings"
    with psycopg.connect(warehouse_db) as reader:
        if in_a_function:
            making = "CREATE FUNCTION public.ids() RETURNS bigint[] LANGUAGE plpgsql AS $$"
            reader.execute(sql.SQL(f"{making} BEGIN RETURN ({asked}); END $$"))
            reader.commit()
            asked = "SELECT public.ids()"

        def ids() -> object:
            return reader.execute(sql.SQL(asked), prepare=not in_a_function).fetchall()[0][0]

        assert ids() == [1]
        published(warehouse_db, 1, [(2, "2026-01-06", "b"), (3, "2026-05-06", "c")])
        assert ids() == [1, 2], "PostgreSQL does more than the page says: shorten the page"
        reader.commit()
        assert ids() == [1, 2, 3], "the next transaction sees it whole"
        reader.commit()
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert ids() == [1, 2, 3]
        published(warehouse_db, 2, [(4, "2026-01-07", "d"), (5, "2026-09-07", "e")])
        assert ids() == [1, 2, 3], "one look for the whole transaction"


def test_a_partition_that_a_killed_try_has_made_is_waited_for_as_well(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(warehouse_db, 0, [(1, "2026-01-05", "a")])
    waited: list[bool] = []

    def die(*_: object) -> None:
        waited.append(True)
        raise KeyboardInterrupt

    monkeypatch.setattr(publish, "wait_for_planners", die)
    rows = [(2, "2026-05-05", "b")]
    for _ in range(2):  # the second try finds the partition, which some reader may not know
        with pytest.raises(KeyboardInterrupt):
            published(warehouse_db, 1, rows)
    assert len(waited) == 2
    monkeypatch.setattr(publish, "wait_for_planners", lambda *_: waited.append(True))
    published(warehouse_db, 1, rows)
    published(warehouse_db, 2, [(3, "2026-05-06", "c")])
    assert len(waited) == 3, "it has rows now: readers know it"


@pytest.mark.usefixtures("impatient")
def test_the_partition_after_the_latest_is_there_before_its_rows(warehouse_db: str) -> None:
    """So that also a transaction with a plan that it keeps sees the next month's first rows."""
    published(warehouse_db, 0, [(1, "2026-01-31", "a")])
    asked = "SELECT id FROM silver_lab.readings ORDER BY 1"
    with psycopg.connect(warehouse_db) as reader:
        for _ in range(7):
            assert reader.execute(asked, prepare=True).fetchall() == [(1,)]
        published(warehouse_db, 1, [(2, "2026-01-31", "late"), (3, "2026-02-01", "b")])
        assert reader.execute(asked, prepare=True).fetchall() == [(1,), (2,), (3,)]


@pytest.mark.usefixtures("impatient")
def test_new_partitions_wait_for_no_reader_and_keep_none_out(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "2026-01-05", "a")])
    with psycopg.connect(warehouse_db) as long, psycopg.connect(warehouse_db) as writer:
        long.execute("SELECT * FROM silver_lab.readings")
        # As the publication does it, and not yet committed.
        run = Run(url=warehouse_db, day=1)
        run.stage([(2, "2026-05-05", "b")], columns=COLUMNS)
        made = partitioned.make_partitions(
            writer, READINGS, 1, BY_MONTH, READINGS.staging(run.context().run_key)
        )
        assert [one.name.table for one in made] == ["readings__v1__p2026_05"]
        with psycopg.connect(warehouse_db) as other:
            other.execute("SET lock_timeout = '2s'")
            assert other.execute("SELECT id FROM silver_lab.readings").fetchall() == [(1,)]
        writer.rollback()
        publish.run(MONTHLY, run.context())
        assert long.execute("SELECT count(*) FROM silver_lab.readings").fetchone() == (2,)


def test_a_reader_has_the_public_view_and_nothing_behind_it(warehouse_db: str, pg_url: str) -> None:
    role = "reader_of_partitions"
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
    with psycopg.connect(warehouse_db) as owner:  # who makes a role may take its part
        owner.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        owner.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
    published(warehouse_db, 0, [(1, "2026-01-05", "a")], replace(MONTHLY, grants=(role,)))
    with psycopg.connect(warehouse_db, autocommit=True) as reader:
        reader.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        assert reader.execute("SELECT id FROM silver_lab.readings").fetchall() == [(1,)]
        for name in ("readings__v1", "readings__v1__rows", "readings__v1__p2026_01"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(
                    sql.SQL("SELECT * FROM store_silver_lab.{}").format(sql.Identifier(name))
                )
        reader.execute("RESET ROLE")
        reader.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


def test_a_partition_is_a_stretch_of_utc_and_every_session_finds_its_own_day(
    warehouse_db: str,
) -> None:
    columns = "id bigint, day timestamptz, value text"
    by_day = replace(MONTHLY, partitions=replace(BY_MONTH, grain="day"))
    # Midnights of Paris, on both sides of the change of the clock: 23 h, 22 h and 22 h of UTC.
    hours = [
        "2026-03-28 23:30+01",
        "2026-03-29 00:30+01",
        "2026-03-29 23:30+02",
        "2026-03-30 00:30+02",
    ]
    published(warehouse_db, 0, [(n, at, "v") for n, at in enumerate(hours)], by_day, columns)
    assert names(warehouse_db) == ["v1__p2026_03_28", "v1__p2026_03_29"]
    with psycopg.connect(warehouse_db) as reader:
        reader.execute("SET TimeZone = 'Europe/Paris'")
        asked = "FROM silver_lab.readings WHERE day >= '2026-03-29' AND day < '2026-03-30'"
        assert reader.execute(sql.SQL(f"SELECT id {asked} ORDER BY 1")).fetchall() == [(1,), (2,)]
        asked = "FROM silver_lab.readings WHERE day >= '2026-03-30 12:00'"
        assert reader.execute(sql.SQL(f"SELECT id {asked}")).fetchall() == []


def test_a_former_layout_is_a_version_that_can_be_read_and_gone_back_to(warehouse_db: str) -> None:
    plain = replace(MONTHLY, partitions=None)
    published(warehouse_db, 0, [(1, "2025-12-05", "a")], plain)
    published(warehouse_db, 1, [(2, "2026-01-05", "b")])
    with psycopg.connect(warehouse_db) as reader:
        for version, rows in ((1, [(1,)]), (2, [(1,), (2,)])):
            reader.execute(
                sql.SQL("SET medallion.read_versions = {}").format(
                    sql.Literal(f'{{"silver_lab.readings": {version}}}')
                )
            )
            found = reader.execute("SELECT id FROM silver_lab.readings ORDER BY 1").fetchall()
            assert found == rows
    rollback(warehouse_db, READINGS)
    assert query(warehouse_db, VIEW) == [(1, "2025-12-05", "a")]
    published(warehouse_db, 2, [(3, "2026-02-05", "c")])
    assert [row[0] for row in query(warehouse_db, VIEW)] == [1, 3]
    assert names(warehouse_db)[-2:] == ["v3__p2025_12", "v3__p2026_02"]


def test_unique_and_partial_indexes_are_on_each_partition_and_go_with_the_spec(
    warehouse_db: str,
) -> None:
    unique = Index(columns=("value", "day"), unique=True, where="value <> 'any'")
    step = replace(MONTHLY, indexes=(unique,), cluster_by=("value",))
    published(warehouse_db, 0, [(1, "2026-01-05", "a")], step)
    published(warehouse_db, 1, [(2, "2026-02-05", "b")], step)
    asked = "SELECT count(*) FROM pg_indexes WHERE indexdef ~ 'WHERE' AND tablename ~ '__p2026'"
    assert query(warehouse_db, asked) == [(3,)], "with the one made ahead"
    with pytest.raises(DataRejected, match="two rows have the same value, day"):
        published(warehouse_db, 2, [(3, "2026-01-05", "a")], step)
    published(warehouse_db, 2, [(3, "2026-01-05", "a")], replace(step, indexes=()))
    assert query(warehouse_db, asked) == [(0,)]


def test_a_reader_s_query_reads_only_the_partitions_that_it_needs(warehouse_db: str) -> None:
    rows = [(n, f"2026-{1 + n % 12:02d}-15", "v") for n in range(240)]
    published(warehouse_db, 0, rows)
    where = {
        "day >= '2026-05-01' AND day < '2026-06-01'": "v1__p2026_05",
        # As Superset writes it: known when the query runs, not when it is planned.
        "day >= to_date('2026-12-01', 'YYYY-MM-DD') AND"
        " day < to_date('2026-12-31', 'YYYY-MM-DD')": "v1__p2026_12",
    }
    with psycopg.connect(warehouse_db) as reader:
        for condition, partition in where.items():
            asked = sql.SQL(
                "EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM silver_lab.readings WHERE {}"
            )
            plan = "\n".join(r[0] for r in reader.execute(asked.format(sql.SQL(condition))))
            assert partition in plan, plan
            assert plan.count("Scan") == 1, plan


def test_the_first_reader_s_plan_has_statistics_of_each_partition(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(n, "2026-01-05", "v") for n in range(50)])
    published(warehouse_db, 1, [(n, "2026-02-05", "v") for n in range(50)])
    known = query(
        warehouse_db,
        "SELECT tablename FROM pg_stats WHERE attname = 'day' AND schemaname = 'store_silver_lab'"
        " ORDER BY 1",
    )
    assert known == [
        ("readings__v1__p2026_01",),
        ("readings__v1__p2026_02",),
        ("readings__v1__rows",),
    ]


def test_rows_without_a_partition_are_refused_and_none_is_swallowed(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "2026-01-05", "a")])
    for rows, why in (
        ([(2, None, "a"), (3, "2026-01-05", "b")], "1 row without one"),
        ([(2, "0202-01-05", "a"), (3, "9999-12-31", "b")], "2 before 1900 or after 2199"),
        ([(2, "infinity", "a")], "1 before 1900 or after 2199"),
    ):
        with pytest.raises(DataRejected, match=why) as no:
            published(warehouse_db, 1, rows)
        assert "have a check quarantine such rows" in no.value.remedy
    by_day = replace(MONTHLY, partitions=replace(BY_MONTH, grain="day"))
    many = [(n, f"{1900 + n % 200}-{1 + n % 12:02d}-{1 + n % 28:02d}", "v") for n in range(1100)]
    with pytest.raises(DataRejected, match=r"partitions, by day of day, and 1,000 is the limit"):
        published(warehouse_db, 1, many, by_day)
    with pytest.raises(WarehouseRefused, match="cannot be partitioned by value: it is text"):
        published(
            warehouse_db, 1, [(2, "2026-01-05", "b")],
            replace(MONTHLY, partitions=Partitions(column="value", grain="day")),
        )  # fmt: skip
    assert query(warehouse_db, VIEW) == [(1, "2026-01-05", "a")]
    assert names(warehouse_db) == ["v1__p2026_01"]


def test_another_way_to_partition_carries_the_rows_over_and_no_way_does_too(
    warehouse_db: str,
) -> None:
    plain = replace(MONTHLY, partitions=None)
    published(warehouse_db, 0, [(1, "2025-12-05", "a")], plain)
    with psycopg.connect(warehouse_db) as connection:
        connection.execute("CREATE VIEW public.report AS SELECT value FROM silver_lab.readings")
    published(warehouse_db, 1, [(2, "2026-01-05", "b")])
    assert names(warehouse_db) == ["v2__p2025_12", "v2__p2026_01"]
    yearly = replace(MONTHLY, partitions=replace(BY_MONTH, grain="year"), keep_versions=1)
    published(warehouse_db, 2, [(3, "2026-02-05", "c")], yearly)
    assert names(warehouse_db) == ["v3__p2025", "v3__p2026"], "the former version is dropped"
    published(warehouse_db, 3, [(4, "2026-03-05", "d")], replace(plain, keep_versions=1))
    assert names(warehouse_db) == []
    published(warehouse_db, 4, [(5, "2026-03-05", "e")], replace(plain, keep_versions=1))
    found = [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")]
    assert query(warehouse_db, "SELECT id, value FROM silver_lab.readings ORDER BY 1") == found
    assert query(warehouse_db, "SELECT count(*) FROM public.report") == [(5,)]


def test_new_columns_and_a_breaking_change_reach_the_partitions(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "2026-01-05", "7")])
    more = f"{COLUMNS}, extra integer"
    published(warehouse_db, 1, [(2, "2026-02-05", "8", 3)], columns=more)
    assert query(warehouse_db, "SELECT id, extra FROM silver_lab.readings ORDER BY 1") == [
        (1, None),
        (2, 3),
    ]
    allowed = replace(MONTHLY, breaking_change=BreakingChange.ALLOW)
    changed = "id bigint, day date, value integer, extra integer"
    published(warehouse_db, 2, [(3, "2026-03-05", 9, 4)], allowed, changed)
    assert query(warehouse_db, "SELECT id, value FROM silver_lab.readings ORDER BY 1") == [
        (1, 7),
        (2, 8),
        (3, 9),
    ]
    assert names(warehouse_db) == ["v2__p2026_01", "v2__p2026_02", "v2__p2026_03"]
    left = query(
        warehouse_db, "SELECT relname FROM pg_class WHERE relname LIKE 'readings\\_\\_v1%'"
    )
    assert left == []


def test_a_pinned_version_of_a_former_shape_stays_as_it_is_and_goes_once_it_is_unpinned(
    warehouse_db: str,
) -> None:
    step = replace(MONTHLY, breaking_change=BreakingChange.ALLOW, keep_versions=1)
    published(warehouse_db, 0, [(1, "2026-01-05", "7")], step)
    pin_version(warehouse_db, READINGS, 1, by="ada")
    changed = "id bigint, day date, value integer"
    published(warehouse_db, 1, [(2, "2026-02-05", 8)], step, changed)
    more = f"{changed}, extra integer"
    published(warehouse_db, 2, [(3, "2026-02-05", 9, 1)], step, more)
    found = str(query(warehouse_db, "SELECT to_jsonb(t) FROM store_silver_lab.readings__v1 AS t"))
    assert "'value': '7'" in found
    assert "extra" not in found, "the version that readers have gets it, and no other"
    unpin_version(warehouse_db, READINGS, 1, by="ada")
    published(warehouse_db, 3, [(4, "2026-02-05", 9, 1)], step, more)
    left = "SELECT relname FROM pg_class WHERE relname LIKE 'readings\\_\\_v1%'"
    assert query(warehouse_db, left) == []


def test_a_key_and_an_index_are_on_each_partition(warehouse_db: str) -> None:
    step = replace(MONTHLY, indexes=(Index(columns=("value",)),))
    for day in (0, 1, 1):
        published(warehouse_db, day, [(1, f"2026-0{day + 1}-05", "a")], step)
    found = query(
        warehouse_db,
        "SELECT tablename, indexdef ~ 'UNIQUE', regexp_replace(indexdef, '^.* USING ', '')"
        " FROM pg_indexes WHERE tablename LIKE 'readings__v1__p%' ORDER BY 1, 2",
    )
    indexes = [(False, "btree (value)"), (True, "btree (_data_interval_end, id, day)")]
    tables = [f"readings__v1__p2026_0{month}" for month in (1, 2, 3)]
    assert found == [(name, *index) for name in tables for index in indexes]


def test_an_incremental_table_is_partitioned_and_a_full_refresh_makes_new_ones(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = Readings(warehouse_db)
    gold = Gold(url=warehouse_db, partitions=BY_MONTH)
    readings.arrive(0, 1)
    gold.run(0)
    with monkeypatch.context() as counted_once:
        # What years have brought is not counted for a day's rows.
        counted_once.delattr(publishing, "row_count")
        for day in range(1, 3):
            readings.arrive(day, day + 1)
            gold.run(day)
        readings.arrive(1, 7)
        gold.run(1)
    assert gold.rows() == gold.full()
    total = "SELECT rows_total FROM medallion.publications WHERE layer = 'gold' AND is_current"
    assert query(warehouse_db, total) == [(len(gold.rows()),)]
    gold.run(2, full_refresh=True)
    assert gold.rows() == gold.full()
    with psycopg.connect(warehouse_db) as connection:
        assert list_partitioned(connection, gold.table) == (1, 2)
