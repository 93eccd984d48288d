"""A table of `for_each_table` is one task, which does what its five would, and fails alone."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException
from tests.docs.pages import MIDNIGHT
from tests.steps.staged import query

from medallion.airflow.factory import build_dag
from medallion.airflow.links import LandingLink
from medallion.airflow.table_groups import IN_ONE_GROUP
from medallion.airflow.table_operator import TableOperator
from medallion.plan.make import make_plan
from medallion.plan.model import Plan
from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader
from medallion.steps.context import StepContext

SPEC = """\
description: A copy of a shop's database.
for_each_table:
  conn_id: shop_db
  listing: null
  tables:
    shops: {silver: {primary_key: [id], columns: {id: {type: bigint}}}}
    orders:
      execution_timeout: 10m
      silver:
        columns: {id: {type: bigint}, shop: {type: bigint}}
        checks: [{foreign_key: {column: shop, to: silver_shop.shops.id}}]
    asked: {silver: {columns: {id: {type: bigint}}, approval: {required: always}}}
gold:
  best: {sql: best.sql}
"""


def plan_of(root: Path, spec: str = SPEC) -> Plan:
    files = {
        "specs/shop/mirror.yaml": spec,
        "include/sql/shop/best.sql": "select shop from silver_shop.orders",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return make_plan(load_spec(root / "specs/shop/mirror.yaml", root, sql_reader(root)))


def dag_of(root: Path, spec: str = SPEC) -> DAG:
    return build_dag(plan_of(root, spec), str(root / "specs/shop/mirror.yaml"))


def test_a_table_is_one_task_by_its_name(tmp_path: Path) -> None:
    dag = dag_of(tmp_path)
    dag.check_cycle()
    assert [one for one in dag.task_ids if one.partition(".")[0] in ("shops", "orders")] == [
        "shops.publish",
        "orders.publish",
    ]
    orders = dag.get_task("orders.publish")
    assert isinstance(orders, TableOperator)
    assert orders.task_display_name == "orders"
    assert orders.upstream_task_ids == {"shops.publish"}
    assert orders.execution_timeout == timedelta(minutes=10)
    assert dag.get_task("shops.publish").execution_timeout == timedelta(hours=12)
    assert dag.get_task("best.build").upstream_task_ids == {"orders.publish"}
    (landing,) = (one for one in orders.operator_extra_links if isinstance(one, LandingLink))
    assert landing.address == "orders.publish"


def test_one_that_waits_for_a_person_has_its_five(tmp_path: Path) -> None:
    dag = dag_of(tmp_path)
    tasks = [one for one in dag.task_ids if one.startswith("asked.")]
    assert [one.partition(".")[2] for one in tasks] == [
        "land", "gate_bronze", "clean", "gate_silver", "publish",
    ]  # fmt: skip


def test_many_tables_are_few_groups(tmp_path: Path) -> None:
    tables = "".join(
        f"    t{at:03}: {{silver: {{columns: {{id: {{type: bigint}}}}}}}}\n" for at in range(260)
    )
    spec = f"description: Many.\nfor_each_table:\n  conn_id: shop_db\n  tables:\n{tables}"
    dag = dag_of(tmp_path, spec)
    groups = {one.group_id: one for one in dag.task_group.children.values()}
    assert list(groups) == [f"tables-{number:02}" for number in range(1, 12)]
    assert list(groups) == sorted(groups), "as Airflow shows them: those of its database"
    assert {len(one.children) for one in groups.values()} == {IN_ONE_GROUP, 11}
    assert groups["tables-01"].group_display_name == "t000 … t024"
    assert "source_tables.publish" in dag.task_ids


@pytest.fixture
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop's database."""
    file = tmp_path_factory.mktemp("elsewhere") / "shop.db"
    with closing(sqlite3.connect(file)) as shop:
        shop.execute("CREATE TABLE shops (id INTEGER)")
        shop.execute("CREATE TABLE orders (id INTEGER, shop INTEGER)")
        shop.execute("INSERT INTO shops VALUES (1)")
        shop.execute("INSERT INTO orders VALUES (1, 1), (2, 1)")
        shop.commit()
    return file


@pytest.fixture
def context(file: Path, tmp_path: Path, warehouse_db: str) -> StepContext:
    details = ConnectionDetails(conn_id="shop_db", conn_type="sqlite", host=str(file))
    return StepContext(
        run=Run(
            dag_id="shop.mirror",
            run_id="manual",
            interval_start=MIDNIGHT,
            interval_end=MIDNIGHT + timedelta(days=1),
        ),
        task_id="",
        try_number=1,
        project_root=tmp_path,
        lake_root=str(tmp_path / "lake"),
        warehouse_url=warehouse_db,
        connection=lambda _: details,
        log=logging.getLogger("medallion"),
    )


def test_it_runs_all_steps_and_records_each(
    context: StepContext, warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dag = dag_of(context.project_root)
    for name in ("shops.publish", "orders.publish"):
        left = run(dag.get_task(name), context, monkeypatch)
    assert left["rows_out"] == 2
    assert str(left["landing"]).startswith(str(context.project_root / "lake/bronze/shop/orders"))
    assert query(warehouse_db, "SELECT id, shop FROM silver_shop.orders ORDER BY 1") == [
        (1, 1),
        (2, 1),
    ]
    recorded = query(
        warehouse_db,
        "SELECT task_id, status FROM medallion.task_runs WHERE task_id LIKE 'orders.%'"
        " ORDER BY started_at",
    )
    assert recorded == [
        (f"orders.{step}", "success")
        for step in ("land", "gate_bronze", "clean", "gate_silver", "publish")
    ]


def test_a_failed_step_is_named_and_a_retry_begins_at_the_landing(
    context: StepContext, file: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dag = dag_of(context.project_root)
    run(dag.get_task("shops.publish"), context, monkeypatch)
    with closing(sqlite3.connect(file)) as shop:
        shop.execute("UPDATE orders SET shop = 7 WHERE id = 2")
        shop.commit()
    orders = dag.get_task("orders.publish")
    with pytest.raises(AirflowFailException, match="foreign_key"):
        run(orders, context, monkeypatch)
    assert orders.running == "orders.gate_silver"
    with closing(sqlite3.connect(file)) as shop:
        shop.execute("UPDATE orders SET shop = 1")
        shop.commit()
    assert run(orders, context, monkeypatch)["rows_out"] == 2
    assert query(warehouse_db, "SELECT count(*) FROM silver_shop.orders") == [(2,)]


def run(operator: Any, context: StepContext, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setattr(operator, "step_context", lambda _: context)
    monkeypatch.setattr(operator, "announce", lambda *_: None)
    left: dict[str, object] = operator.execute({})
    return left
