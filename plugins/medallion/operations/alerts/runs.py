"""What became of runs: whether a pipeline that failed has recovered, whether a backfill is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from medallion.prose import tally
from medallion.spec.models.alerts import AlertEvent
from medallion.warehouse.registry import approvals, incidents
from medallion.warehouse.registry.incidents import Backfill, Incident, NewIncident
from medallion.warehouse.session.transaction import Session

_WITHOUT_VALUES = (
    "SetupError",
    "NotApproved",
    "NoSuchConnection",
    "SourceUnavailable",
    "SyncRefused",
    "WarehouseUnavailable",
    "LakeError",
    "LakeUnavailable",
    "QueryCancelled",
)
"""Errors whose words never repeat a value of the data."""
_LONGEST = 300
_GOING_ON = ("queued", "running")


class Runs(Protocol):
    """What is asked of Airflow about runs; `airflow.runs` answers it."""

    def count(
        self, dag_id: str, states: Sequence[str], run_ids: Sequence[str] | None = None
    ) -> int:
        """How many runs of a DAG are in one of the states; of these runs, or of all."""


def follow_runs(connection: Session, runs: Runs) -> None:
    """Close the failures of pipelines of which a run has succeeded since, the failed one or a later
    one; withdraw the questions of runs that are over; open an incident for each backfill that has
    ended. Airflow is asked only about these.
    """
    for one in incidents.open_incidents(connection):
        if _is_over(connection, one, runs):
            incidents.close_incidents(connection, [one.key])
            if one.event is AlertEvent.APPROVAL_WANTED:
                approvals.withdraw_all(connection, one.dag_id, one.run_id or "")
    for backfill in incidents.list_unreported_backfills(connection):
        if not runs.count(backfill.dag_id, _GOING_ON):
            incidents.open_incident(connection, _report_finished(backfill, runs))


def _is_over(connection: Session, one: Incident, runs: Runs) -> bool:
    """Of what became of a run; the rest is closed by whoever sees it."""
    if one.event is AlertEvent.RUN_FAILED:
        later = incidents.runs_since(connection, one)
        return bool(later) and runs.count(one.dag_id, ["success"], later) > 0
    if one.event in (AlertEvent.DEADLINE_MISSED, AlertEvent.APPROVAL_WANTED):
        return not runs.count(one.dag_id, _GOING_ON, [one.run_id or ""])
    return False


def _report_finished(backfill: Backfill, runs: Runs) -> NewIncident:
    """All of its runs are there from the beginning: none is left that waits."""
    failed = runs.count(backfill.dag_id, ["failed"], backfill.run_ids)
    whole = len(backfill.run_ids)
    return NewIncident(
        key=f"{AlertEvent.BACKFILL_FINISHED}:{backfill.dag_id}:{backfill.ended_at.isoformat()}",
        event=AlertEvent.BACKFILL_FINISHED,
        domain=backfill.dag_id.partition(".")[0],
        dag_id=backfill.dag_id,
        problem=f"the backfill is done: {tally(whole, 'run')}, {failed} of them failed",
        is_passing=True,
    )


def report_failed_run(connection: Session, dag_id: str, run_id: str, last: str = "") -> None:
    """Open the incident of a run that has failed, unless an open one says already why it did.

    Args:
        last: the task by which it failed, as Airflow knows it; a killed one has left no error.
    """
    if incidents.is_explained(connection, dag_id, run_id):
        return
    failed = incidents.list_failed_tasks(connection, dag_id, run_id)
    lines = [f"{task_id}: {_reason(error)}" for task_id, error in failed]
    names = ", ".join(task_id for task_id, _ in failed)
    killed = (
        f"the run failed at {last}, which has left no error: was it killed?"
        if last
        else "the run failed, and no task has left an error: was one killed?"
    )
    incidents.open_incident(
        connection,
        NewIncident(
            key=f"{AlertEvent.RUN_FAILED}:{dag_id}",
            event=AlertEvent.RUN_FAILED,
            domain=dag_id.partition(".")[0],
            dag_id=dag_id,
            run_id=run_id,
            problem=f"the run failed at {names}" if failed else killed,
            details="\n".join(lines),
        ),
    )


def report_missed_deadline(connection: Session, dag_id: str, run_id: str) -> None:
    """Open the incident of a run that is not done by its deadline."""
    incidents.open_incident(
        connection,
        NewIncident(
            key=f"{AlertEvent.DEADLINE_MISSED}:{dag_id}:{run_id}",
            event=AlertEvent.DEADLINE_MISSED,
            domain=dag_id.partition(".")[0],
            dag_id=dag_id,
            run_id=run_id,
            problem="the run is not done within the `deadline` of its spec; it keeps running",
        ),
    )


def _reason(error: str) -> str:
    """Of an error that may repeat a value, its name alone."""
    name = error.partition(":")[0]
    return (error.partition("\n")[0] if name in _WITHOUT_VALUES else name)[:_LONGEST]
