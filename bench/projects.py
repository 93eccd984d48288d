"""The same pipelines three times: as specs, as a Python loop, and as dag-factory's YAML.

Each pipeline is a dataset (land, gate_bronze, clean, gate_silver, publish) and a gold table (build,
gate, publish): 8 tasks in 2 groups.
"""

from __future__ import annotations

import shutil
from pathlib import Path

SPECS_A_DOMAIN = 50
TASKS = 8

SPEC = """\
description: Orders of shop {number} and what they bring in.
owner: team-{domain}
schedule: "@daily"
start_date: 2026-01-01
tags: [orders, bench]

datasets:
  orders_{number}:
    description: The orders of shop {number}, one row per order.
    source: {{type: file, format: csv, path: include/data/{domain}/orders_{number}.csv}}
    bronze:
      checks:
        - row_count: {{min_value: 1}}
    silver:
      primary_key: [order_id]
      columns:
        order_id:   {{from: Order, type: bigint}}
        customer:   {{from: Customer, type: text, clean: [trim, squeeze]}}
        ordered_on: {{from: Date, type: date}}
        amount:     {{from: Amount, type: "decimal(18,2)", clean: [money]}}
        quantity:   {{from: Quantity, type: integer}}
        status:     {{from: Status, type: text, clean: [trim, lower]}}
      checks:
        - unique: {{column: order_id}}
        - between: {{column: quantity, min_value: 1}}
        - accepted_values: {{column: status, values: [open, paid, sent, returned]}}

gold:
  revenue_{number}:
    description: The revenue of shop {number}, one row per day.
    sql: revenue_{number}.sql
    primary_key: [ordered_on]
    checks:
      - not_null: {{column: revenue}}
"""

SQL = """\
-- What shop {number} takes in a day.
select ordered_on, count(*) as orders, sum(amount) as revenue
from silver_{domain}.orders_{number}
where status <> 'returned'
group by ordered_on
"""

MEDALLION_DAGS = """\
from medallion.airflow.loader import load_dags

globals().update(load_dags())
"""

LOOP_DAGS = """\
from datetime import datetime, timedelta, timezone

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, TaskGroup

from bench.operators import HandWrittenOperator

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
STEPS = {{
    "orders": ("land", "gate_bronze", "clean", "gate_silver", "publish"),
    "revenue": ("build", "gate", "publish"),
}}

for number in range({specs}):
    domain = f"domain_{{number // {a_domain}}}"
    dag = DAG(
        dag_id=f"{{domain}}.pipeline_{{number}}",
        description=f"Orders of shop {{number}} and what they bring in.",
        doc_md=f"Orders of shop {{number}} and what they bring in. Owner: team-{{domain}}.",
        schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        tags=[domain, "orders", "bench"],
    )
    last = None
    for kind, steps in STEPS.items():
        table = f"{{kind}}_{{number}}"
        group = TaskGroup(group_id=table, dag=dag)
        for step in steps:
            outlets = [Asset(name=f"{{domain}}.{{table}}")] if step == "publish" else []
            task = HandWrittenOperator(
                task_id=step,
                dag=dag,
                task_group=group,
                table=table,
                detail={{"step": step, "domain": domain}},
                outlets=outlets,
                owner=f"team-{{domain}}",
                retries=2,
                retry_delay=timedelta(minutes=1),
                retry_exponential_backoff=True,
            )
            if last is not None:
                last.set_downstream(task)
            last = task
    globals()[dag.dag_id] = dag
"""

DAG_FACTORY_DAGS = """\
from dagfactory import load_yaml_dags

load_yaml_dags(globals_dict=globals(), dags_folder={folder!r})
"""

DAG_FACTORY_HEAD = """\
{domain}.pipeline_{number}:
  description: Orders of shop {number} and what they bring in.
  default_args:
    owner: team-{domain}
    start_date: 2026-01-01
    retries: 2
    retry_delay_sec: 60
    retry_exponential_backoff: true
  schedule: "@daily"
  catchup: false
  max_active_runs: 1
  tags: [{domain}, orders, bench]
  task_groups:
    orders_{number}: {{tooltip: orders}}
    revenue_{number}: {{tooltip: revenue}}
  tasks:
"""

DAG_FACTORY_TASK = """\
    {step}_{table}:
      operator: bench.operators.HandWrittenOperator
      task_group_name: {table}
      table: {table}
      detail: {{step: {step}, domain: {domain}}}
"""

STEPS = {
    "orders": ("land", "gate_bronze", "clean", "gate_silver", "publish"),
    "revenue": ("build", "gate", "publish"),
}


def domain_of(number: int, a_domain: int = SPECS_A_DOMAIN) -> str:
    """The domain of a pipeline, where each domain has so many."""
    return f"domain_{number // a_domain}"


def starting_tasks(
    root: Path, file: Path, number: int, a_domain: int = SPECS_A_DOMAIN
) -> dict[str, object]:
    """What `bench.sides.start_task` starts: the tasks of one pipeline, one after the other."""
    return {
        "file": str(file),
        "root": str(root),
        "dag_id": f"{domain_of(number, a_domain)}.pipeline_{number}",
        "task_ids": [f"{kind}_{number}.{step}" for kind, steps in STEPS.items() for step in steps],
    }


def write_medallion(root: Path, specs: int, a_domain: int = SPECS_A_DOMAIN) -> Path:
    """A project of so many specs with its SQL; the file that loads its DAGs."""
    shutil.rmtree(root, ignore_errors=True)
    for number in range(specs):
        domain = domain_of(number, a_domain)
        for folder, name, text in (
            (f"specs/{domain}", f"pipeline_{number}.yaml", SPEC),
            (f"include/sql/{domain}", f"revenue_{number}.sql", SQL),
        ):
            path = root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(number=number, domain=domain))
    return _dags_file(root, MEDALLION_DAGS)


def forget_what_was_read(root: Path) -> None:
    """Remove what Medallion keeps between parses: each spec is as new to it as if just written."""
    shutil.rmtree(root / ".medallion", ignore_errors=True)


def write_loop(root: Path, specs: int) -> Path:
    """The same DAGs, written by hand as a loop."""
    shutil.rmtree(root, ignore_errors=True)
    return _dags_file(root, LOOP_DAGS.format(specs=specs, a_domain=SPECS_A_DOMAIN))


def write_dag_factory(root: Path, specs: int) -> Path:
    """The same DAGs as dag-factory's YAML, a file each, and the file that its manual shows."""
    shutil.rmtree(root, ignore_errors=True)
    for number in range(specs):
        path = root / "yaml" / domain_of(number) / f"pipeline_{number}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_dag_factory_yaml(number))
    return _dags_file(root, DAG_FACTORY_DAGS.format(folder=str(root / "yaml")))


def _dag_factory_yaml(number: int) -> str:
    domain, before = domain_of(number), ""
    text = DAG_FACTORY_HEAD.format(number=number, domain=domain)
    for kind, steps in STEPS.items():
        table = f"{kind}_{number}"
        for step in steps:
            text += DAG_FACTORY_TASK.format(step=step, table=table, domain=domain)
            text += f"      dependencies: [{before}]\n" if before else ""
            before = f"{step}_{table}"
    return text


def _dags_file(root: Path, text: str) -> Path:
    path = root / "dags" / "pipelines.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
