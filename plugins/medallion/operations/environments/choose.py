"""Which tables an environment builds, and which of production's it shows. Pure: what production has
published is handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from medallion.names import PublishedTable, TableName
from medallion.operations.reads import read_by
from medallion.plan.model import Plan, PublishStep
from medallion.warehouse.environments.record import Published

NEW = "production has never published it"
UNKNOWN = "production has published it before its fingerprint was kept"
CHANGED = "its spec or SQL has changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A table as the specs have it: how it is published, by which plan, and what it reads."""

    plan: Plan
    group: str
    publish: PublishStep
    reads: frozenset[TableName]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What becomes of each table of production, by its name there.

    Attributes:
        built: those that are built, each after those that it reads, with why.
        shown: those that are production's.
        left_out: those that would be built too, if their pipeline was asked for.
    """

    built: Mapping[PublishedTable, str]
    shown: tuple[PublishedTable, ...]
    left_out: tuple[PublishedTable, ...]

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains that the environment has, or had, tables of."""
        tables = (*self.built, *self.shown, *self.left_out)
        return tuple(sorted({table.domain for table in tables}))


def find_declared(plans: Sequence[Plan]) -> Mapping[PublishedTable, Declared]:
    """Every table that the plans publish."""
    found = {}
    for plan in plans:
        for task in plan.tasks:
            if isinstance(task.step, PublishStep):
                found[task.step.table] = Declared(
                    plan=plan,
                    group=task.group,
                    publish=task.step,
                    reads=_reads(plan, task.group) - {task.step.table.public},
                )
    return found


def choose(
    declared: Mapping[PublishedTable, Declared],
    published: Mapping[PublishedTable, Published],
    pipelines: Collection[str] = (),
) -> Choice:
    """What to build: whatever differs from what production has published, and all that reads it.

    Args:
        declared: by the specs of the working tree.
        published: by production.
        pipelines: those that are asked for, by DAG id; empty: all. What they read is built too,
            where it has changed.
    """
    changed = _find_changed(declared, published)
    asked = [
        table for table in changed if not pipelines or str(declared[table].plan.dag_id) in pipelines
    ]
    wanted = _with_inputs(asked, declared, changed)
    named = {name for table in wanted for name in declared[table].reads}
    foreign = [t for t in published if t not in declared and t.public in named]
    return Choice(
        built={table: changed[table] for table in _in_order(wanted, declared)},
        shown=tuple(sorted([*foreign, *(t for t in declared if t not in changed)])),
        left_out=tuple(sorted(set(changed) - wanted)),
    )


def _reads(plan: Plan, group: str) -> frozenset[TableName]:
    return frozenset(name for task in plan.tasks if task.group == group for name in read_by(task))


def _find_changed(
    declared: Mapping[PublishedTable, Declared], published: Mapping[PublishedTable, Published]
) -> dict[PublishedTable, str]:
    """Each table that is not as production's, with why."""
    changed = {
        table: why
        for table, one in declared.items()
        if (why := _why(one.publish.fingerprint, published.get(table)))
    }
    by_name = {table.public: table for table in declared}
    found = True
    while found:
        found = False
        for table, one in declared.items():
            inputs = sorted(name for name in one.reads if by_name.get(name) in changed)
            if table not in changed and inputs:
                changed[table] = f"it reads {', '.join(map(str, inputs))}"
                found = True
    return changed


def _why(fingerprint: str, published: Published | None) -> str:
    if published is None:
        return NEW
    if not published.fingerprint:
        return UNKNOWN
    return "" if fingerprint == published.fingerprint else CHANGED


def _with_inputs(
    asked: Collection[PublishedTable],
    declared: Mapping[PublishedTable, Declared],
    changed: Collection[PublishedTable],
) -> set[PublishedTable]:
    by_name = {table.public: table for table in changed}
    wanted, todo = set(asked), list(asked)
    while todo:
        for name in declared[todo.pop()].reads:
            table = by_name.get(name)
            if table is not None and table not in wanted:
                wanted.add(table)
                todo.append(table)
    return wanted


def _in_order(
    wanted: Collection[PublishedTable], declared: Mapping[PublishedTable, Declared]
) -> tuple[PublishedTable, ...]:
    """Each table after those that it reads, as far as they do not read each other."""
    by_name = {table.public: table for table in wanted}
    found: dict[PublishedTable, None] = {}
    met: set[PublishedTable] = set()
    todo = [(table, False) for table in sorted(wanted, reverse=True)]
    while todo:
        table, is_done = todo.pop()
        if is_done:
            found[table] = None
        elif table not in met:
            met.add(table)
            inputs = sorted(by_name[name] for name in declared[table].reads if name in by_name)
            todo += [(table, True), *((one, False) for one in reversed(inputs))]
    return tuple(found)
