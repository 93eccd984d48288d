"""The watch of each minute: what is stale, refused, recovered or done, and messages about it."""

from __future__ import annotations

from medallion.operations.alerts.refused import keep_refused
from medallion.operations.alerts.runs import Runs, follow_runs
from medallion.operations.alerts.sending import Sent, send_alerts
from medallion.operations.freshness import evaluate_freshness
from medallion.operations.surroundings import Surroundings
from medallion.warehouse.session.transaction import session


def watch(surroundings: Surroundings, runs: Runs, base_url: str) -> tuple[int, int, Sent]:
    """How many tables there are, how many are late, and what became of the messages.

    Raises:
        WarehouseUnavailable: the server does not answer. One channel that does not fails nothing.
    """
    found = evaluate_freshness(surroundings)
    with session(surroundings.warehouse_url, "looking for incidents") as connection:
        keep_refused(connection, surroundings.project_root)
        follow_runs(connection, runs)
    sent = send_alerts(surroundings, base_url)
    return len(found), sum(one.is_late for one in found), sent
