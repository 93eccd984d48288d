"""The second wall alone: without the parser PostgreSQL refuses what is not the domain's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.errors import CheckCrashed, MedallionError, WarehouseRefused
from medallion.names import Layer, PublishedTable, TableName
from medallion.plan.model import BuildStep, GateStep
from medallion.spec.models.queries import QueryReading
from medallion.spec.models.sharing import ShareWith
from medallion.steps import build
from medallion.steps.domain.role import domain_role_of
from medallion.steps.gate import staging as gate_staging
from medallion.steps.gate import step as gate
from medallion.steps.publish import step as publish
from medallion.warehouse.session.transaction import session

TOTALS = PublishedTable(layer=Layer.GOLD, domain="lab", name="totals")
ORDERS = PublishedTable(layer=Layer.SILVER, domain="shop", name="orders")
BUILD = BuildStep(table=TOTALS, sql="", sql_path="include/sql/lab/totals.sql", upstream=())

OTHERS = """
CREATE SCHEMA silver_shop; CREATE TABLE silver_shop.orders AS SELECT 1 AS id;
CREATE SCHEMA quarantine_silver_shop; CREATE TABLE quarantine_silver_shop.orders AS SELECT 1 AS id;
CREATE SCHEMA staging_silver_shop; CREATE TABLE staging_silver_shop.orders__x AS SELECT 1 AS id;
CREATE TABLE silver_lab.plain AS SELECT 1 AS id; ANALYZE silver_shop.orders;
CREATE TABLE public.precious AS SELECT 1 AS id;
"""

FOREIGN = {
    "the registry": ("select count(*) from medallion.publications", "schema medallion"),
    "another domain": ("select id from silver_shop.orders", "orders|schema silver_shop"),
    "quarantine": ("select id from quarantine_silver_shop.orders", "quarantine_silver_shop"),
    "staging": ("select id from staging_silver_shop.orders__x", "staging_silver_shop"),
    "own store": ("select id from store_silver_lab.readings", "store_silver_lab"),
    "nobody's": ("select id from public.precious", "precious"),
    "by name in a text": (
        "select query_to_xml('select * from medallion.loads', true, false, '')", "medallion",
    ),
    "back to the loader": (
        "select set_config('role', (select rolname from pg_roles where pg_has_role(rolname,"
        " current_user, 'MEMBER') and rolname <> current_user and not rolsuper limit 1), false)",
        "role",
    ),
    "a file of the server": ("select pg_read_file('PG_VERSION')", "pg_read_file"),
}  # fmt: skip


@pytest.fixture(scope="module")
def run(module_warehouse_db: str) -> Run:
    """A run of `lab` whose readings are published once and staged again, beside another domain."""
    run = Run(url=module_warehouse_db, day=0)
    run.stage([(1, "a"), (2, "b")])
    publish.run(REPLACE, run.context())
    run.stage([(1, "a"), (2, "b")])
    with psycopg.connect(run.url) as connection:
        connection.execute(OTHERS)
    return run


@pytest.fixture
def no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first wall is away: what is written reaches the server as it is."""
    nothing = QueryReading(upstream=(), problems=())
    monkeypatch.setattr(build, "read_query", lambda text: nothing)
    monkeypatch.setattr(build, "select_with", lambda text, values: text)
    monkeypatch.setattr(gate_staging, "query_problems", lambda text: ())
    monkeypatch.setattr(gate_staging, "query_tables", lambda text: ())


def built(run: Run, text: str) -> None:
    build.run(replace(BUILD, sql=text), run.context())


def check(text: str, on_failure: OnFailure = OnFailure.FAIL) -> GateStep:
    planned = PlannedCheck(
        check_id="rows",
        name="unexpected_rows_expectation",
        expectation="unexpected_rows_expectation",
        kwargs={"unexpected_rows_query": text},
        on_failure=on_failure,
    )
    return GateStep(layer=Layer.SILVER, table=READINGS, checks=(planned,))


