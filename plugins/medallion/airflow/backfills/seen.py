"""What Airflow's metadata say of backfills, and of a DAG before one is started."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.models.backfill import Backfill, BackfillDagRun
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from sqlalchemy import and_, case, func, or_, select

from medallion.catalogue.backfills import BackfillRun, BackfillSeen, DagSeen

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

MOST = 50
"""Backfills that are listed."""
_GOING_ON = ("queued", "running")
_COUNTS = {"success": "succeeded", "failed": "failed", "running": "running", "queued": "queued"}


def see_dag(session: Session, dag_id: str, first: datetime, last: datetime) -> DagSeen | None:
    """A DAG, with its runs of intervals that start in a stretch; None where Airflow has none."""
    dag = session.get(DagModel, dag_id)
    if dag is None or dag.is_stale:
        return None
    runs = session.execute(
        select(DagRun.logical_date, DagRun.state).where(
            DagRun.dag_id == dag_id, DagRun.logical_date >= first, DagRun.logical_date <= last
        )
    ).all()
    going_on = select(func.count()).where(DagRun.dag_id == dag_id, DagRun.state.in_(_GOING_ON))
    open_one = select(func.max(Backfill.id)).where(
        Backfill.dag_id == dag_id, Backfill.completed_at.is_(None)
    )
    return DagSeen(
        is_paused=bool(dag.is_paused),
        due_from=_utc(dag.next_dagrun),
        going_on=session.scalar(going_on) or 0,
        open_backfill=session.scalar(open_one),
        states={start: _word(state) for at, state in runs if (start := _utc(at))},
    )


def backfills_of(session: Session, dag_ids: Collection[str]) -> list[BackfillSeen]:
    """The last backfills of some DAGs, the latest first."""
    asked = (
        select(Backfill)
        .where(Backfill.dag_id.in_(dag_ids))
        .order_by(Backfill.id.desc())
        .limit(MOST)
    )
    return _read_seen(session, session.scalars(asked).all())


def see_backfill(session: Session, backfill_id: int) -> BackfillSeen | None:
    """One backfill; None where there is none of that number."""
    found = session.get(Backfill, backfill_id)
    return _read_seen(session, [found])[0] if found else None


def runs_of(session: Session, backfill_id: int) -> list[BackfillRun]:
    """The intervals of a backfill in their order, with what became of each."""
    rows = session.execute(
        select(
            BackfillDagRun.logical_date,
            DagRun.run_id,
            DagRun.state,
            BackfillDagRun.exception_reason,
        )
        .outerjoin(DagRun, DagRun.id == BackfillDagRun.dag_run_id)
        .where(BackfillDagRun.backfill_id == backfill_id)
        .order_by(BackfillDagRun.sort_ordinal)
    ).all()
    return [
        BackfillRun(start=start, run_id=run_id or "", state=_word(state), left_out=_word(reason))
        for at, run_id, state, reason in rows
        if (start := _utc(at))
    ]


def _read_seen(session: Session, found: Sequence[Backfill]) -> list[BackfillSeen]:
    counts = _counts(session, [one.id for one in found])
    paused = set(
        session.scalars(
            select(DagModel.dag_id).where(
                DagModel.dag_id.in_({one.dag_id for one in found}), DagModel.is_paused.is_(True)
            )
        )
    )
    return [replace(_plain(one, one.dag_id in paused), **counts.get(one.id, {})) for one in found]


def _plain(found: Backfill, dag_is_paused: bool) -> BackfillSeen:
    return BackfillSeen(
        id=found.id,
        dag_id=found.dag_id,
        first=_utc(found.from_date) or found.from_date,
        last=_utc(found.to_date) or found.to_date,
        again=_word(found.reprocess_behavior),
        at_once=found.max_active_runs,
        started_by=found.triggering_user_name or "",
        created_at=_utc(found.created_at) or found.created_at,
        completed_at=_utc(found.completed_at),
        is_paused=bool(found.is_paused),
        dag_is_paused=dag_is_paused,
        is_cut=False,
    )


def _counts(session: Session, ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """By backfill, its runs by state. One that cancelling has failed never got an end; one that ran
    then continues."""
    rows = session.execute(
        select(
            BackfillDagRun.backfill_id,
            DagRun.state,
            BackfillDagRun.exception_reason.is_not(None),
            func.count(),
            func.count(DagRun.end_date),
            func.count(case((_goes_beyond_its_backfill(), 1))),
        )
        .join(Backfill, Backfill.id == BackfillDagRun.backfill_id)
        .outerjoin(DagRun, DagRun.id == BackfillDagRun.dag_run_id)
        .where(BackfillDagRun.backfill_id.in_(ids))
        .group_by(
            BackfillDagRun.backfill_id, DagRun.state, BackfillDagRun.exception_reason.is_not(None)
        )
    ).all()
    found: dict[int, dict[str, Any]] = {}
    for backfill_id, state, is_left_out, runs, ends, beyond in rows:
        of_one = found.setdefault(backfill_id, {})
        kind = "skipped" if is_left_out else _COUNTS.get(_word(state), "gone")
        of_one[kind] = of_one.get(kind, 0) + runs
        if (kind == "failed" and ends < runs) or (beyond and not is_left_out):
            of_one["is_cut"] = True
    return found


def _goes_beyond_its_backfill() -> ColumnElement[bool]:
    """Whether a run began before its backfill was closed, and ended later or still runs. Airflow
    itself closes one after its last run; a run that was cleared since has begun again later."""
    closed = Backfill.completed_at
    return and_(
        DagRun.start_date < closed, or_(DagRun.end_date.is_(None), DagRun.end_date > closed)
    )


def _word(value: Any) -> str:
    """A state or a reason, whether Airflow gives an enum or its text."""
    return str(getattr(value, "value", value) or "")


def _utc(moment: datetime | None) -> datetime | None:
    """As a plain datetime, whatever library's type it came as."""
    return None if moment is None else datetime.fromtimestamp(moment.timestamp(), tz=UTC)
