"""What each task may use: by what its table says, else the pipeline, else the domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from medallion.plan.model import (
    BuildStep,
    CleanStep,
    GateStep,
    LakeTableStep,
    LandStep,
    PlannedTask,
    PublishStep,
    Resources,
    Step,
)
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec
from medallion.spec.models.resources import ResourcesSpec, StepResources

WORDS: Mapping[type[Step], str] = {
    LandStep: "land",
    CleanStep: "clean",
    BuildStep: "build",
    GateStep: "gate",
    PublishStep: "publish",
    LakeTableStep: "publish",
}
"""The key of `resources` for each kind of step."""


def with_resources(task: PlannedTask, spec: PipelineSpec, domain: DomainSpec) -> PlannedTask:
    """The task with what it may use. Its group is the name of its table."""
    table = spec.datasets.get(task.group) or spec.gold.get(task.group)
    levels = (table, spec, domain)
    said = (level.resources for level in levels if level is not None and level.resources)
    words = tuple(chain.from_iterable(_for_step(task.step, one) for one in said))
    return replace(
        task,
        resources=Resources(
            memory=next((one.memory for one in words if one.memory), None),
            cpu=next((one.cpu for one in words if one.cpu), None),
            queue=next((one.queue for one in words if one.queue), None),
        ),
    )


def _for_step(step: Step, said: ResourcesSpec) -> Iterator[StepResources]:
    """What one level says of a step, the most exact first."""
    own: StepResources | None = getattr(said, WORDS[type(step)])
    if own is not None:
        yield own
    yield said