@pytest.mark.usefixtures("no_parser")
@pytest.mark.parametrize("kind", FOREIGN)
def test_a_build_reaches_nothing_but_what_is_its_domains(run: Run, kind: str) -> None:
    text, names = FOREIGN[kind]
    with pytest.raises(WarehouseRefused, match=names) as refused:
        built(run, text)
    assert str(refused.value).startswith("gold_lab.totals: include/sql/lab/totals.sql asks for")
    assert "the domain lab has no right to" in refused.value.problem
    assert "share_with: [lab]" in refused.value.remedy
    assert not query(run.url, f"SELECT 1 FROM pg_tables WHERE tablename LIKE '{TOTALS.name}%'")


@pytest.mark.usefixtures("no_parser")
@pytest.mark.parametrize(
    "text",
    [
        "with gone as (delete from silver_lab.plain returning 1) select * from gone",
        "select 1; drop table silver_lab.plain",
        "select 1; create table staging_gold_lab.more as select 1",
    ],
)
def test_a_build_changes_nothing(run: Run, text: str) -> None:
    with pytest.raises(WarehouseRefused):
        built(run, text)
    assert query(run.url, "SELECT count(*) FROM silver_lab.plain") == [(1,)]


@pytest.mark.usefixtures("no_parser")
@pytest.mark.parametrize("kind", FOREIGN)
def test_a_check_reaches_nothing_but_what_is_its_domains(run: Run, kind: str) -> None:
    text, names = FOREIGN[kind]
    step = check(f"select * from ({text}) as x, {{batch}}")
    with pytest.raises(CheckCrashed, match=names) as refused:
        gate.run(step, run.context())
    assert "silver_lab.readings: the check rows" in refused.value.problem
    assert "of the domain lab" in refused.value.problem
    assert "share_with: [lab]" in refused.value.remedy


