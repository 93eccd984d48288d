"""The DAG that keeps Superset in step with the specs and with what was published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable

from medallion.airflow.upkeep import BiSyncOperator

if TYPE_CHECKING:
    from airflow.sdk import Asset
    from airflow.sdk.definitions.asset import AssetRef

DAG_ID = "medallion.bi_sync"

_DOC = """\
Brings Superset in step with what the specs declare for the BI team: datasets, charts, dashboards,
who sees them, and how fresh the data are. It runs when a table that the BI team finds has been
published, and every quarter of an hour for what no publication tells: a table that has become
stale, a run that has failed. The log names each thing that was done, and what people have edited.

Without the connection `medallion_superset` its runs are skipped. While Superset does not answer,
nothing else waits: the sync is tried again, and the catalogue's overview says since when.

What it would do: `python -m medallion.cli bi sync --running --dry-run`.
"""


def build(root: Path, silver_tables: Sequence[str]) -> DAG:
    """As a starting task needs it: when it runs is known to the scheduler."""
    return of_tables(())


def of_tables(assets: Sequence[Asset | AssetRef]) -> DAG:
    """One task, one run at a time: Superset takes one import at a time.

    Args:
        assets: of the tables that the BI team finds; the publication of any starts a run.
    """
    times = CronTriggerTimetable("*/15 * * * *", timezone="UTC")
    dag = DAG(
        dag_id=DAG_ID,
        description="Keeps Superset in step with the specs and the warehouse.",
        doc_md=_DOC,
        schedule=AssetOrTimeSchedule(timetable=times, assets=AssetAny(*assets))
        if assets
        else times,
        start_date=datetime(2020, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        # What has to be switched on by hand is not kept in step.
        is_paused_upon_creation=False,
        tags=["medallion"],
    )
    BiSyncOperator(
        task_id="sync",
        dag=dag,
        owner="medallion",
        retries=4,
        retry_delay=timedelta(minutes=1),
        retry_exponential_backoff=True,
        execution_timeout=timedelta(minutes=30),
    )
    return dag
