"""The DAG that looks once a minute how fresh every table is, and sends alerts."""

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
since when: `python -m medallion.cli status`, the catalogue, and `medallion.freshness_states` in
the warehouse.

Then it sends the messages that specs ask for (`alerts`) and that are due: of failed gates and runs,
stale tables, refused specs, and of what is over. A channel that does not answer fails nothing: it
is tried again, and `python -m medallion.cli status` names it.

While this DAG is paused or fails, nobody gets a message; `python -m medallion.cli status` says so.
"""


def build(root: Path, silver_tables: Sequence[str]) -> DAG:
    """One short task; a run that is missed is not made up for."""
    dag = DAG(
        dag_id=DAG_ID,
        description="Finds tables that are stale, and sends alerts.",
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
