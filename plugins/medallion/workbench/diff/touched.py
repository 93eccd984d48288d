"""The tables of which a branch changes what is published: by their own declaration, or because they
are made of such a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter

from medallion.names import PublishedTable, TableName
from medallion.plan.model import LakeTableStep, Plan, PublishStep, Step
from medallion.workbench.comparison.downstream import Graph
from medallion.workbench.comparison.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A table.

    Attributes:
        plan: of the working tree's spec that publishes it.
        is_own: its own declaration has changed: spec, SQL, checks, Python.
        inputs: the touched tables that it reads.
    """

    table: PublishedTable
    plan: Plan
    is_own: bool
    inputs: tuple[TableName, ...]


def find_touched(before: Side, after: Side) -> tuple[Touched, ...]:
    """The tables of valid specs, each behind those that it reads."""
    graph = Graph.of(after)
    own = set(_find_changed(before, after))
    found = own | {str(one.table.public) for name in own for one in graph.readers(name)}
    known = {name: one for name, one in after.tables.items() if name in found}
    read = {name: [str(up) for up in one.upstream if str(up) in known and str(up) != name]
            for name, one in sorted(known.items())}  # fmt: skip
    return tuple(
        Touched(
            table=known[name].table,
            plan=after.plans[known[name].spec_path],
            is_own=name in own,
            inputs=tuple(TableName.parse(up) for up in read[name]),
        )
        for name in TopologicalSorter(read).static_order()
    )


def _find_changed(before: Side, after: Side) -> Iterator[str]:
    """Those that are new, or of which a step is another one. Where a table is moved to another
    spec, its steps stay what they were."""
    old = {name: _steps(one.table, before.plans[one.spec_path])
           for name, one in before.all_tables.items()}  # fmt: skip
    for name, one in after.tables.items():
        if _steps(one.table, after.plans[one.spec_path]) != old.get(name):
            yield name


def _steps(table: PublishedTable, plan: Plan) -> tuple[Step, ...]:
    """What decides about a table's rows: who may read it and how old it may be does not."""
    return tuple(
        task.step
        for task in plan.tasks
        if task.step.table == table and not isinstance(task.step, PublishStep | LakeTableStep)
    ) + tuple(_find_publish_step(table, plan))


def _find_publish_step(table: PublishedTable, plan: Plan) -> Iterator[PublishStep]:
    for task in plan.tasks:
        step = task.step
        if isinstance(step, PublishStep) and step.table == table:
            yield PublishStep(
                table=step.table,
                write_disposition=step.write_disposition,
                primary_key=step.primary_key,
                guard=step.guard,
                keep_versions=1,
                grants=(),
                description="",
                missing_keys=step.missing_keys,
                deleted_when=step.deleted_when,
                breaking_change=step.breaking_change,
                schema_contract=step.schema_contract,
                inputs=step.inputs,
            )
