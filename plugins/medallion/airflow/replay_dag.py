"""The DAG by which an operator replays quarantine from Airflow's UI: one form, one task."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from airflow.sdk import DAG, AssetAlias, Param

from medallion.airflow.started_by_hand import TRIED_AGAIN, build_started_by_hand
from medallion.airflow.upkeep import ReplayOperator

DAG_ID = "medallion.replay_quarantine"

_DOC = """\
Tries again what is in quarantine of a table, after its spec was fixed: the runs that the rows came
from are cleaned, gated and published again from their landings; the gold tables of the pipeline
that read them are built again. Rows that fail again stay in quarantine. Triggering it twice does no
harm.

The log and the task's result say, run by run, how many rows have left quarantine. Rows reported as
obsolete were read again by a later run.
"""


def build(root: Path, silver_tables: Sequence[str]) -> DAG:
    """The form offers the silver tables of the specs; while a task starts, none is needed."""
    dag = build_started_by_hand(
        DAG_ID,
        "Cleans, gates and publishes again what is in quarantine.",
        _DOC,
        {**_ask_for_runs(silver_tables), **_ask_for_rows()},
    )
    ReplayOperator(
        task_id="replay",
        dag=dag,
        alias=AssetAlias("medallion.replayed"),
        **TRIED_AGAIN,
    )
    return dag


def _ask_for_runs(silver_tables: Sequence[str]) -> dict[str, Param]:
    return {
        "table": Param(
            type="string",
            minLength=1,
            title="Table",
            examples=list(silver_tables),
            description="The silver table: silver_<domain>.<dataset>.",
        ),
        # A text alone counts as required: the form would refuse to be sent without it.
        "run_id": Param(
            None,
            type=["null", "string"],
            title="Run",
            description="One run, by the id that it has in its pipeline's DAG; empty: all.",
        ),
    }


def _ask_for_rows() -> dict[str, Param]:
    return {
        "reasons": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            title="Reasons",
            description="Only rows with one of these reasons, as the table's page in the "
            "catalogue shows them; the other rows of their runs stay in quarantine.",
        ),
        "rows": Param(
            None,
            type=["null", "array"],
            items={"type": "integer"},
            title="Rows",
            description="Only the rows with these numbers, as that page shows them.",
        ),
        "up_to": Param(
            None,
            type=["null", "integer"],
            title="Up to",
            description="Only rows with this number or a lower one: none that came later.",
        ),
    }
