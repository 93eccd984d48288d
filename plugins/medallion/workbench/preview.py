"""What a pipeline, or one of its tables, would publish: landed, cleaned, built and judged in a
scratch, and shown instead of published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from medallion.errors import DataRejected, MedallionError, SetupError
from medallion.lake.reader import read_manifest
from medallion.names import PublishedTable, TableName
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import (
    BuildStep,
    CleanStep,
    GateStep,
    LandStep,
    Plan,
    PlannedTask,
    PublishStep,
)
from medallion.prose import tally
from medallion.publish.read_mask import ReadMask
from medallion.run import Run
from medallion.schedules.clock import moment_in, zone_of
from medallion.steps.parts.landing_frames import field_names, frames
from medallion.warehouse.quarantine.report import ReasonCount
from medallion.warehouse.registry.accounting import CONFLICTING, CONFLICTS
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.run_results import Sample, Verdict, reasons, sample, verdicts
from medallion.workbench.inputs import copy_inputs, find_unpublished, tables_of
from medallion.workbench.scratch import Scratch
from medallion.workbench.tries import Report, TriedTask, try_tasks

RUN_ID = "preview"
HIDDEN = "(personal: not shown)"
MOST_REASONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """The first records as they were landed, every value as its text. Fields with personal data
    show that they are hidden.
    """

    fields: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Where the rows that were read have gone: read = published + the three others."""

    read: int
    published: int
    quarantined: int
    deduplicated: int
    discarded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePreview:
    """One table. What was not reached is None or empty; `problem` says why."""

    table: PublishedTable
    accounts: Accounts | None
    landed: Landed | None
    sample: Sample | None
    """As readers would see it; before its publication failed, as it was staged."""
    reasons: tuple[ReasonCount, ...]
    """Why rows would be quarantined, the commonest first."""
    duplicates: tuple[str, ...]
    """Rows that give way to another with their primary key, and how the two differ."""
    verdicts: tuple[Verdict, ...]
    sql: str
    """Of a gold table, as its author wrote it."""
    problem: MedallionError | None
    """Why it would not be published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """All tables that were tried, in the plan's order, and what was read beside the sources."""

    run: Run
    tables: tuple[TablePreview, ...]
    inputs: tuple[tuple[TableName, int], ...]
    """Published tables that were copied, with their rows."""

    @property
    def would_be_published(self) -> bool:
        """Whether a run would publish every table: no gate failed, and no guard refused."""
        return all(table.problem is None for table in self.tables)

    @property
    def outcome(self) -> str:
        """A sentence that says whether all would be published, and how many rows would not."""
        if not self.would_be_published:
            return "Not all of it would be published."
        accounts = [table.accounts for table in self.tables if table.accounts is not None]
        held_back = sum(one.quarantined for one in accounts)
        if not held_back:
            return "All of it would be published."
        published = sum(one.published for one in accounts)
        return (
            f"{tally(published, 'row')} would be published, and {held_back:,} would go to "
            "quarantine instead."
        )


def run_for(plan: Plan, moment: datetime | None, now: datetime) -> Run:
    """The run to try: over the interval that holds `moment`, or over the last whole one. A moment
    without a zone is one of the pipeline's.

    Raises:
        SetupError: a moment is asked for, and the pipeline has no schedule that cuts time.
    """
    return run_over(plan, *_interval(plan, moment, now))


def run_over(plan: Plan, start: datetime, end: datetime, run_id: str = RUN_ID) -> Run:
    """The run of a pipeline over an interval that is known; it may have no length."""
    return Run(
        dag_id=str(plan.dag_id),
        run_id=run_id,
        interval_start=start,
        interval_end=end,
        timezone=plan.settings.timezone,
    )


def preview(
    plan: Plan,
    only: PublishedTable | None,
    run: Run,
    scratch: Scratch,
    surroundings: Surroundings,
    *,
    rows: int = 10,
    report: Report = lambda tried: None,
) -> Preview:
    """Try a pipeline, or one table of it, and collect what there is to see.

    Of one table, the tables that it reads are copied as they are published now; those of the same
    pipeline that were never published are tried as well.

    Args:
        plan: of the pipeline.
        only: one of its tables; None: all of them.
        run: see `run_for`.
        scratch: an empty one.
        surroundings: the project, its connections, and the warehouse that is read.
        rows: how many rows a sample has.
        report: takes each task as it ends.

    Raises:
        SetupError: the pipeline has no such table, or a table that it reads was never published.
        WarehouseUnavailable: the warehouse, or the scratch, does not answer.
    """
    tasks = _tasks(plan, only, surroundings)
    copied = copy_inputs(tables_of(tasks), plan.dag_id.domain, scratch, surroundings)
    tried = try_tasks(plan, tasks, run, scratch, surroundings, report)
    groups = dict.fromkeys(task.group for task in tasks)
    with session(scratch.warehouse_url, "reading what was tried") as connection:
        tables = tuple(
            _table(connection, run, [one for one in tried if one.task.group == group], rows)
            for group in groups
        )
    return Preview(run=run, tables=tables, inputs=tuple(copied.items()))


