"""Backfills as people see them: before one is started, while it runs, and afterwards.

What Airflow knows of runs comes from outside (`airflow.backfills`); the registry adds what they
published and how long they take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from medallion.errors import SetupError
from medallion.operations.backfill import (
    Forecast,
    Preview,
    PreviewedRun,
    estimate_seconds,
    preview_backfill,
)
from medallion.plan.backfill import plan_runs
from medallion.plan.model import Plan
from medallion.prose import tally
from medallion.schedules.clock import UTC_NAME
from medallion.warehouse.registry.operator_actions import OperatorAction, pipeline_actions
from medallion.warehouse.session.transaction import Session

MOST_RUNS = 500
"""Airflow makes all runs of a backfill, with all their tasks, while the person waits."""


class Again(StrEnum):
    """What becomes of intervals that have a run: Airflow's `reprocess_behavior`."""

    NONE = "none"
    FAILED = "failed"
    COMPLETED = "completed"

    def leaves_out(self, state: str) -> bool:
        """Whether an interval whose latest run is in this state gets none, as Airflow decides."""
        if state not in ("success", "failed"):
            return True  # it is running
        return self is Again.NONE or (self is Again.FAILED and state == "success")


@dataclass(frozen=True, slots=True, kw_only=True)
class DagSeen:
    """What Airflow knows of a DAG. `states`: of its runs in a stretch, by their intervals' starts.
    `due_from`: the start of the interval that the schedule starts next."""

    is_paused: bool
    due_from: datetime | None
    going_on: int
    """Runs that are queued or running now."""
    open_backfill: int | None
    """The id of one that is not done: Airflow takes one at a time."""
    states: Mapping[datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPreview:
    """One interval of a backfill. `state`: of the run that it has already, or empty."""

    start: datetime
    end: datetime
    state: str
    is_left_out: bool
    tables_published: int
    rows_published: int
    asks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPreview:
    """A backfill before it is started. `runs` are all intervals, `starts` how many get a run.

    `requests` and `rows`: expected of the runs that start, by the last landings; None: not known.
    `seconds`: how long it takes, as a guess. `warnings` are sentences without a full stop.
    `timezone`: of the pipeline, whose days are asked for.
    """

    dag_id: str
    first: datetime
    last: datetime
    again: Again
    at_once: int
    starts: int
    left_out: int
    runs: tuple[RunPreview, ...]
    forecasts: tuple[Forecast, ...]
    requests: int | None
    rows_published: int
    seconds: float | None
    warnings: tuple[str, ...]
    timezone: str


def read_preview(
    session: Session,
    plan: Plan,
    seen: DagSeen,
    stretch: tuple[datetime, datetime],
    again: Again,
    at_once: int,
) -> BackfillPreview:
    """What a backfill of this stretch would do.

    Raises:
        SetupError: the DAG has no intervals, none in this stretch, or too many.
    """
    first, last = stretch
    if next(islice(plan_runs(plan, first, last), MOST_RUNS, None), None):
        raise SetupError(
            f"these are more than {MOST_RUNS} runs",
            remedy="choose a shorter stretch, and the next one when it is done; Airflow makes all "
            "of them, with their tasks, while you wait",
        )
    known = preview_backfill(session, plan, first, last, at_once=at_once, due_from=seen.due_from)
    runs = tuple(_run(one, seen.states.get(one.planned.start, ""), again) for one in known.runs)
    starts = sum(not one.is_left_out for one in runs)
    share = starts / len(runs)
    asked = [one.requests for one in known.forecasts if one.records is not None]
    return BackfillPreview(
        dag_id=known.dag_id,
        first=first,
        last=last,
        again=again,
        at_once=at_once,
        starts=starts,
        left_out=len(runs) - starts,
        runs=runs,
        forecasts=known.forecasts,
        requests=round(sum(asked) * share) if len(asked) == len(known.forecasts) else None,
        rows_published=sum(one.rows_published for one in runs),
        seconds=None if known.seconds is None else known.seconds * share,
        warnings=tuple(_warnings(known, seen, runs)),
        timezone=plan.settings.timezone,
    )


def _run(known: PreviewedRun, state: str, again: Again) -> RunPreview:
    return RunPreview(
        start=known.planned.start,
        end=known.planned.end,
        state=state,
        is_left_out=bool(state) and again.leaves_out(state),
        tables_published=known.tables_published,
        rows_published=known.rows_published,
        asks=known.planned.asks,
    )


def _warnings(known: Preview, seen: DagSeen, runs: Sequence[RunPreview]) -> Iterator[str]:
    if seen.is_paused:
        yield "the DAG is paused: its runs wait until it is unpaused"
    if seen.going_on:
        is_or_are = "is" if seen.going_on == 1 else "are"
        yield f"{tally(seen.going_on, 'run')} of the DAG {is_or_are} queued or running now"
    if waiting := sum(bool(run.state) and run.state not in ("success", "failed") for run in runs):
        left = tally(waiting, "interval")
        yield f"left out, because a run of it is running already: {left}"
    yield from known.beside()


class BackfillState(StrEnum):
    """How far a backfill is, in the words of its page."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillSeen:
    """A backfill as Airflow knows it. Times in UTC; runs by their states.

    `is_cut`: it was closed before its runs had ended, which is what cancelling does: those that
    wait are marked failed, running ones finish. `gone`: runs that somebody has deleted since.
    `skipped`: intervals that got no run.
    """

    id: int
    dag_id: str
    first: datetime
    last: datetime
    again: str
    at_once: int
    started_by: str
    created_at: datetime
    completed_at: datetime | None
    is_paused: bool
    dag_is_paused: bool
    is_cut: bool
    succeeded: int = 0
    failed: int = 0
    running: int = 0
    queued: int = 0
    gone: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """The runs that it was to make."""
        return self.succeeded + self.failed + self.running + self.queued

    @property
    def ended(self) -> int:
        """Runs that have ended, well or not."""
        return self.succeeded + self.failed

    def count_by_state(self) -> Mapping[str, int]:
        """The runs that it was to make, by how they are."""
        return {
            "succeeded": self.succeeded,
            "failed": self.failed,
            "running": self.running,
            "waiting": self.queued,
        }

    @property
    def is_open(self) -> bool:
        """Whether it can be paused or cancelled. Airflow closes one up to 30 s after its last
        run."""
        return self.completed_at is None and self.ended < self.total

    @property
    def state(self) -> BackfillState:
        """Its state, in the word that pages and JSON show."""
        if not self.is_open:
            return BackfillState.CANCELLED if self.is_cut else BackfillState.DONE
        if self.is_paused:
            return BackfillState.PAUSED
        return BackfillState.RUNNING if self.running or self.ended else BackfillState.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRun:
    """A run of a backfill; `left_out`: why its interval got none, in Airflow's words."""

    start: datetime
    run_id: str
    state: str
    left_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPage:
    """A backfill while it runs, and afterwards. `seconds_left`: a guess by the DAG's last runs;
    None: it has none, or nothing is running. `actions`: what people did, the latest first.
    `timezone`: of the pipeline, by whose clock intervals are shown; UTC where no spec runs."""

    seen: BackfillSeen
    state: BackfillState
    share: float
    seconds_left: float | None
    runs: tuple[BackfillRun, ...]
    actions: Sequence[OperatorAction]
    timezone: str


def read_backfill(
    session: Session, seen: BackfillSeen, runs: Sequence[BackfillRun], plan: Plan | None
) -> BackfillPage:
    """How far it is, when it will be done by the plan that runs, and who did what."""
    seconds = None
    if plan and seen.is_open and not seen.is_paused and not seen.dag_is_paused:
        left = seen.total - seen.ended
        seconds = estimate_seconds(
            session, plan, left=left, running=seen.running, at_once=seen.at_once
        )
    own = [
        one
        for one in pipeline_actions(session, seen.dag_id)
        if one.details.get("backfill_id") == seen.id
    ]
    return BackfillPage(
        seen=seen,
        state=seen.state,
        share=seen.ended / seen.total if seen.total else 1.0,
        seconds_left=seconds,
        runs=tuple(runs),
        actions=own,
        timezone=plan.settings.timezone if plan else UTC_NAME,
    )
