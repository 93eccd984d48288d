"""What a task's event is made of, read when the provider asks for it: in a process of its own,
whose time is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from medallion.airflow.connections import connection_details, warehouse_url
from medallion.airflow.openlineage.dataset_names import Surroundings
from medallion.airflow.openlineage.steps import Lineage, StepLineage, TaskFacts
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


def lineage_before(step: Step) -> Lineage:
    """What a task is about to read and write. The warehouse is not asked."""
    return StepLineage(_facts(step, warehouse_url(WAREHOUSE_CONN_ID))).of(step)


def lineage_after(step: Step, instance: Any, result: StepResult | None) -> Lineage:
    """What a task has read and written, with counts and what its checks found.

    Args:
        instance: Airflow's task instance.
        result: None: the task has failed.
    """
    url = warehouse_url(WAREHOUSE_CONN_ID)
    facts = _facts(
        step, url, result, _verdicts(step, url, instance), _read_published(step, url, result)
    )
    return StepLineage(facts).of(step)


def _facts(
    step: Step,
    url: str,
    result: StepResult | None = None,
    verdicts: Sequence[Verdict] = (),
    published: Sequence[PublishedColumn] = (),
) -> TaskFacts:
    return TaskFacts(
        around=Surroundings.of(url, lake_root()),
        declared=_read_declared(),
        source=_place_of(step.source) if isinstance(step, LandStep) else None,
        lake_table=_place_in_lake(step) if isinstance(step, LakeTableStep) else None,
        result=result,
        verdicts=verdicts,
        published=published,
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


def _verdicts(step: Step, url: str, instance: Any) -> list[Verdict]:
    if not isinstance(step, GateStep):
        return []
    with session(url, "reading what a gate has found") as connection:
        return read_verdicts(connection, instance.dag_id, instance.run_id, instance.task_id)


def _read_published(step: Step, url: str, result: StepResult | None) -> list[PublishedColumn]:
    if result is None or not isinstance(step, PublishStep):
        return []
    with session(url, f"reading the columns of {step.table.public}") as connection:
        return read_published_columns(connection, step.table)
