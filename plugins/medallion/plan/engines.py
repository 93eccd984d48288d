"""Where a plan's records are cleaned, and looked at before."""

from __future__ import annotations

from dataclasses import replace

from medallion.plan.model import CleanStep, GateStep, Step

HERE = "duckdb"
"""The engine that runs in the process of a task."""


def clean_here(step: Step) -> Step:
    """The step as it is run without a cluster, for tries and environments: engines agree on each
    row, and a try is small."""
    return replace(step, engine=HERE) if isinstance(step, CleanStep | GateStep) else step
