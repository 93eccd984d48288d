"""A pipeline of an exercise, run in a scratch: what became of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from medallion.compiler.single import plan_of_pipeline
from medallion.course.practice import surroundings_of
from medallion.course.workplace import Workplace
from medallion.errors import MedallionError
from medallion.names import PublishedTable
from medallion.plan.model import Plan, PublishStep
from medallion.run import Run
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.run_results import reasons, sample, verdicts
from medallion.workbench.preview import run_for
from medallion.workbench.scratch import open_scratch
from medallion.workbench.tries import TriedTask, try_tasks

USUAL_DAY = date(2026, 1, 5)
MOST_ROWS = 2000
MOST_REASONS = 100
SHOWN_ROWS = 3
_SCRATCH = "medallion-scratch-"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFound:
    """A table when all runs are over; counts are of all runs together.

    Attributes:
        columns: PostgreSQL's types by name, without Medallion's own columns.
        sample: its rows, as far as they are looked at.
        reasons: why rows are in quarantine, with their number.
        examples: by reason, what the first of them says.
        kept: the records in quarantine, as texts.
        warned: the checks that warned, by their ids.
        error: why it was not published, of the first run that failed; empty: it was.
    """

    columns: Mapping[str, str]
    rows: int
    sample: tuple[Mapping[str, object], ...]
    quarantined: int
    reasons: Mapping[str, int]
    examples: Mapping[str, str]
    kept: tuple[str, ...]
    discarded: int
    deduplicated: int
    warned: tuple[str, ...]
    error: str

    def accounts(self) -> str:
        """One line: what it holds, and where the other rows are."""
        if self.error:
            return "not published"
        return (
            f"{self.rows:,} rows; {self.quarantined:,} in quarantine, {self.discarded:,} "
            f"discarded by the filter, {self.deduplicated:,} duplicates"
        )

    def details(self) -> Iterator[str]:
        """The error, the reasons of quarantine, the checks that warn, and the first rows."""
        if self.error:
            yield self.error
        for reason, rows in self.reasons.items():
            yield f"in quarantine, {rows:,}: {reason}; for example {self.examples[reason]}"
        yield from (f"warned: {check}" for check in self.warned)
        for row in self.sample[:SHOWN_ROWS]:
            yield ", ".join(f"{name}: {value}" for name, value in row.items())


def try_pipeline(place: Workplace, name: str, days: Sequence[date] = ()) -> dict[str, TableFound]:
    """Run a pipeline for each day, into the same tables; by table, what is there then.

    Args:
        place: whose folder is the project.
        name: `<domain>.<pipeline>`.
        days: in the order of the runs; one run of a usual day without any.

    Raises:
        SpecError: the spec is refused.
        WarehouseUnavailable: the server does not answer.
    """
    plan = plan_of_pipeline(name, place.folder)
    with open_scratch(place.server) as scratch:
        around = surroundings_of(place.folder, scratch)
        done: list[tuple[Run, Sequence[TriedTask]]] = []
        for number, day in enumerate(days or (USUAL_DAY,)):
            run = _run(plan, day, number)
            done.append((run, try_tasks(plan, plan.tasks, run, scratch, around)))
        with session(scratch.warehouse_url, "looking at what was tried") as connection:
            return {
                str(table.public): _look(connection, table, group, done)
                for table, group in _tables(plan).items()
            }


def _run(plan: Plan, day: date, number: int) -> Run:
    moment = datetime.combine(day, time.min, UTC)
    run = run_for(plan, moment if plan.settings.schedule else None, moment)
    return Run(
        dag_id=run.dag_id,
        run_id=f"learn_{number}",
        interval_start=run.interval_start,
        interval_end=run.interval_end,
        timezone=run.timezone,
    )


def _tables(plan: Plan) -> dict[PublishedTable, str]:
    return {t.step.table: t.group for t in plan.tasks if isinstance(t.step, PublishStep)}


def _look(
    connection: Session,
    table: PublishedTable,
    group: str,
    done: Sequence[tuple[Run, Sequence[TriedTask]]],
) -> TableFound:
    own = [(run, [one for one in tried if one.task.group == group]) for run, tried in done]
    ends = [
        one.result for _, tried in own for one in tried if isinstance(one.task.step, PublishStep)
    ]
    published = [result for result in ends if result is not None]
    seen = sample(connection, table.public, MOST_ROWS)
    names = [column.name for column in seen.columns] if seen else []
    kept = sample(connection, table.quarantine, MOST_ROWS)
    why = reasons(connection, table.quarantine, MOST_REASONS)
    return TableFound(
        columns={column.name: column.type for column in seen.columns} if seen else {},
        rows=seen.total if seen else 0,
        sample=tuple(dict(zip(names, row, strict=True)) for row in (seen.rows if seen else ())),
        quarantined=sum(result.rows_quarantined for result in published),
        reasons={one.reason: one.rows for one in why},
        examples={one.reason: str(one.example) for one in why},
        kept=tuple(str(row) for row in (kept.rows if kept else ())),
        discarded=sum(result.rows_discarded for result in published),
        deduplicated=sum(result.rows_deduplicated for result in published),
        warned=tuple(
            verdict.check_id
            for run, _ in own
            for verdict in verdicts(connection, run, table)
            if verdict.status == "warned"
        ),
        error=_error(own),
    )


def _error(own: Sequence[tuple[Run, Sequence[TriedTask]]]) -> str:
    for run, tried in own:
        error: MedallionError | None = next((one.error for one in tried if one.error), None)
        if error is not None:
            of_day = f"the run of {run.interval_start:%Y-%m-%d}: " if len(own) > 1 else ""
            lines = str(error).splitlines()
            # Where a scratch was, nobody can look any more.
            return of_day + "\n".join(line for line in lines if _SCRATCH not in line)
        if any(one.waited for one in tried):
            return "it waits for a table before it, which is not published"
    return ""
