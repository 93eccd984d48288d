"""Freshness: the registry learns what specs declare, and how fresh each of their tables is.

Once a minute for all tables (`medallion.freshness`). No spec is read: what runs was accepted by the
DAG processor, and only a pipeline whose plan is another one than last time is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medallion.compiler.running import running_plan, running_plans
from medallion.operations.surroundings import Surroundings
from medallion.prose import tally
from medallion.spec.models.alerts import AlertEvent
from medallion.warehouse.registry import declared_tables, incidents
from medallion.warehouse.registry.freshness import TableFreshness, keep_freshness
from medallion.warehouse.registry.incidents import NewIncident
from medallion.warehouse.session.transaction import Session, session


def evaluate_freshness(surroundings: Surroundings) -> Sequence[TableFreshness]:
    """Every declared table as it is now; a change of state is kept and logged.

    Raises:
        WarehouseUnavailable: the server does not answer.
    """
    with session(surroundings.warehouse_url, "evaluating freshness") as connection:
        keep_declared(connection, surroundings.project_root)
        found = keep_freshness(connection)
        _keep_incidents(connection, found)
    for one in found:
        if one.has_changed and (one.is_late or one.was_late):
            surroundings.log.warning("%s is %s: %s", one.table.public, one.state, one.reason())
    late = sum(one.is_late for one in found)
    surroundings.log.info("%s, late: %d", tally(len(found), "table"), late)
    return found


def keep_declared(connection: Session, root: Path) -> None:
    """Bring the registry in step with the specs that run. What runs of a spec that is not known
    here stays as it was last declared; only a spec that is gone is forgotten.
    """
    running, known = running_plans(root), declared_tables.read_declared_plans(connection)
    for dag_id, digest in running.items():
        if digest and known.get(dag_id) != digest and (plan := running_plan(root, digest)):
            declared_tables.declare(connection, plan, digest)
    if gone := known.keys() - running.keys():
        incidents.drop_pipelines(connection, sorted(gone))
        declared_tables.forget(connection, sorted(gone))


def _keep_incidents(connection: Session, found: Sequence[TableFreshness]) -> None:
    """A table that is late opens one, with its latest state; one that is not, closes it."""
    late = {f"{AlertEvent.STALE}:{one.table.public}": one for one in found if one.is_late}
    for key, one in late.items():
        if one.has_changed:
            incidents.open_incident(
                connection,
                NewIncident(
                    key=key,
                    event=AlertEvent.STALE,
                    domain=one.table.domain,
                    dag_id=one.dag_id,
                    table=str(one.table.public),
                    problem=one.reason(),
                ),
            )
    incidents.close_others(connection, AlertEvent.STALE, list(late))
