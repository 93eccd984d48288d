"""How long a task may run: what its table says, else the pipeline, the domain, Medallion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from medallion.durations import duration
from medallion.plan.model import (
    BuildStep,
    CleanStep,
    GateStep,
    LakeTableStep,
    LandStep,
    PlannedTask,
    PublishStep,
)
from medallion.plan.model import Step as AnyStep
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec

DEFAULTS: Mapping[type[AnyStep], timedelta] = {
    LandStep: timedelta(hours=12),
    CleanStep: timedelta(hours=6),
    BuildStep: timedelta(hours=3),
    GateStep: timedelta(hours=2),
    PublishStep: timedelta(hours=2),
    LakeTableStep: timedelta(hours=6),
}
"""Far above what a run takes: they end what hangs."""


def with_time_limit(task: PlannedTask, spec: PipelineSpec, domain: DomainSpec) -> PlannedTask:
    """The task with its `execution_timeout`. Its group is the name of its table."""
    table = spec.datasets.get(task.group) or spec.gold.get(task.group)
    levels = (table, spec, domain)
    said = next(
        (level.execution_timeout for level in levels if level and level.execution_timeout), None
    )
    return replace(task, execution_timeout=duration(said) if said else DEFAULTS[type(task.step)])
