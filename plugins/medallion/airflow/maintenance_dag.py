"""The DAG that keeps what the specs say is kept, and no more: a task for each domain, and one for
environments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, CronTriggerTimetable, Param

from medallion.airflow.upkeep import EnvironmentsOperator, MaintenanceOperator
from medallion.spec.load.discover import discover

DAG_ID = "medallion.maintenance"
ENVIRONMENTS = "unused__environments"
"""The task that drops environments. No domain has its name."""

_DOC = """\
Deletes landings and rows of quarantine that are past the `retention` of their spec or domain, what
earlier tries have left in bronze, staging tables of runs that nobody has resumed, and environments
in which nothing has run for two weeks. What is kept
for how long, the documentation of each pipeline says.

Trigger it with `dry_run` to see what it would delete. What it has deleted: the log and the result
of each task, and `medallion.deletions` in the warehouse.
"""


def build(root: Path, silver_tables: Sequence[str]) -> DAG:
    """One task a domain: the folders' names are enough here, specs are read when a task runs."""
    dag = DAG(
        dag_id=DAG_ID,
        description="Deletes what the specs do not keep any longer.",
        doc_md=_DOC,
        schedule=CronTriggerTimetable("30 2 * * *", timezone="UTC"),
        start_date=datetime(2020, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        # A retention that waits for somebody to switch it on is none.
        is_paused_upon_creation=False,
        tags=["medallion"],
        params={
            "dry_run": Param(
                False,
                type="boolean",
                title="Dry run",
                description="Only say what would be deleted (log, result).",
            )
        },
    )
    for folder, _ in discover(root).domains:
        MaintenanceOperator(
            task_id=folder.name,
            dag=dag,
            domain=folder.name,
            owner="medallion",
            retries=2,
            retry_delay=timedelta(minutes=5),
        )
    EnvironmentsOperator(
        task_id=ENVIRONMENTS,
        dag=dag,
        owner="medallion",
        retries=2,
        retry_delay=timedelta(minutes=5),
    )
    return dag
