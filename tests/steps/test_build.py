"""Gold from SQL on a real server: staged whole, keyed, and refused with the place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from tests.steps.staged import REPLACE, Run, query

from medallion.errors import DataRejected, WarehouseRefused
from medallion.names import Layer, PublishedTable, TableName, worker_of
from medallion.plan.model import BuildStep
from medallion.run import Run as RunValue
from medallion.steps import build
from medallion.steps.run import run_step
from medallion.warehouse.roles import domain_rights
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.tables.built import build_table

TOTALS = PublishedTable(layer=Layer.GOLD, domain="lab", name="totals")
STEP = BuildStep(
    table=TOTALS,
    sql="select n % 3 as bucket, count(*) as readings from generate_series(1, 9) as n group by 1",
    sql_path="include/sql/lab/totals.sql",
    upstream=(),
    primary_key=("bucket",),
)


def staged(url: str) -> str:
    return str(TOTALS.staging(Run(url=url, day=0).context().run_key))


def test_the_result_is_staged_logged_and_keyed(warehouse_db: str) -> None:
    for _ in range(2):  # a second try starts over
        result = build.run(STEP, Run(url=warehouse_db, day=0).context())
    assert result.rows_out == 3
    assert query(warehouse_db, f"SELECT * FROM {staged(warehouse_db)} ORDER BY 1") == [
        (0, 3), (1, 3), (2, 3),
    ]  # fmt: skip
    assert query(
        warehouse_db,
        f"SELECT relpersistence::text, (SELECT count(*) FROM pg_index WHERE indrelid = c.oid"
        f" AND indisunique) FROM pg_class AS c WHERE oid = '{staged(warehouse_db)}'::regclass",
    ) == [("p", 1)]


def test_a_role_whose_rights_are_in_step_has_logged_in_before_they_were_compared(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = Run(url=warehouse_db, day=0).context()
    build.run(STEP, context)  # makes the role

    def log_in(loader_url: str, role: DomainRole) -> psycopg.Connection:
        raise AssertionError(f"{role.name} has to log in once more")

    monkeypatch.setattr(domain_rights, "log_in", log_in)
    assert build.run(STEP, context).rows_out == 3
    with psycopg.connect(warehouse_db) as loader:
        name = worker_of("lab", loader.info.dbname)
        loader.execute(
            SQL("REVOKE CREATE ON SCHEMA staging_gold_lab FROM {}").format(Identifier(name))
        )
    with pytest.raises(AssertionError, match=f"{name} has to log in once more"):
        build.run(STEP, context)


def test_what_is_built_is_one_statement(warehouse_db: str) -> None:
    with (
        psycopg.connect(warehouse_db) as connection,
        pytest.raises(psycopg.errors.SyntaxError, match="cannot insert multiple commands"),
    ):
        build_table(connection, TableName("public", "made"), "SELECT 1 AS a; DROP SCHEMA public")


def test_the_run_fills_in_its_interval(warehouse_db: str) -> None:
    step = replace(
        STEP, sql="select :data_interval_start as a, :data_interval_end as b, :run_id as c",
        primary_key=(),
    )  # fmt: skip
    build.run(step, Run(url=warehouse_db, day=0).context())
    assert query(warehouse_db, f"SELECT * FROM {staged(warehouse_db)}") == [
        (
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 2, tzinfo=UTC),
            "scheduled__2026-01-01",
        )
    ]


def test_a_run_id_cannot_leave_its_quotes() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    shown = build.render(
        "select :run_id as a from silver_a.x",
        RunValue(dag_id="", run_id="x'; drop table y; --", interval_start=day, interval_end=day),
    )
    assert "'x''; drop table y; --'" in shown


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select 1 as bucket union all select 1", r"Key \(bucket\)=\(1\) is duplicated"),
        ("select null::int as bucket", "contains null values"),
    ],
)
def test_rows_without_a_proper_key_reject_the_data(
    sql: str, message: str, warehouse_db: str
) -> None:
    with pytest.raises(DataRejected, match=message):
        build.run(replace(STEP, sql=sql), Run(url=warehouse_db, day=0).context())


def test_a_key_that_the_select_does_not_have_is_said(warehouse_db: str) -> None:
    with pytest.raises(WarehouseRefused, match="selects no column for each of"):
        build.run(replace(STEP, sql="select 1 as a"), Run(url=warehouse_db, day=0).context())


REFUSED = [
    (
        "select 1 as bucket,\n  é.nope from (select 1 as nape) as é",
        "include/sql/lab/totals.sql:2:3: PostgreSQL refuses it: column é.nope does not exist"
        " [42703]\n    2 |   é.nope from (select 1 as nape) as é\n      |   ^",
        'Perhaps you meant to reference the column "é.nape"',
    ),
    (  # behind what the run fills in, and a semicolon
        ";select 'é' as a, :run_id as b,:data_interval_end as c, upper(1) as d",
        "include/sql/lab/totals.sql:1:57: PostgreSQL refuses it: function upper(integer) does not",
        "CAST",
    ),
    (
        "select :run_id + 1 as bucket",
        "totals.sql:1:16: PostgreSQL refuses it: operator does not exist: text + integer",
        "",
    ),
    (
        "select\t:run_id::int as bucket",
        "include/sql/lab/totals.sql: PostgreSQL refuses it: inv",
        "",
    ),
    (
        "select n as bucket,\n  1 / (n - n) as é\nfrom generate_series(1, 1) as n",
        "include/sql/lab/totals.sql: PostgreSQL refuses it: division by zero [22012]. It met this"
        " while it ran, at line 2:\n    2 |   1 / (n - n) as é\n      |     ^",
        "nullif(",
    ),
    (
        "select a::int as bucket,\n\n'2026-13-' || a::text::date\nfrom (values ('x')) as v (a)",
        "at one of the lines 1 and 3:\n    1 | select a::int as bucket,\n",
        "CASE",
    ),
    ("select sqrt(-n) as bucket from generate_series(1, 1) as n", "at line 1:", "root"),
    ("select 2147483647 + n as bucket from generate_series(1, 1) as n", "at line 1:", "bigint"),
]


@pytest.mark.parametrize(("sql", "problem", "remedy"), REFUSED)
def test_what_postgres_refuses_has_its_line_and_a_remedy(
    sql: str, problem: str, remedy: str, warehouse_db: str
) -> None:
    with pytest.raises(WarehouseRefused) as refused:
        build.run(replace(STEP, sql=sql), Run(url=warehouse_db, day=0).context())
    assert problem in refused.value.problem
    assert remedy in refused.value.remedy
    assert "untouched" in refused.value.remedy


def test_a_table_that_nobody_has_published_yet_is_named(warehouse_db: str) -> None:
    table = TableName("silver_shop", "orders")
    step = replace(STEP, sql="select 1 as bucket from silver_shop.orders", upstream=(table,))
    with pytest.raises(WarehouseRefused, match=r"reads silver_shop\.orders, which nobody has publ"):
        build.run(step, Run(url=warehouse_db, day=0).context())


def test_sql_that_is_not_one_select_never_reaches_the_server(warehouse_db: str) -> None:
    with psycopg.connect(warehouse_db) as connection:
        connection.execute("CREATE TABLE public.precious (a int)")
    step = replace(STEP, sql="select 1; drop table public.precious")
    with pytest.raises(WarehouseRefused, match="one SELECT"):
        build.run(step, Run(url=warehouse_db, day=0).context())
    assert query(warehouse_db, "SELECT count(*) FROM public.precious") == [(0,)]


def test_what_was_built_from_older_tables_does_not_hide_what_was_built_from_newer(
    warehouse_db: str,
) -> None:
    """Two runs at once: the one that built first comes last to its publication."""
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(
            "CREATE SCHEMA silver_lab; CREATE TABLE silver_lab.source AS"
            " SELECT 1 AS bucket, 'old' AS said"
        )
    step = replace(STEP, sql="select bucket, said from silver_lab.source")
    publishing = replace(REPLACE, table=TOTALS, primary_key=("bucket",), column_descriptions={})
    slow, quick = (Run(url=warehouse_db, day=day).context() for day in (1, 0))
    run_step(step, replace(slow, task_id="totals.build"))
    with psycopg.connect(warehouse_db) as connection:
        connection.execute("UPDATE silver_lab.source SET said = 'new'")
    run_step(step, replace(quick, task_id="totals.build"))
    for context in (quick, slow):
        run_step(publishing, replace(context, task_id="totals.publish"))
    assert query(warehouse_db, "SELECT said FROM gold_lab.totals") == [("new",)]
    # A backfilled day's run that builds later has seen more, whatever its interval.
    run_step(step, replace(quick, task_id="totals.build"))
    run_step(publishing, replace(quick, task_id="totals.publish"))
    assert query(
        warehouse_db, "SELECT version, is_current FROM medallion.publications ORDER BY 1"
    ) == [(1, False), (2, False), (3, True)]
