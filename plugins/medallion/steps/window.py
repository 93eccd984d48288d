"""Which stretch of time a run of an incremental gold table makes; whether its rows lie in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from medallion.errors import DataRejected, WarehouseRefused
from medallion.names import PublishedTable, TableName
from medallion.plan.intervals import Span, unite_spans
from medallion.plan.model import BuildStep
from medallion.prose import tally
from medallion.publish.recipe import Recipe, find_former
from medallion.publish.relations import OWN_COLUMNS, Column, parent_of
from medallion.publish.window import Increment, Window
from medallion.schedules.clock import clock_of, in_words, shows_twice, zone_of
from medallion.spec.sql.lineage import digest_column
from medallion.steps.context import StepContext
from medallion.time_grains import floor_to
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry import windows
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session
from medallion.warehouse.tables.built import count_outside

_DATE = "date"
_WITHOUT_ZONE = "timestamp without time zone"


def choose_window(connection: Session, step: BuildStep, context: StepContext) -> Window | None:
    """What the run makes: its interval with `lookback`, and what is there already of the time
    after it whose rows read it; or the whole table, where there is none to add to, or an operator
    asked for it. None: the table does not grow by increments."""
    increment, table = step.increment, step.table
    if increment is None:
        return None
    current = registry.current(connection, table)
    latest = windows.latest_end(connection, table, current.version) if current else None
    if current is None or latest is None:
        return _whole(increment, context, None, f"{table.public} has no increments yet")
    if context.full_refresh:
        return _whole(increment, context, latest, "a full refresh was asked for")
    if why := _find_change(connection, step, increment, current):
        return _whole(increment, context, latest, why)
    window = increment.window_of(context.run.interval_start, context.run.interval_end)
    window = _with_those_after(connection, step, increment, current.version, window)
    _warn_of_former_rows(connection, step, context, current.version, window)
    if window.start == window.end:
        context.log.warning(
            "%s begins at %s: the interval of this run is before it, and nothing is built",
            table.public,
            in_words(increment.begin, increment.timezone),
        )
    return window


def whole_window(connection: Session, step: BuildStep, context: StepContext, why: str) -> Window:
    """All that the table holds, and at least up to the latest interval that is published."""
    assert step.increment is not None  # noqa: S101  # whoever asks has a window of it
    current = _to_add_to(connection, step.table, step.increment)
    latest = windows.latest_end(connection, step.table, current.version) if current else None
    return _whole(step.increment, context, latest, why)


def recipe_of(step: BuildStep) -> Recipe:
    """What decides the rows of an incremental table's windows."""
    assert step.increment is not None  # noqa: S101  # whoever asks has a window of it
    return Recipe(
        sql_digest=windows.digest_of(step.sql),
        time_column=step.increment.time_column,
        time_grain=step.increment.grain_in_words(),
        primary_key=step.primary_key,
        time_digest=digest_column(step.sql, step.increment.time_column),
    )


def has_another_shape(connection: Session, table: PublishedTable, staging: TableName) -> bool:
    """Whether the staged columns are others than the published ones: rows of former intervals would
    lack what is new, or keep what has gone."""
    return _shape(columns_of(connection, staging)) != _shape(
        columns_of(connection, parent_of(table))
    )


def hold_to_window(
    connection: Session, step: BuildStep, staging: TableName, window: Window
) -> None:
    """Refuse rows that do not belong to the window, and rows without a time.

    Raises:
        WarehouseRefused: the time column is none, or the window does not suit a date.
        DataRejected: there are such rows.
    """
    increment = step.increment
    assert increment is not None  # noqa: S101
    column = increment.time_column
    types = {one.name: one.type for one in columns_of(connection, staging)}
    _hold_type(step, types.get(column), window)
    before, after, without = count_outside(connection, staging, column, window)
    if without:
        raise DataRejected(
            f"{step.table.public}: {tally(without, 'row')} without {column}, so nobody can tell "
            "when they belong",
            remedy=f"leave them out of {step.sql_path}, or give them a time. The published table "
            "is untouched",
        )
    if (before or after) and increment.disposition.holds_to_window:
        raise DataRejected(
            f"{step.table.public}: {tally(before + after, 'row')} outside of the time that this "
            f"run makes, {window}: {before} earlier, {after} later",
            remedy=f"have {step.sql_path} say `where {column} >= :data_interval_start and "
            f"{column} < :data_interval_end`. Where a row speaks of a whole month or day, add "
            "`incremental: {time_grain: month}`. The published table is untouched",
        )


def _find_change(
    connection: Session, step: BuildStep, increment: Increment, current: Publication
) -> str | None:
    """Why what readers have cannot be added to, although it grew; None: it can."""
    if current.write_disposition != increment.disposition.name:
        return (
            f"`by` has changed: it is {increment.disposition}, and was {current.write_disposition}"
        )
    begin = windows.first_start(connection, step.table, current.version)
    if begin is not None and increment.first() < begin:
        return f"`begin` is earlier now: it was {in_words(begin, increment.timezone)}"
    recipe = recipe_of(step)
    kept = windows.recipes_of(connection, step.table, current.version)
    return next(filter(None, map(recipe.find_change, kept)), None)


