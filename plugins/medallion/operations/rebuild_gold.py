"""After a replay: rebuilds the pipeline's gold tables that were built before it.

Each is rebuilt under the run that readers see it from, and for that run's data interval: as that
run would have built it with the replayed rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter

from medallion.compiler.single import plan_of_pipeline
from medallion.errors import MedallionError
from medallion.names import PublishedTable
from medallion.operations.replay_quarantine import run_again
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import BuildStep, Plan
from medallion.spec.files.spec_paths import spec_path_of
from medallion.warehouse.quarantine.runs import last_replay, run_of
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.transaction import session


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltTable:
    """A gold table that was rebuilt, or why it could not be."""

    table: PublishedTable
    why_not: str = ""


def rebuild_after(silver: PublishedTable, surroundings: Surroundings) -> tuple[RebuiltTable, ...]:
    """`rebuild_gold` for the pipeline that now publishes the silver table; empty if none does.

    Raises:
        SpecError: its spec is refused.
        WarehouseUnavailable: the server is away.
    """
    with session(surroundings.warehouse_url, "reading the registry") as connection:
        current = registry.current(connection, silver)
    if current is None or spec_path_of(current.dag_id, surroundings.project_root) is None:
        return ()
    plan = plan_of_pipeline(current.dag_id, surroundings.project_root)
    return rebuild_gold(plan, silver, surroundings)


def rebuild_gold(
    plan: Plan, silver: PublishedTable, surroundings: Surroundings
) -> tuple[RebuiltTable, ...]:
    """Rebuild what reads a silver table and was built before rows were replayed into it.

    Raises:
        WarehouseUnavailable: the server is away; called again, it continues.
    """
    url = surroundings.warehouse_url
    with session(url, f"reading {silver.quarantine}") as connection:
        replayed_at = last_replay(connection, silver)
    if replayed_at is None:
        return ()
    rebuilt = []
    for gold in gold_behind(plan, silver.name):
        with session(url, "reading the registry") as connection:
            current = registry.current(connection, gold)
        if current and current.dag_id == str(plan.dag_id) and current.as_of < replayed_at:
            rebuilt.append(rebuild(plan, gold, current, surroundings))
    return tuple(rebuilt)


def gold_behind(plan: Plan, group: str) -> Iterator[PublishedTable]:
    """The plan's gold tables that read from a group's table, directly or not, in build order."""
    reads: dict[str, set[str]] = {}
    tables: dict[str, PublishedTable] = {}
    for task in plan.tasks:
        others = {name.rpartition(".")[0] for name in task.upstream} - {task.group}
        reads.setdefault(task.group, set()).update(others)
        if isinstance(task.step, BuildStep):
            tables[task.group] = task.step.table
    touched = {group}
    for name in TopologicalSorter(reads).static_order():
        if name in tables and reads[name] & touched:
            touched.add(name)
            yield tables[name]


def rebuild(
    plan: Plan, table: PublishedTable, current: Publication, surroundings: Surroundings
) -> RebuiltTable:
    """Build a gold table again, whole, under the run that readers see it from.

    Raises:
        WarehouseUnavailable: the server is away; called again, it continues.
    """
    with session(surroundings.warehouse_url, "reading the registry") as connection:
        run = run_of(connection, current.publication_id, plan.digest)
    surroundings.log.info("%s is built again, as of %s", table.public, run.run_id)
    try:
        # What has changed may belong to any interval, so an increment is not enough.
        tasks = [task for task in plan.tasks if task.group == table.name]
        run_again(plan, tasks, run, surroundings, full_refresh=True)
    except MedallionError as error:
        if error.retryable:
            raise
        surroundings.log.warning("%s could not be built again: %s", table.public, error)
        return RebuiltTable(table=table, why_not=str(error))
    return RebuiltTable(table=table)
