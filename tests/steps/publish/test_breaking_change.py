"""A published column that goes or changes its type: refused with who reads it, or meant."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql
from tests.steps.staged import APPEND, MERGE, READINGS, REPLACE, SCD2, Run, query

from medallion.errors import SetupError, WarehouseRefused
from medallion.names import Layer, PublishedTable
from medallion.operations.pins import pin_version, unpin_version
from medallion.operations.rollback import rollback, versions
from medallion.plan.bi import BiChart, BiDashboard, BiMetric, BiTable
from medallion.plan.column_uses import BiReaders
from medallion.plan.model import Exposure, PublishStep
from medallion.publish.declaration import BreakingChange
from medallion.steps.publish import step as publish
from medallion.steps.publish.shape import ShapeChange, readers_of, shape_change
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.relations import columns_of

DISPOSITIONS = [REPLACE, MERGE, APPEND, SCD2]
BY_NAME = {"ids": lambda step: step.write_disposition.name}
AS_NUMBER = "id bigint, value integer"
WITHOUT = "id bigint, room text"


def meant(step: PublishStep) -> PublishStep:
    return replace(step, breaking_change=BreakingChange.ALLOW)


def published(url: str, day: int, rows: list[tuple[object, ...]], step=REPLACE, **stage) -> None:
    run = Run(url=url, day=day)
    run.stage(rows, unlogged=not step.write_disposition.moves_staging, **stage)
    publish.run(step, run.context())


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement))


def columns(url: str) -> list[tuple[object, ...]]:
    return query(
        url,
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'silver_lab' AND table_name = 'readings'"
        " AND column_name NOT LIKE '\\_%' ORDER BY 1",
    )


@pytest.mark.parametrize("step", DISPOSITIONS, **BY_NAME)
def test_a_refused_change_names_whoever_reads_the_table(
    warehouse_db: str, step: PublishStep
) -> None:
    step = replace(step, exposures=(Exposure(name="heat", kind="dashboard", owner="lab"),))
    published(warehouse_db, 0, [(1, "20")], step)
    execute(warehouse_db, 'CREATE VIEW silver_lab."Hot Ones" AS SELECT id FROM silver_lab.readings')
    gold = PublishedTable(layer=Layer.GOLD, domain="house", name="climate")
    with psycopg.connect(warehouse_db) as connection:
        run = replace(Run(url=warehouse_db, day=0).context().run, dag_id="house.report")
        registry.keep_inputs(connection, run, gold, [READINGS.public])
        named = readers_of(connection, step, ShapeChange(grows=False), BiReaders())
        assert [domain for _, domain in named] == ["lab", "house", ""]
    with pytest.raises(WarehouseRefused) as refused:
        published(warehouse_db, 1, [(1, 20)], step, columns=AS_NUMBER)
    assert str(refused.value).startswith(
        "silver_lab.readings would break its readers: value: text → integer. It is read by view"
        ' silver_lab."Hot Ones"; gold table gold_house.climate (of house.report); dashboard heat'
        " (owner: lab)"
    )
    assert "breaking_change: allow" in str(refused.value)
    with pytest.raises(WarehouseRefused, match="value: text → gone"):
        published(warehouse_db, 1, [(1,)], step, columns="id bigint")
    assert columns(warehouse_db) == [("id", "bigint"), ("value", "text")]


def test_of_dashboards_that_specs_declare_those_are_named_that_use_what_goes(
    warehouse_db: str,
) -> None:
    table = READINGS.public
    chart = BiChart(name="ids", kind="table", title="Ids", table=table, columns=("id",))
    value = replace(chart, name="heat", title="Heat", metrics=("mean",), columns=())
    board = BiDashboard(domain="lab", name="heat", title="Heat", owner="lab", charts=(value,))
    bi = BiReaders(
        dataset=BiTable(
            table=table,
            description="",
            owner="lab",
            metrics=(BiMetric(name="mean", expression="avg(value)"),),
        ),
        dashboards=(
            board,
            replace(board, name="ids", charts=(chart,)),
            replace(board, domain="house", owner="house", charts=(chart, value)),
        ),
    )
    step = replace(
        REPLACE,
        exposures=(
            Exposure(name="heat", kind="dashboard", owner="lab", dashboard="lab-heat"),
            Exposure(name="ids", kind="dashboard", owner="lab", dashboard="lab-ids"),
            Exposure(name="alarm", kind="application"),
        ),
    )
    published(warehouse_db, 0, [(1, "20")], step)
    run = Run(url=warehouse_db, day=1)
    run.stage([(1,)], columns="id bigint")
    with psycopg.connect(warehouse_db) as connection:
        staged = columns_of(connection, READINGS.staging(run.context().run_key))
        with pytest.raises(WarehouseRefused) as refused:
            shape_change(connection, step, staged, lambda _: bi)
        gone = ShapeChange(grows=False, broken=("value",))
        domains = [domain for _, domain in readers_of(connection, step, gone, bi)]
    assert domains == ["", "", "house", ""]
    assert (
        str(refused.value)
        .partition("It is read by ")[2]
        .startswith(
            "application alarm; dashboard heat (owner: lab): chart Heat; "
            "dashboard house-heat (owner: house): chart Heat; metrics of its dataset: mean"
        )
    )


@pytest.mark.parametrize("step", DISPOSITIONS, **BY_NAME)
def test_a_type_is_changed_where_it_is_meant(warehouse_db: str, step: PublishStep) -> None:
    published(warehouse_db, 0, [(1, "20"), (2, "21")], step)
    published(warehouse_db, 1, [(1, 22), (2, 23)], meant(step), columns=AS_NUMBER)
    assert columns(warehouse_db) == [("id", "bigint"), ("value", "integer")]
    rows = query(warehouse_db, "SELECT id, value FROM silver_lab.readings ORDER BY 1, 2")
    kept = step in (APPEND, SCD2)  # their earlier rows are rows of the table still
    assert rows == ([(1, 20), (1, 22), (2, 21), (2, 23)] if kept else [(1, 22), (2, 23)])
    published(warehouse_db, 2, [(1, 24), (2, 25)], step, columns=AS_NUMBER)
    left = query(
        warehouse_db,
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'store_silver_lab'"
        " AND tablename LIKE '%former'",
    )
    assert left == [(0,)]


@pytest.mark.parametrize("step", DISPOSITIONS, **BY_NAME)
def test_a_column_goes_where_it_is_meant(warehouse_db: str, step: PublishStep) -> None:
    published(warehouse_db, 0, [(1, "20")], step)
    published(warehouse_db, 1, [(1, "attic")], meant(step), columns=WITHOUT)
    assert columns(warehouse_db) == [("id", "bigint"), ("room", "text")]
    rows = query(warehouse_db, "SELECT id, room FROM silver_lab.readings ORDER BY room")
    assert rows[0] == (1, "attic")


def test_rows_that_merge_keeps_are_carried_over(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "20"), (2, "21")], MERGE)
    published(warehouse_db, 1, [(1, 30)], meant(MERGE), columns=AS_NUMBER)
    assert query(warehouse_db, "SELECT id, value FROM silver_lab.readings ORDER BY 1") == [
        (1, 30),
        (2, 21),
    ]
    assert [p.version for p in versions(warehouse_db, READINGS)] == [2]


def test_a_kept_value_that_does_not_fit_the_new_type_stops_the_change(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "20"), (2, "warm")], MERGE)
    with pytest.raises(WarehouseRefused, match='invalid input syntax for type integer: "warm"'):
        published(warehouse_db, 1, [(1, 30)], meant(MERGE), columns=AS_NUMBER)
    assert query(warehouse_db, "SELECT value FROM silver_lab.readings ORDER BY 1") == [
        ("20",),
        ("warm",),
    ]


@pytest.fixture
def reader(warehouse_db: str, pg_url: str) -> Iterator[str]:
    name = "reader_of_readings"
    execute(pg_url, f"CREATE ROLE {name}")
    yield name
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA silver_lab FROM {}").format(
                sql.Identifier(name)
            )
        )
    execute(pg_url, f"DROP ROLE {name}")


def test_views_and_grants_come_back(warehouse_db: str, reader: str) -> None:
    published(warehouse_db, 0, [(1, "20"), (2, "21")])
    execute(
        warehouse_db,
        "CREATE VIEW silver_lab.known AS SELECT id FROM silver_lab.readings",
        "CREATE VIEW silver_lab.many AS SELECT count(*) AS n FROM silver_lab.known",
        "CREATE OR REPLACE VIEW silver_lab.known AS SELECT id FROM silver_lab.readings"
        " WHERE id > 0",
        "COMMENT ON VIEW silver_lab.many IS 'How many there are.'",
        f"GRANT SELECT ON silver_lab.readings, silver_lab.many TO {reader}",
    )
    published(warehouse_db, 1, [(1, 20), (2, 21), (3, 22)], meant(REPLACE), columns=AS_NUMBER)
    assert query(
        warehouse_db,
        "SELECT n, obj_description('silver_lab.many'::regclass) FROM silver_lab.many",
    ) == [(3, "How many there are.")]
    assert query(
        warehouse_db,
        f"SELECT n, has_table_privilege('{reader}', 'silver_lab.' || n, 'SELECT')"
        " FROM unnest(ARRAY['known', 'many', 'readings']) AS n",
    ) == [("known", False), ("many", True), ("readings", True)]


def test_a_view_that_uses_what_goes_stops_it(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "20")])
    execute(warehouse_db, "CREATE VIEW silver_lab.hot AS SELECT value FROM silver_lab.readings")
    with pytest.raises(WarehouseRefused, match=r'while "?silver_lab"?\."?hot"? selects from it'):
        published(warehouse_db, 1, [(1, "attic")], meant(REPLACE), columns=WITHOUT)
    assert query(warehouse_db, "SELECT value FROM silver_lab.hot") == [("20",)]


def test_an_older_run_of_another_shape_is_refused(warehouse_db: str) -> None:
    published(warehouse_db, 3, [(1, "20")])
    with pytest.raises(WarehouseRefused, match="older than what readers have, and of another"):
        published(warehouse_db, 1, [(1, 20)], meant(REPLACE), columns=AS_NUMBER)


def test_readers_see_one_shape_or_the_other(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(number, "7") for number in range(50)])
    seen: set[tuple[object, ...]] = set()
    failed: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        with psycopg.connect(warehouse_db, autocommit=True) as connection:
            while not stop.is_set():
                try:
                    row = connection.execute(
                        "SELECT count(*), count(DISTINCT pg_typeof(value)), min(value::text)"
                        " FROM silver_lab.readings"
                    ).fetchone()
                    seen.add(row or ())
                except Exception as error:
                    failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in readers:
        thread.start()
    for day in range(1, 6):
        rows = [(number, 7 if day % 2 else "7") for number in range(50)]
        kind = AS_NUMBER if day % 2 else "id bigint, value text"
        published(warehouse_db, day, rows, meant(REPLACE), columns=kind)
        time.sleep(0.05)
    stop.set()
    for thread in readers:
        thread.join()
    assert failed == []
    assert seen == {(50, 1, "7")}


@pytest.mark.parametrize("step", [REPLACE, MERGE], **BY_NAME)
def test_a_pinned_version_stays_and_nobody_goes_back_to_it(
    warehouse_db: str, step: PublishStep
) -> None:
    published(warehouse_db, 0, [(1, "20")], step)
    pin_version(warehouse_db, READINGS, 1, by="ada")
    published(warehouse_db, 1, [(1, 22)], meant(step), columns=AS_NUMBER)
    former = "SELECT id, value FROM store_silver_lab.readings__v1"
    assert query(warehouse_db, former) == [(1, "20")]
    assert [one.version for one in versions(warehouse_db, READINGS)] == [2, 1]
    for version in (1, None):
        with pytest.raises(SetupError, match="no way back to version 1: it has a former"):
            rollback(warehouse_db, READINGS, version)
    published(warehouse_db, 2, [(1, "attic")], meant(step), columns=WITHOUT)
    assert query(warehouse_db, former) == [(1, "20")], "another change takes it neither"
    unpin_version(warehouse_db, READINGS, 1, by="ada")
    for day in (3, 4):
        published(warehouse_db, day, [(1, f"room {day}")], step, columns=WITHOUT)
    assert 1 not in [one.version for one in versions(warehouse_db, READINGS)]
    assert query(warehouse_db, "SELECT to_regclass('store_silver_lab.readings__v1')") == [(None,)]
