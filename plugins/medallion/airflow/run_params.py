"""What an operator may say when a DAG is triggered: fields of Airflow's trigger form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.plan.model import LandStep, Plan

if TYPE_CHECKING:
    from airflow.sdk import Param

FULL_REFRESH = "full_refresh"


def run_params(plan: Plan) -> dict[str, Param]:
    """The fields of the trigger form that have a meaning for the plan."""
    if not any(
        isinstance(task.step, LandStep) and task.step.source.reads_increments()
        for task in plan.tasks
    ):
        return {}
    from airflow.sdk import Param

    return {
        FULL_REFRESH: Param(
            default=False,
            type="boolean",
            title="Full refresh",
            description="Read all that the sources have (from their initial value on, or every "
            "file), not only what is new since the last publication.",
        )
    }
