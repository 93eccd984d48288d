"""Plan → DAG."""

from __future__ import annotations

from pathlib import Path

import pendulum
import pytest
from airflow.assets.evaluation import AssetEvaluator
from airflow.sdk import DAG, BaseOperator
from airflow.serialization.definitions.assets import SerializedAssetUniqueKey
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import DataInterval, TimeRestriction

from medallion.airflow.assets import Assets, bare_asset
from medallion.airflow.factory import OPERATORS, build_dag
from medallion.airflow.operators import StepOperator
from medallion.airflow.table_operator import TableOperator
from medallion.bank.size import Size
from medallion.names import TableName
from medallion.plan.asset_facts import write_facts
from medallion.plan.make import make_plan
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader

LATER_FIRST = """\
description: Each table stands before the one that it reads.
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver:
      columns:
        shop: {type: text, lookup: {dataset: shops, key: id, value: name}}
  shops:
    source: {type: file, path: include/data/shop/shops.csv}
    silver: {columns: {id: {type: text}, name: {type: text}}}
gold:
  best: {sql: best.sql}
  sums: {sql: sums.sql}
"""


def test_a_spec_may_name_its_tables_in_any_order(tmp_path: Path) -> None:
    files = {
        "specs/shop/sales.yaml": LATER_FIRST,
        "include/sql/shop/best.sql": "select shop from gold_shop.sums",
        "include/sql/shop/sums.sql": "select shop from silver_shop.orders",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    path = tmp_path / "specs" / "shop" / "sales.yaml"
    loaded = load_spec(path, tmp_path, sql_reader(tmp_path))
    plan = make_plan(loaded)
    dag = build_dag(plan, str(path))
    dag.check_cycle()
    assert dag.get_task("orders.clean").upstream_task_ids == {
        "orders.gate_bronze",
        "shops.publish",
    }
    assert dag.get_task("best.build").upstream_task_ids == {"sums.publish"}
    assert dag.get_task("sums.build").upstream_task_ids == {"orders.publish"}
    assert all(
        dag.get_task(task.task_id).execution_timeout == task.execution_timeout is not None
        for task in plan.tasks
    )


BY_CURSOR = """\
description: What changed.
datasets:
  orders:
    source:
      type: rest
      conn_id: shop_api
      path: orders
      params: {since: ":cursor"}
      cursor: {field: id, initial_value: 0}
    silver:
      primary_key: [id]
      write_disposition: merge
      columns: {id: {type: bigint}}
"""


def test_a_pipeline_with_increments_can_be_reported_to_read_all(tmp_path: Path) -> None:
    for name, text in (("changes", BY_CURSOR), ("sales", LATER_FIRST.partition("gold:")[0])):
        path = tmp_path / "specs" / "shop" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        dag = build_dag(make_plan(load_spec(path, tmp_path, sql_reader(tmp_path))), str(path))
        assert dict(dag.params) == ({"full_refresh": False} if name == "changes" else {})


def test_a_dag_is_hashed_without_its_tasks(project_root: Path) -> None:
    """Airflow hashes the DAG with each edge: with all tasks in it that grows with their square."""
    path = project_root / "specs" / "finance" / "banking.yaml"
    plan = make_plan(load_spec(path, project_root, sql_reader(project_root)))
    dag, same = build_dag(plan, str(path)), build_dag(plan, str(path))
    assert hash(dag) == hash(same) == hash(dag.dag_id)


def test_a_dag_has_what_airflow_is_configured_with(
    project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read once for all DAGs of a parse, and not by each of them."""
    path = project_root / "specs" / "finance" / "banking.yaml"
    plan = make_plan(load_spec(path, project_root, sql_reader(project_root)))
    for tasks, failed, newest in (("16", "0", "False"), ("7", "3", "True")):
        monkeypatch.setenv("AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG", tasks)
        monkeypatch.setenv("AIRFLOW__CORE__MAX_CONSECUTIVE_FAILED_DAG_RUNS_PER_DAG", failed)
        monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DISABLE_BUNDLE_VERSIONING", newest)
        dag, plain = build_dag(plan, str(path)), DAG("lab.plain")
        for name in ("max_active_tasks", "max_consecutive_failed_dag_runs"):
            assert getattr(dag, name) == getattr(plain, name), name
        assert (
            dag.disable_bundle_versioning is plain.disable_bundle_versioning is (newest == "True")
        )
        assert (dag.max_active_tasks, dag.max_consecutive_failed_dag_runs) == (
            int(tasks),
            int(failed),
        )


@pytest.mark.parametrize("kind", [*OPERATORS.values(), TableOperator])
def test_a_step_s_operator_has_no_init(kind: type[StepOperator]) -> None:
    """Airflow wraps each in checks and copies: one more is a fifteenth of a DAG."""
    assert kind.__init__ is BaseOperator.__init__


def test_the_last_interval_ends_at_the_end_date(project_root: Path) -> None:
    """Airflow alone would run one more, which begins there."""
    path = project_root / "specs" / "finance" / "banking.yaml"
    plan = make_plan(load_spec(path, project_root, sql_reader(project_root)))
    dag = build_dag(plan, str(path))
    between = TimeRestriction(
        pendulum.instance(dag.start_date), pendulum.instance(dag.end_date), catchup=True
    )
    intervals: list[DataInterval] = []
    timetable = coerce_to_core_timetable(dag.timetable)
    while run := timetable.next_dagrun_info(
        last_automated_data_interval=intervals[-1] if intervals else None, restriction=between
    ):
        intervals.append(run.data_interval)
    assert len(intervals) == Size().days
    assert intervals[-1].end == plan.settings.end_date


A, B, C = (TableName("silver_shop", name) for name in "abc")


@pytest.mark.parametrize(
    ("wait_for", "ended", "starts", "waits"),
    [
        ("all", set(), {A, B, C}, {A, B}),
        ("any", set(), {C}, set()),
        # What has ended is not waited for, and starts a run if it does come.
        ("all", {C}, {A, B}, {A}),
        ("all", {C}, {C}, {A}),
        ("all", {A, B, C}, {B}, set()),
        ("any", {C}, {C}, set()),
        # By an expression.
        ("{all: [silver_shop.a, {any: [silver_shop.b, silver_shop.c]}]}", set(), {A, C}, {B, C}),
        ("{all: [silver_shop.a, {any: [silver_shop.b, silver_shop.c]}]}", set(), {A, B}, {A}),
        ("{any: [silver_shop.a, {all: [silver_shop.b, silver_shop.c]}]}", set(), {A}, {B}),
        ("{any: [silver_shop.a, {all: [silver_shop.b, silver_shop.c]}]}", set(), {B, C}, {C}),
        ("{any: [silver_shop.a, all]}", set(), {A}, {B, C}),
        ("silver_shop.b", set(), {B}, {A, C}),
        # What has ended is left out of it, in `all` and in `any`.
        ("{all: [silver_shop.a, {any: [silver_shop.b, silver_shop.c]}]}", {B, C}, {A}, set()),
        ("{all: [silver_shop.a, {any: [silver_shop.b, silver_shop.c]}]}", {A}, {B}, set()),
        ("{all: [silver_shop.a, {any: [silver_shop.b, silver_shop.c]}]}", {B}, {B}, {A}),
        ("{any: [silver_shop.a, {all: [silver_shop.b, silver_shop.c]}]}", {C}, {B}, set()),
        ("{all: [silver_shop.a, silver_shop.b]}", {A, B}, {B}, {C}),
    ],
)
def test_what_a_pipeline_waits_for(
    tmp_path: Path,
    wait_for: str,
    ended: set[TableName],
    starts: set[TableName],
    waits: set[TableName],
) -> None:
    sql = " union all ".join(f"select id from {table}" for table in (A, B, C))
    for name, text in {
        "specs/shop/sums.yaml": "description: x\ngold: {sums: {sql: s.sql}}\n"
        f"wait_for: {wait_for}",
        "include/sql/shop/s.sql": sql,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    path = tmp_path / "specs/shop/sums.yaml"
    plan = make_plan(load_spec(path, tmp_path, sql_reader(tmp_path)))
    known = {str(table): write_facts({"layer": "silver"}) for table in (A, B, C)}
    dag = build_dag(plan, str(path), frozenset(ended), assets=Assets(plan, known))
    timetable = coerce_to_core_timetable(dag.timetable)

    def runs(published: set[TableName]) -> bool:
        """As the scheduler asks it."""
        keys = {
            SerializedAssetUniqueKey(name=str(t), uri=bare_asset(t).uri): True for t in published
        }
        evaluator = AssetEvaluator(None)  # type: ignore[arg-type]  # no alias is in it
        return evaluator.run(timetable.asset_condition, keys)

    assert runs(starts)
    assert not runs(waits)