@pytest.mark.usefixtures("no_parser")
def test_a_check_writes_nothing(run: Run) -> None:
    text = "with gone as (delete from {batch} returning *) select * from gone"
    with pytest.raises(MedallionError):
        gate.run(check(text), run.context())
    with pytest.raises(CheckCrashed, match="read-only transaction"):
        gate.run(check("select lo_create(0) from {batch}"), run.context())
    assert query(run.url, "SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]


WALLED = """
select id from silver_shop.orders
select id from staging_silver_shop.orders__x
select id from quarantine_silver_shop.orders
select id from store_silver_lab.readings
select * from medallion.publications
select rolpassword from pg_authid
select current_setting('data_directory')
select * from pg_hba_file_rules
select data from pg_largeobject
select pg_ls_dir('.')
select lo_import('/etc/hostname')
select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user
select pg_log_backend_memory_contexts(pg_backend_pid())
select pg_switch_wal()
copy (select 1) to '/tmp/x'
copy (select 1) to program 'true'
create temporary table t (a int)
create table public.t (a int)
create table silver_lab.t (a int)
create table gold_lab.t (a int)
create table staging_silver_lab.t (a int)
create function pg_temp.f() returns int language sql as 'select 1'
create schema s
create database d
create role r
alter role current_user createrole
alter system set fsync = off
set role postgres
set session authorization postgres
truncate silver_lab.plain
drop table silver_lab.plain
comment on table silver_lab.plain is 'x'
checkpoint
load 'auto_explain'
""".strip().splitlines()


def test_who_logs_in_as_the_role_reaches_nothing_but_what_is_its_domains(run: Run) -> None:
    """Not even by whole statements, which a build and a check cannot run."""
    built(run, "select 1 as bucket")
    with session(run.url, "asking for the role") as loader:
        role = domain_role_of(loader, run.context(), TOTALS, reads=(), builds=True)
    reached = []
    with psycopg.connect(role.url, autocommit=True) as connection:
        for statement in WALLED:
            try:
                connection.execute(statement)
            except errors.InsufficientPrivilege:
                continue
            reached.append(statement)
        seen = connection.execute(
            "SELECT query FROM pg_stat_activity WHERE usename <> current_user"
            " AND query NOT IN ('', '<insufficient privilege>')"
            " UNION ALL SELECT tablename FROM pg_stats WHERE schemaname LIKE '%shop'"
        ).fetchall()
    assert (reached, seen) == ([], [])


def test_a_query_that_looks_into_another_domain_names_it(run: Run) -> None:
    step = check("select * from {batch} where id not in (select id from silver_shop.orders)")
    with pytest.raises(WarehouseRefused, match=r"reads silver_shop\.orders, which the domain lab"):
        gate.run(step, run.context())


def test_a_check_that_looks_into_another_domain_needs_its_share_with(run: Run) -> None:
    orphans = PlannedCheck(
        check_id="orphans",
        name="foreign_key",
        expectation="unexpected_rows_expectation",
        kwargs={"foreign_key": {"column": "id", "to": "silver_shop.orders.id"}},
        on_failure=OnFailure.QUARANTINE,
    )
    step = GateStep(layer=Layer.SILVER, table=READINGS, checks=(orphans,))
    refused = r"silver_lab\.readings reads silver_shop\.orders, which the domain lab may not read"
    with pytest.raises(WarehouseRefused, match=refused):
        gate.run(step, run.context())
    shared(run, ("lab",))
    result = gate.run(step, run.context())
    assert (result.rows_out, result.rows_quarantined) == (1, 1)
    shared(run, ())
    with pytest.raises(WarehouseRefused, match=refused):
        gate.run(step, run.context())


@pytest.mark.parametrize("share_with", [("lab",), "public"])
def test_a_build_reads_what_is_shared_with_its_domain(run: Run, share_with: ShareWith) -> None:
    step = replace(BUILD, sql="select id from silver_shop.orders", upstream=(ORDERS.public,))
    with pytest.raises(WarehouseRefused, match=r"reads silver_shop\.orders, which the domain lab"):
        build.run(step, run.context())
    shared(run, share_with)
    assert build.run(step, run.context()).rows_out == 1
    shared(run, ())
    with pytest.raises(WarehouseRefused, match=r"share_with: \[lab\]"):
        build.run(step, run.context())


def test_what_a_spec_shares_by_now_need_not_wait_for_its_next_publication(
    run: Run, tmp_path: Path
) -> None:
    spec = tmp_path / "specs/shop/orders.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text(
        "description: A shop.\ndatasets:\n  orders:\n"
        "    source: {type: file, path: include/data/shop/orders.csv}\n"
        "    silver: {columns: {id: {type: bigint}}, share_with: [lab]}\n"
    )
    with psycopg.connect(run.url) as connection:
        connection.execute(
            "INSERT INTO medallion.publications OVERRIDING SYSTEM VALUE SELECT"
            ' (jsonb_populate_record(p, \'{"domain": "shop", "table_name": "orders",'
            ' "dag_id": "shop.orders", "publication_id": 99}\')).*'
            " FROM medallion.publications AS p LIMIT 1"
        )
    step = replace(BUILD, sql="select id from silver_shop.orders", upstream=(ORDERS.public,))
    context = replace(run.context(), project_root=tmp_path)
    assert build.run(step, context).rows_out == 1
    spec.write_text(spec.read_text().replace(", share_with: [lab]", ""))
    shared(run, ())
    with pytest.raises(WarehouseRefused, match=r"share_with: \[lab\]"):
        build.run(step, context)


def shared(run: Run, share_with: ShareWith) -> None:
    """As a publication of the shop's orders would say it."""
    from medallion.warehouse.roles import readers

    with psycopg.connect(run.url) as connection:
        readers.bring_in_step(connection, ORDERS, (), share_with)


def test_a_built_table_is_the_loaders_alone_and_of_the_very_types(run: Run) -> None:
    text = (
        "select 1::numeric(18,2) as amount, 'x'::varchar(7) as code, 'b' collate \"C\" as sorted,"
        " array['a'] as tags"
    )
    build.run(replace(BUILD, sql=text), run.context())
    staging = TableName.parse(str(TOTALS.staging(run.context().run_key)))
    columns = query(
        run.url,
        "SELECT format_type(atttypid, atttypmod), attcollation::regcollation::text"
        f" FROM pg_attribute WHERE attrelid = '{staging}'::regclass AND attnum > 0 ORDER BY attnum",
    )
    assert columns == [
        ("numeric(18,2)", "-"), ("character varying(7)", '"default"'), ("text", '"C"'),
        ("text[]", '"default"'),
    ]  # fmt: skip
    assert query(
        run.url,
        "SELECT relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user),"
        f" coalesce(relacl::text LIKE '%worker_%', false) FROM pg_class"
        f" WHERE oid = '{staging}'::regclass",
    ) == [(True, False)]