def _with_those_after(
    connection: Session, step: BuildStep, increment: Increment, version: int, window: Window
) -> Window:
    """Rows of later days that read those of the window are made again with them: so the order in
    which days run does not matter. A day that is not there yet ends it: its own run is to come, and
    does the same for those after it."""
    until = increment.read_until(window.end)
    if window.end in (until, window.start):
        return window
    kept = windows.windows_of(connection, step.table, version)
    made = unite_spans(Span(start=one.window.start, end=one.window.end) for one in kept)
    there = next((one.end for one in made if one.start <= window.end < one.end), window.end)
    return replace(window, end=increment.window_of(window.end, min(until, there)).end)


def _warn_of_former_rows(
    connection: Session, step: BuildStep, context: StepContext, version: int, window: Window
) -> None:
    """Say in each run which rows stay as a former spec or text made them."""
    increment, digest = step.increment, windows.digest_of(step.sql)
    assert increment is not None  # noqa: S101
    begin = windows.first_start(connection, step.table, version)
    if begin is not None and begin < increment.first():
        context.log.warning(
            "`begin` of %s is %s now: the rows since %s stay until a full refresh",
            step.table.public,
            in_words(increment.first(), increment.timezone),
            in_words(begin, increment.timezone),
        )
    texts = {one.sql_digest for one in windows.recipes_of(connection, step.table, version)}
    if texts <= {digest}:
        return
    made = [
        (one.window, one.sql_digest) for one in windows.windows_of(connection, step.table, version)
    ]
    by_time = increment.disposition.holds_to_window
    former = find_former([*made, (window, digest)], digest, by_time=by_time)
    if former:
        context.log.warning(
            "%s has changed: rows of former intervals, from %s to %s, were made by its former text."
            " A full refresh makes all of them by the new one",
            step.sql_path,
            in_words(former[0].start, increment.timezone),
            in_words(max(one.end for one in former), increment.timezone),
        )


def _to_add_to(
    connection: Session, table: PublishedTable, increment: Increment
) -> Publication | None:
    """What readers have, where it is a table that grows in the same way."""
    current = registry.current(connection, table)
    if current is None or current.write_disposition != increment.disposition.name:
        return None
    return current


def _whole(increment: Increment, context: StepContext, latest: datetime | None, why: str) -> Window:
    end = max(context.run.interval_end, latest) if latest else context.run.interval_end
    window = increment.whole_until(end)
    context.log.info("all of the table is built, %s: %s", window, why)
    return window


def _shape(columns: tuple[Column, ...]) -> set[tuple[str, str]]:
    return {(one.name, one.type) for one in columns if one.name not in OWN_COLUMNS}


def _hold_type(step: BuildStep, found: str | None, window: Window) -> None:
    increment = step.increment
    assert increment is not None  # noqa: S101
    column, table = increment.time_column, step.table.public
    if found is None:
        raise WarehouseRefused(
            f"{table}: {step.sql_path} gives no column {column}, by which the table grows",
            remedy="name a column of the SELECT in `time_column`",
        )
    if found != _DATE and not found.startswith("timestamp"):
        raise WarehouseRefused(
            f"{table}: {column}, by which the table grows, is {found}: no date and no time",
            remedy=f"cast it in {step.sql_path}: `{column}::date as {column}`",
        )
    ends = (window.start, window.end)
    if found == _WITHOUT_ZONE:
        _hold_clock(step, increment, ends)
    if found == _DATE and any(m != floor_to(m, "day", increment.timezone) for m in ends):
        raise WarehouseRefused(
            f"{table}: {column} is a date, and this run makes {window}, which does not hold whole "
            "days",
            remedy="add `incremental: {time_grain: day}`: each run then makes whole days, or "
            "select a time in place of the date",
        )


def _hold_clock(step: BuildStep, increment: Increment, ends: tuple[datetime, datetime]) -> None:
    """Refuse a window that begins or ends at a time that the clock shows twice."""
    zone = zone_of(increment.timezone)
    twice = next((one for one in ends if shows_twice(one, zone)), None)
    if twice is not None:
        column, table = increment.time_column, step.table.public
        raise WarehouseRefused(
            f"{table}: {column} has no zone, and this run begins or ends at "
            f"{clock_of(twice, zone):%Y-%m-%d %H:%M}, which the clock of {increment.timezone} "
            "shows twice: nobody can tell which rows are of which hour",
            remedy=f"select a timestamptz as {column} in {step.sql_path}, or have each run make "
            "whole days: `incremental: {time_grain: day}`",
        )
