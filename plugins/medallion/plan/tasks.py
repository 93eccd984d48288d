"""What the tasks of a dataset and those of a gold table have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from medallion.checks.aliases import ALIASES
from medallion.checks.declaration import CheckSpec
from medallion.checks.outcome import PlannedCheck
from medallion.checks.resolve import resolve
from medallion.names import Layer, PublishedTable
from medallion.plan.bi import BiDashboard
from medallion.plan.boards import Board
from medallion.plan.model import Exposure, GateStep, PlannedTask, Step
from medallion.spec.models.pipeline import ExposureSpec


def exposures_of(
    declared: Mapping[str, ExposureSpec], dashboards: Iterable[BiDashboard] = ()
) -> tuple[Exposure, ...]:
    """What reads the table outside of the pipelines.

    Args:
        dashboards: those of specs that read it: a spec need not name them again.
    """
    said = [
        Exposure(name=name, kind=one.type, owner=one.owner, url=one.url)
        for name, one in declared.items()
    ]
    made = (Board.of(one).exposure_for(one.domain) for one in dashboards)
    return (*said, *(one for one in made if (one.kind, one.name) not in _names(said)))


def _names(said: Iterable[Exposure]) -> set[tuple[str, str]]:
    return {(one.kind, one.name) for one in said}


def chain(
    group: str, steps: tuple[tuple[str, Step], ...], waits: Mapping[str, tuple[str, ...]]
) -> Iterator[PlannedTask]:
    """The steps of a task group, one after the other.

    Args:
        waits: by a step's name, the tasks of other groups that it waits for besides.
    """
    before: tuple[str, ...] = ()
    for name, step in steps:
        upstream = before + waits.get(name, ())
        task = PlannedTask(group=group, name=name, step=step, upstream=upstream)
        before = (task.task_id,)
        yield task


def publishers_of_checks(
    checks: tuple[CheckSpec, ...], name: str, own: Mapping[str, str]
) -> tuple[str, ...]:
    """A foreign key looks into a published table: where this pipeline publishes it, it waits."""
    tables = {
        str(check.arguments.get(alias.refers_to)).rpartition(".")[0]
        for check in checks
        if (alias := ALIASES.get(check.name)) and alias.refers_to
    }
    groups = {own[table] for table in tables if table in own} - {name}
    return tuple(f"{group}.publish" for group in sorted(groups))


def gate(
    layer: Layer,
    table: PublishedTable,
    checks: tuple[CheckSpec, ...],
    columns: tuple[str, ...] | None,
) -> GateStep:
    """The gate's checks, each with an id of its own: `between_price`, `between_price_2`."""
    planned: dict[str, PlannedCheck] = {}
    for check in checks:
        resolved = resolve(check, layer, columns)
        check_id, number = resolved.check_id, 1
        while check_id in planned:
            number += 1
            check_id = f"{resolved.check_id}_{number}"
        same = check_id == resolved.check_id
        planned[check_id] = resolved if same else replace(resolved, check_id=check_id)
    return GateStep(layer=layer, table=table, checks=tuple(planned.values()))
