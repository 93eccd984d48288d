"""Freshness: the registry learns what specs declare, and how fresh each of their tables is.

Once a minute for all tables (`medallion.freshness`). No spec is read: what runs was accepted by the
DAG processor, and only a pipeline whose plan is another one than last time is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medallion.compiler.declared import running_plan, running_plans
from medallion.operations.surroundings import Surroundings
from medallion.warehouse.registry import declared
from medallion.warehouse.registry.freshness import TableFreshness, keep_freshness
from medallion.warehouse.session.transaction import Session, session


def evaluate_freshness(surroundings: Surroundings) -> Sequence[TableFreshness]:
    """Every declared table as it is now; a change of state is kept and logged.

    Raises:
        WarehouseUnavailable: the server does not answer.
    """
    with session(surroundings.warehouse_url, "evaluating freshness") as connection:
        keep_declared(connection, surroundings.project_root)
        found = keep_freshness(connection)
    for one in found:
        if one.has_changed and (one.is_late or one.was_late):
            surroundings.log.warning("%s is %s: %s", one.table.public, one.state, one.reason())
    late = sum(one.is_late for one in found)
    surroundings.log.info("%d tables, %d of them late", len(found), late)
    return found


def keep_declared(connection: Session, root: Path) -> None:
    """Bring the registry in step with the specs that run. What runs of a spec that is not known
    here stays as it was last declared; only a spec that is gone is forgotten.
    """
    running, known = running_plans(root), declared.declared_plans(connection)
    for dag_id, digest in running.items():
        if digest and known.get(dag_id) != digest and (plan := running_plan(root, digest)):
            declared.declare(connection, plan, digest)
    if gone := known.keys() - running.keys():
        declared.forget(connection, sorted(gone))
