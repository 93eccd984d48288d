"""What differs in the steps of a gold table that grows by increments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from medallion.plan.model import BuildStep, GateStep, PlannedTask, PublishStep, Settings
from medallion.publish.incremental import IncrementalSpec, Materialization
from medallion.publish.window import Increment
from medallion.spec.models.pipeline import GoldSpec


def increment_of(gold: GoldSpec, settings: Settings) -> Increment | None:
    """How a gold table grows; None: it is built whole each time.

    Args:
        gold: of a valid spec: it has a time column, and a start.
        settings: of its pipeline.
    """
    if gold.materialization is not Materialization.INCREMENTAL:
        return None
    said = gold.incremental or IncrementalSpec()
    begin = said.begin or settings.start_date
    assert gold.time_column is not None  # noqa: S101  # rules hold to both
    assert begin is not None  # noqa: S101
    return said.increment(gold.time_column, begin, settings.timezone)


def with_increment(
    tasks: Iterable[PlannedTask], gold: GoldSpec, settings: Settings
) -> Iterator[PlannedTask]:
    """The tasks of a gold table, each of which knows how the table grows."""
    increment = increment_of(gold, settings)
    for task in tasks:
        yield task if increment is None else replace(task, step=_grown(task, gold, increment))


def _grown(
    task: PlannedTask, gold: GoldSpec, increment: Increment
) -> BuildStep | GateStep | PublishStep:
    step = task.step
    if isinstance(step, GateStep):
        return replace(step, increment=increment, primary_key=gold.primary_key)
    if isinstance(step, PublishStep):
        return replace(step, increment=increment, write_disposition=increment.disposition)
    assert isinstance(step, BuildStep)  # noqa: S101  # gold has no other
    return replace(step, increment=increment)
