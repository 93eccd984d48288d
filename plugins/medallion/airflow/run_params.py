"""What an operator may say when a DAG is triggered: fields of Airflow's trigger form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.plan.model import BuildStep, LandStep, Plan, Step

if TYPE_CHECKING:
    from airflow.sdk import Param

FULL_REFRESH = "full_refresh"


def run_params(plan: Plan) -> dict[str, Param]:
    """The fields of the trigger form that have a meaning for the plan."""
    if not any(_has_increments(task.step) for task in plan.tasks):
        return {}
    from airflow.sdk import Param

    return {
        FULL_REFRESH: Param(
            default=False,
            type="boolean",
            title="Full refresh",
            description="Read all that the sources have (from their initial value on, or every "
            "file), not only what is new since the last publication, and build incremental gold "
            "tables whole.",
        )
    }


def _has_increments(step: Step) -> bool:
    if isinstance(step, LandStep):
        return step.reads_increments
    return isinstance(step, BuildStep) and step.increment is not None
