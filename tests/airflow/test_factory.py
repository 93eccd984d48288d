"""Plan → DAG."""

from __future__ import annotations

from pathlib import Path

import pendulum
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import DataInterval, TimeRestriction

from medallion.airflow.factory import build_dag
from medallion.bank.size import Size
from medallion.plan.make import plan_loaded
from medallion.plan.sql_reader import sql_reader
from medallion.spec.load import load_spec

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
    plan = plan_loaded(loaded)
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


def test_a_pipeline_with_increments_can_be_told_to_read_all(tmp_path: Path) -> None:
    for name, text in (("changes", BY_CURSOR), ("sales", LATER_FIRST.partition("gold:")[0])):
        path = tmp_path / "specs" / "shop" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        dag = build_dag(plan_loaded(load_spec(path, tmp_path, sql_reader(tmp_path))), str(path))
        assert dict(dag.params) == ({"full_refresh": False} if name == "changes" else {})


def test_the_last_interval_ends_at_the_end_date(project_root: Path) -> None:
    """Airflow alone would run one more, which begins there."""
    path = project_root / "specs" / "finance" / "banking.yaml"
    plan = plan_loaded(load_spec(path, project_root, sql_reader(project_root)))
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
