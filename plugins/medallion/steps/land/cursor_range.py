"""The range that a run reads from a source with a cursor."""

from __future__ import annotations

from datetime import UTC, datetime

from medallion.durations import duration
from medallion.errors import SourceRefused
from medallion.plan.model import LandStep
from medallion.sources.base.cursor import CursorRange, CursorSpec, CursorValue
from medallion.steps.context import StepContext
from medallion.warehouse.registry import cursors
from medallion.warehouse.registry.cursors import CursorState
from medallion.warehouse.session.transaction import Session


def cursor_range(connection: Session, step: LandStep, context: StepContext) -> CursorRange | None:
    """The range that a run reads; None if the source has no cursor.

    | run | reads |
    |---|---|
    | scheduled, or triggered by hand | on from what was published, less the lookback |
    | done again | what it read before; the last one reads on |
    | a backfill | its data interval; the cursor stays |
    | triggered with full_refresh | all from the initial value |

    With `append` it looks nothing back, and ends the lookback before now; done again, not before
    what it has read.

    Raises:
        SourceRefused: a number cursor has no data interval, or `append` would add rows twice.
    """
    spec = step.source.reads_by()
    if spec is None:
        return None
    appends = step.write_disposition.appends
    if context.backfill or context.full_refresh:
        _refuse_doubles(step, context, appends=appends)
    if context.backfill:
        return _interval(spec, step, context)
    state = cursors.state_of(connection, context.run, step.table, spec.field, spec.kind)
    if context.full_refresh:
        return CursorRange(
            field=spec.field, kind=spec.kind, start=spec.initial(), before=state.value
        )
    return _onwards(spec, state, appends=appends)


def _onwards(spec: CursorSpec, state: CursorState, *, appends: bool) -> CursorRange:
    before = state.own_before if state.has_run else state.value
    start = _start(spec, before, appends=appends)
    settled = _settle_end(spec, start, appends=appends)
    closed = state.has_run and (not state.is_last or _is_past(state.own_after, settled))
    return CursorRange(
        field=spec.field,
        kind=spec.kind,
        start=start,
        # A row that has the very value that was read last is there already: merge updates it.
        start_inclusive=before is None or not appends,
        end=state.own_after if closed else settled,
        end_inclusive=closed,
        before=before,
        bounded=closed,
    )


def _start(spec: CursorSpec, before: CursorValue | None, *, appends: bool) -> CursorValue:
    """What is appended would be there twice if it were read again: nothing is looked back for."""
    if before is None:
        return spec.initial()
    return before if appends else spec.back(before)


def _settle_end(spec: CursorSpec, start: CursorValue, *, appends: bool) -> datetime | None:
    """Where a run ends that appends from a source whose rows become visible late: what is read is
    not looked back for, so the run waits until nothing can come in front of it any more. It does
    not end before its start, where a former run had a shorter lookback."""
    if not appends or not isinstance(spec.lookback, str) or not isinstance(start, datetime):
        return None
    try:
        return max(start, datetime.now(UTC) - duration(spec.lookback))
    except OverflowError:  # before the year 1
        return start


def _is_past(read: CursorValue | None, settled: datetime | None) -> bool:
    """Whether a run had read further than it would now, with a shorter lookback. Done again it
    reads the same: its rows take the place of those that it has appended, and no other run would
    read these, for the cursor is behind them."""
    return isinstance(read, datetime) and settled is not None and read >= settled


def _interval(spec: CursorSpec, step: LandStep, context: StepContext) -> CursorRange:
    found = spec.of_interval(*context.run.local_interval())
    if found is None:
        raise SourceRefused(
            f"{step.table.public} reads by a number ({spec.field}): a data interval says nothing "
            "of numbers, and a backfill has no other bounds",
            remedy="trigger the DAG with full_refresh instead of a backfill",
        )
    return found


def _refuse_doubles(step: LandStep, context: StepContext, *, appends: bool) -> None:
    if not appends:
        return
    asked = "a backfill" if context.backfill else "a full refresh"
    raise SourceRefused(
        f"{step.table.public} is appended to by a cursor: {asked} would bring rows that are there "
        "a second time",
        remedy="clear the run that brought the rows: it reads the same again; or use "
        "`write_disposition: merge`, which knows rows by their key",
    )