def _interval(plan: Plan, moment: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    schedule = plan.settings.schedule
    if schedule is None:
        if moment is not None:
            raise SetupError(
                f"{plan.dag_id} has no cron schedule, and so no data intervals",
                remedy="leave --run out: it reads what its sources have now",
            )
        return now, now
    if moment is None:
        found = schedule.last_whole(now)
    else:
        found = schedule.interval_at(moment_in(moment, zone_of(plan.settings.timezone)))
    if found is None:
        raise SetupError(
            f"{plan.dag_id} has no data interval there: its schedule is {schedule}",
            remedy="name another moment with --run",
        )
    return found


def _tasks(
    plan: Plan, only: PublishedTable | None, surroundings: Surroundings
) -> tuple[PlannedTask, ...]:
    """The tasks to try, in the plan's order."""
    if only is None:
        return plan.tasks
    groups = {t.step.table: t.group for t in plan.tasks if isinstance(t.step, PublishStep)}
    if only not in groups:
        known = ", ".join(str(table.public) for table in groups)
        raise SetupError(
            f"{plan.dag_id} publishes no table {only.public}", remedy=f"it publishes {known}"
        )
    own = {table.public: group for table, group in groups.items()}
    wanted = {groups[only]}
    while True:
        tasks = tuple(task for task in plan.tasks if task.group in wanted)
        reads = [name for name in tables_of(tasks) if name in own]
        missing = find_unpublished(reads, surroundings.warehouse_url) if reads else ()
        if not missing:
            return tasks
        wanted |= {own[name] for name in missing}


def _table(connection: Session, run: Run, tried: Sequence[TriedTask], rows: int) -> TablePreview:
    by_step = {type(one.task.step): one for one in tried if not isinstance(one.task.step, GateStep)}
    publish = by_step[PublishStep]
    table = publish.task.step.table
    published = publish.result is not None
    seen = table.public if published else table.staging(run.key)
    rejects = table.quarantine if published else table.rejects(run.key)
    build = by_step.get(BuildStep)
    return TablePreview(
        table=table,
        accounts=_accounts(publish),
        landed=_read_landed(tried, rows),
        sample=sample(connection, seen, rows, _masks(publish)),
        reasons=reasons(connection, rejects, MOST_REASONS),
        duplicates=_duplicates(by_step.get(CleanStep)),
        verdicts=verdicts(connection, run, table),
        sql=build.task.step.sql if build and isinstance(build.task.step, BuildStep) else "",
        problem=_problem(tried),
    )


def _masks(publish: TriedTask) -> tuple[ReadMask, ...]:
    step = publish.task.step
    return step.masks if isinstance(step, PublishStep) else ()


def _problem(tried: Sequence[TriedTask]) -> MedallionError | None:
    """The first error; where a task waited for another table, in words that say so."""
    for one in tried:
        if one.error is not None:
            return one.error
        if one.waited:
            return DataRejected(
                f"{one.task.task_id} was not tried",
                remedy=f"it waits for {', '.join(one.task.upstream)}: see there",
            )
    return None


def _accounts(publish: TriedTask) -> Accounts | None:
    result = publish.result
    if result is None:
        return None
    return Accounts(
        read=result.rows_in,
        published=result.rows_out,
        quarantined=result.rows_quarantined,
        deduplicated=result.rows_deduplicated,
        discarded=result.rows_discarded,
    )


def _read_landed(tried: Sequence[TriedTask], rows: int) -> Landed | None:
    land = next((one for one in tried if isinstance(one.task.step, LandStep)), None)
    if land is None or land.result is None:
        return None
    gates = (one.task.step for one in tried if isinstance(one.task.step, GateStep))
    clear = next(gates).clear_fields
    manifest = read_manifest(land.result.reference)
    try:
        names = field_names(manifest)
        frame = next(iter(frames(manifest, names, text=True)))
    except DataRejected:  # the gate, or the cleaning, says the same with more words
        return None
    shown = [name for name in names if name in frame.columns]
    hidden = [clear is not None and name not in clear for name in shown]
    values = frame[shown].head(rows).itertuples(index=False, name=None)
    return Landed(
        fields=tuple(shown),
        rows=tuple(
            tuple(_text(v, hidden=h) for v, h in zip(row, hidden, strict=True)) for row in values
        ),
        records=manifest.records,
    )


def _text(value: object, *, hidden: bool) -> str | None:
    if value is None or value != value:  # noqa: PLR0124  # NaN is how pandas says that it is missing
        return None
    return HIDDEN if hidden else str(value)


def _duplicates(clean: TriedTask | None) -> tuple[str, ...]:
    if clean is None or clean.result is None or not clean.result.details.get(CONFLICTING):
        return ()
    found = clean.result.details[CONFLICTS]
    if not isinstance(found, dict):
        return ()
    columns = ", ".join(map(str, found["columns"]))
    number = clean.result.details[CONFLICTING]
    return (
        f"saying something else, in {columns}: {tally(int(str(number)), 'row')}",
        *map(str, found["examples"]),
    )
