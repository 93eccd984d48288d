"""What a task's event is made of, read when the provider asks for it: in a process of its own,
whose time is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from medallion.airflow.connections import connection_details, warehouse_url
from medallion.airflow.openlineage.dataset_names import Surroundings
from medallion.airflow.openlineage.steps import Lineage, StepLineage, TaskFacts, join_lineage
from medallion.catalogue.declared import Declared, SpecShelf
from medallion.errors import MedallionError
from medallion.names import WAREHOUSE_CONN_ID
from medallion.operations.environments.setting import read_environment
from medallion.plan.model import GateStep, LakeTableStep, LandStep, PublishStep, Step
from medallion.roots import lake_root, project_root
from medallion.sources.base.locations import Location
from medallion.sources.base.source import SourceModel, SourcePlace
from medallion.sources.file.places import place_of_location
from medallion.steps.context import StepResult
from medallion.warehouse.catalogue.history import PublishedColumn, read_published_columns
from medallion.warehouse.registry.gate_records import Verdict, read_verdicts
from medallion.warehouse.session.transaction import session


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneStep:
    """A step of a task that has ended.

    Attributes:
        task_id: under which the registry has it.
        result: None: it has failed, or was not begun.
    """

    step: Step
    task_id: str
    result: StepResult | None


def lineage_before(steps: Sequence[Step]) -> Lineage:
    """What a task is about to read and write. The warehouse is not asked.

    Args:
        steps: of the task: one, or all of a table, in their order.
    """
    url, declared = warehouse_url(WAREHOUSE_CONN_ID), _read_declared()
    return join_lineage([StepLineage(_facts(step, url, declared)).of(step) for step in steps])


def lineage_after(done: Sequence[DoneStep], instance: Any) -> Lineage:
    """What a task has read and written, with counts and what its checks found.

    Args:
        done: each step of the task.
        instance: Airflow's task instance.
    """
    url, declared = warehouse_url(WAREHOUSE_CONN_ID), _read_declared()
    found = []
    for one in done:
        facts = replace(
            _facts(one.step, url, declared),
            result=one.result,
            verdicts=_verdicts(one, url, instance),
            published=_read_published(one, url),
        )
        found.append(StepLineage(facts).of(one.step))
    return join_lineage(found)


def _facts(step: Step, url: str, declared: Declared) -> TaskFacts:
    return TaskFacts(
        around=Surroundings.of(url, lake_root()),
        declared=declared,
        source=_place_of(step.source) if isinstance(step, LandStep) else None,
        lake_table=_place_in_lake(step) if isinstance(step, LakeTableStep) else None,
    )


def _read_declared() -> Declared:
    """What specs say; nothing where that cannot be read: names and counts are left."""
    try:
        return SpecShelf(project_root(), environment=read_environment()).now()
    except (MedallionError, OSError):
        return Declared()


def _place_of(source: SourceModel) -> SourcePlace | None:
    """None where its connection does not say it: the task itself says what is wrong with that."""
    try:
        return source.place(connection_details, project_root().resolve())
    except MedallionError:
        return None


def _place_in_lake(step: LakeTableStep) -> SourcePlace | None:
    location = Location.parse(step.target.location)
    try:
        return place_of_location(location, connection_details) if location else None
    except MedallionError:
        return None


def _verdicts(done: DoneStep, url: str, instance: Any) -> list[Verdict]:
    if not isinstance(done.step, GateStep):
        return []
    with session(url, "reading what a gate has found") as connection:
        return read_verdicts(connection, instance.dag_id, instance.run_id, done.task_id)


def _read_published(done: DoneStep, url: str) -> list[PublishedColumn]:
    step = done.step
    if done.result is None or not isinstance(step, PublishStep):
        return []
    with session(url, f"reading the columns of {step.table.public}") as connection:
        return read_published_columns(connection, step.table)
