"""The DAG that looks once a minute how fresh every table is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, CronTriggerTimetable

from medallion.airflow.upkeep import FreshnessOperator

DAG_ID = "medallion.freshness"

_DOC = """\
Finds, once a minute and with one query for all tables, which are stale: not published for longer
than the `freshness` of their spec allows, or (gold) older than what they read. What it found, and
since when: `make status`, the catalogue, and `medallion.freshness_states` in the warehouse.

While it is paused or fails, nobody learns that a table is stale; `make status` says so.
"""


def build(root: Path, silver_tables: Sequence[str]) -> DAG:
    """One short task; a run that is missed is not made up for."""
    dag = DAG(
        dag_id=DAG_ID,
        description="Finds tables that are stale.",
        doc_md=_DOC,
        schedule=CronTriggerTimetable("* * * * *", timezone="UTC"),
        start_date=datetime(2020, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        # A watch that waits for somebody to switch it on is none.
        is_paused_upon_creation=False,
        tags=["medallion"],
    )
    FreshnessOperator(
        task_id="evaluate",
        dag=dag,
        owner="medallion",
        retries=0,
        execution_timeout=timedelta(minutes=5),
    )
    return dag
