"""A backfill before it is started, and while it runs: for the command line and for a page.

Nothing is started here, and Airflow is not asked: what runs is known from the registry.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, takewhile

from medallion.errors import SetupError
from medallion.plan.backfill import PlannedRun, plan_runs
from medallion.plan.model import LandStep, Plan
from medallion.prose import tally
from medallion.schedules.clock import in_words, zone_of
from medallion.warehouse.registry.backfill_history import (
    DatasetHistory,
    PublishedInterval,
    RunSeen,
    backfill_runs,
    history_of,
    read_published_intervals,
    run_seconds,
)
from medallion.warehouse.session.transaction import Session

MOST_RUNS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a dataset is expected to bring in all runs together, by its last landings.

    None: it was never landed, so that nobody knows. Requests are 0 of a source that makes none.
    """

    dataset: str
    landings: int
    records: int | None
    requests: int
    requests_a_run: float
    seconds: float

    @classmethod
    def of(cls, dataset: str, known: DatasetHistory, runs: int) -> Forecast:
        """By the latest landings of a dataset."""
        each = statistics.median(known.requests) if known.requests else 0.0
        return cls(
            dataset=dataset,
            landings=len(known.records),
            records=round(statistics.median(known.records) * runs) if known.records else None,
            requests=round(each * runs),
            requests_a_run=each,
            seconds=known.seconds * runs,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedRun:
    """One run: what it would ask for, and what its interval has published so far: how many tables,
    and rows of silver ones."""

    planned: PlannedRun
    tables_published: int
    rows_published: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A backfill that is not started yet.

    `catchup_runs`: the intervals that the schedule itself starts once the DAG is not paused, which
    Airflow's form for backfills does by default. `passed_over`: intervals before the backfill's
    last one that have not run, and that the schedule does not start any more, for Airflow continues
    after the latest run of schedule and backfills. `has_unended`: part of what was asked for has
    not ended yet, and gets no run. `seconds` is a guess from the DAG's last runs, with `at_once` of
    them beside each other; None: it has none.
    """

    dag_id: str
    runs: tuple[PreviewedRun, ...]
    forecasts: tuple[Forecast, ...]
    max_active_runs: int
    at_once: int
    catchup_runs: int
    passed_over: int
    has_unended: bool
    seconds: float | None

    def conflicts(self) -> Iterator[str]:
        """What an operator should know before it is started."""
        again = sum(bool(run.tables_published) for run in self.runs)
        if again:
            yield (
                f"{again:,} of {len(self.runs):,} intervals were published before: they are run "
                "again with `--reprocess-behavior completed`, and left out without it"
            )
        yield from self.beside()

    def beside(self) -> Iterator[str]:
        """What the schedule does beside it."""
        together = self.at_once + self.max_active_runs
        yield (
            f"Airflow counts a backfill's runs beside the DAG's own (max_active_runs: "
            f"{self.max_active_runs}): up to {together} may run at once"
        )
        if self.catchup_runs:
            yield (
                f"the schedule has {tally(self.catchup_runs, 'more run')} to start as soon as "
                "the DAG "
                "is not paused: Airflow's form unpauses it by default"
            )
        if self.passed_over:
            yield (
                f"{tally(self.passed_over, 'run')} of the schedule before the last one here "
                "may never be "
                "started: Airflow continues after the latest run, a backfill's too. Begin earlier"
            )
        if self.has_unended:
            yield "intervals that have not ended yet get no run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a backfill is. `seconds_left` is None while nothing tells how long a run takes."""

    total: int
    done: int
    failed: int
    running: int
    seconds_left: float | None

    @property
    def waiting(self) -> int:
        """Runs that no task of has ended yet."""
        return self.total - self.done - self.failed - self.running

    @property
    def share(self) -> float:
        """Of the runs that have ended, well or not: 0 to 1."""
        return (self.done + self.failed) / self.total if self.total else 1.0


def hold_in_order(first: datetime, last: datetime) -> None:
    """Refuse a stretch that ends before it starts.

    Raises:
        SetupError: it does.
    """
    if last < first:
        raise SetupError(
            f"{last:%Y-%m-%d %H:%M} is before {first:%Y-%m-%d %H:%M}",
            remedy="write the earlier moment first",
        )


def preview_backfill(
    connection: Session,
    plan: Plan,
    first: datetime,
    last: datetime,
    *,
    at_once: int | None = None,
    now: datetime | None = None,
    due_from: datetime | None = None,
) -> Preview:
    """The runs that a backfill would make, and what is to be expected of them.

    Args:
        connection: to the warehouse.
        plan: of a DAG with a cron schedule.
        first: the earliest start of a data interval, in UTC.
        last: the latest, itself included.
        at_once: the backfill's own `max_active_runs`; the DAG's by default.
        now: until when the schedule has runs to start.
        due_from: the start of the interval that the schedule starts next, as Airflow says; known
            from the registry where nobody asked.

    Raises:
        SetupError: the DAG has no intervals, none in this stretch, or too many.
    """
    dag_id, settings, now = str(plan.dag_id), plan.settings, now or datetime.now(UTC)
    planned, has_unended = _bound(plan, first, last, now)
    published = read_published_intervals(connection, dag_id)
    groups = [task.group for task in plan.tasks if isinstance(task.step, LandStep)]
    each = run_seconds(connection, dag_id, len(plan.tasks))
    beside = at_once or settings.max_active_runs
    due = _due(plan, planned, published, now, due_from)
    last_own = planned[-1].end
    return Preview(
        dag_id=dag_id,
        runs=tuple(_preview(one, published.get(one.end)) for one in planned),
        forecasts=tuple(
            Forecast.of(name, history_of(connection, dag_id, name), len(planned)) for name in groups
        ),
        max_active_runs=settings.max_active_runs,
        at_once=beside,
        catchup_runs=sum(end > last_own for end in due),
        passed_over=sum(end < last_own for end in due),
        has_unended=has_unended,
        seconds=None if each is None else each * len(planned) / beside,
    )


def backfill_progress(
    connection: Session, plan: Plan, runs: Iterable[datetime], *, at_once: int | None = None
) -> Progress:
    """How far the backfill of these intervals is, by what its tasks have recorded.

    Args:
        connection: to the warehouse.
        plan: of the DAG.
        runs: the ends of the data intervals.
        at_once: as in `preview_backfill`.
    """
    wanted = frozenset(runs)
    seen = [one for one in backfill_runs(connection, str(plan.dag_id)) if one.end in wanted]
    done = [one for one in seen if one.succeeded >= len(plan.tasks)]
    failed = [one for one in seen if one.failed and one not in done]
    running = len(seen) - len(done) - len(failed)
    left = len(wanted) - len(done) - len(failed)
    each = _average_seconds(done)
    if each is None:
        each = run_seconds(connection, str(plan.dag_id), len(plan.tasks))
    beside = at_once or plan.settings.max_active_runs
    return Progress(
        total=len(wanted),
        done=len(done),
        failed=len(failed),
        running=running,
        seconds_left=_estimate_seconds_left(left, running, each, beside),
    )


def estimate_seconds(
    connection: Session, plan: Plan, *, left: int, running: int, at_once: int
) -> float | None:
    """How long the runs that are left take, by the DAG's last ones; None: it has none."""
    each = run_seconds(connection, str(plan.dag_id), len(plan.tasks))
    return _estimate_seconds_left(left, running, each, at_once)


def _estimate_seconds_left(
    left: int, running: int, each: float | None, beside: int
) -> float | None:
    """Those that run are half through, on average."""
    if not left:
        return 0.0
    return None if each is None else max(left - running / 2, 0.5) * each / beside


def _average_seconds(done: Sequence[RunSeen]) -> float | None:
    took = [(one.ended_at - one.began_at).total_seconds() for one in done]
    return statistics.mean(took) if took else None


def _preview(planned: PlannedRun, known: PublishedInterval | None) -> PreviewedRun:
    return PreviewedRun(
        planned=planned,
        tables_published=known.tables if known else 0,
        rows_published=known.rows if known else 0,
    )


def _bound(
    plan: Plan, first: datetime, last: datetime, now: datetime
) -> tuple[list[PlannedRun], bool]:
    """The runs, and whether some are left out because their intervals have not ended."""
    runs: list[PlannedRun] = []
    has_unended, timezone = False, plan.settings.timezone
    zone = zone_of(timezone)
    for planned in plan_runs(plan, first, last):
        if planned.end >= now:
            has_unended = True
            break
        runs.append(planned)
        if len(runs) > MOST_RUNS:
            raise SetupError(
                f"these are more than {MOST_RUNS:,} runs", remedy="ask for a shorter stretch"
            )
    if not runs:
        raise SetupError(
            f"no data interval of {plan.dag_id} starts between "
            f"{first.astimezone(zone):%Y-%m-%d %H:%M} and "
            f"{in_words(last, timezone)}" + (" and has ended" if has_unended else ""),
            remedy=f"its schedule is {plan.settings.schedule}",
        )
    return runs, has_unended


def _due(
    plan: Plan,
    chosen: Sequence[PlannedRun],
    published: Mapping[datetime, PublishedInterval],
    now: datetime,
    due_from: datetime | None,
) -> list[datetime]:
    """The ends of the intervals that the schedule would start by itself, without the backfill's.
    Airflow continues after the last interval that has run: earlier ones are no longer due.
    """
    own = {one.end for one in chosen}
    due = _list_scheduled(plan, now, due_from)
    if due_from is None:
        # Without a word of Airflow's: it never starts an interval before one that it has run.
        last = max((end for end in due if end in published and end not in own), default=None)
        due = [end for end in due if last is None or end > last]
    return [end for end in due if end not in own]


def _list_scheduled(plan: Plan, now: datetime, first: datetime | None) -> list[datetime]:
    """The ends of the intervals that the schedule has reached, from `first` or the DAG's start."""
    settings = plan.settings
    if not settings.catchup or settings.start_date is None:
        return []
    until = min(now, settings.end_date or now)
    ended = (one.end for one in plan_runs(plan, first or settings.start_date, until))
    return list(islice(takewhile(lambda end: end <= until, ended), MOST_RUNS))
