"""The DAG that does the work of restatements: the catalogue's form starts it, one task does it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from airflow.sdk import DAG, Param

from medallion.airflow.started_by_hand import TRIED_AGAIN, build_started_by_hand
from medallion.airflow.upkeep import RestateOperator

DAG_ID = "medallion.restate"

_DOC = """\
Makes again what was made of a stretch of a table that was restated: the intervals of the tables
below it that have a moment in common with it, in their order, and nothing else. The form on the
page **Intervals** of a table in the catalogue shows them, writes the restatement into the journal,
and starts a run of this DAG.

Killed, or stopped by a gate, and started again, it does what is left: the registry knows which
publications have read their inputs before the stretch was restated.
"""


def build(root: Path, silver_tables: Sequence[str]) -> DAG:
    """Its form asks for the number that the journal has given."""
    dag = build_started_by_hand(
        DAG_ID,
        "Makes again what was made of a stretch that was restated.",
        _DOC,
        {
            "restatement": Param(
                type="integer",
                minimum=1,
                title="Restatement",
                description="Its number, which its page in the catalogue shows.",
            ),
        },
    )
    RestateOperator(
        task_id="restate",
        dag=dag,
        **TRIED_AGAIN,
    )
    return dag
