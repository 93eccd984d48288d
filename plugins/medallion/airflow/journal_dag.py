"""The DAG that collects who reads which table from the server's log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, CronTriggerTimetable

from medallion.airflow.upkeep import JournalOperator

DAG_ID = "medallion.access_journal"

_DOC = """\
Reads what PostgreSQL has logged since the last time, and adds to the journal who has read which
published table, when and from where: `medallion.access_journal` in the warehouse, and the page of
each table in the catalogue. No text of a statement is kept. Then it deletes what is older than
`MEDALLION_ACCESS_DAYS` (400).

Where the log cannot be read, the task is skipped, and says why; so do the pages.
`MEDALLION_ACCESS_JOURNAL=off` switches it off.
"""


def build(root: Path, silver_tables: Sequence[str]) -> DAG:
    """One short task; what a run misses the next one collects."""
    dag = DAG(
        dag_id=DAG_ID,
        description="Collects who reads which table.",
        doc_md=_DOC,
        schedule=CronTriggerTimetable("*/10 * * * *", timezone="UTC"),
        start_date=datetime(2020, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        # A journal that waits for somebody to switch it on has holes.
        is_paused_upon_creation=False,
        tags=["medallion"],
    )
    JournalOperator(
        task_id="collect",
        dag=dag,
        owner="medallion",
        retries=1,
        retry_delay=timedelta(minutes=1),
        execution_timeout=timedelta(minutes=9),
    )
    return dag
