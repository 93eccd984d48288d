"""Rules on when a pipeline runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache

from medallion.durations import moment_of
from medallion.names import Layer, TableName
from medallion.schedules.clock import is_zone, suggest_zone
from medallion.schedules.cron import CONTINUOUS, CRON_OF_PRESET
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.rules.context import RuleContext

PRESETS = tuple(CRON_OF_PRESET)
"""Airflow's presets that have data intervals."""

_NO_INTERVALS = {
    "@once": "leave schedule out and trigger it once",
    CONTINUOUS: "it is the only word of a pipeline's `schedule`, where it is one",
    "none": "write `schedule: null`, or leave it out",
    "@none": "write `schedule: null`, or leave it out",
    "@midnight": "write @daily",
    "@annually": "write @yearly",
}


_BY_CHANCE = re.compile(r"(?<![A-Za-z])[RrHh](?![A-Za-z])")
"""croniter's own words for a random number, and for one made of a job's name."""

_RANGE_OF_ONE = re.compile(r"(?<![\w-])(\w+)-\1(?!\w)", re.IGNORECASE)
"""croniter, and Airflow with it, takes 5-5 for every value: `0 6 * * 5-5` comes on all days."""


def schedule(context: RuleContext) -> Iterator[Finding]:
    """A schedule is one of Airflow's presets, or a cron expression of five fields, or several."""
    yield from schedule_findings(context.spec.schedule)


def schedule_findings(crons: tuple[str, ...] | None) -> Iterator[Finding]:
    """What is wrong with each expression, at its place."""
    if crons == (CONTINUOUS,):
        return
    for at, text in enumerate(crons or ()):
        where = ("schedule", at) if len(crons or ()) > 1 else ("schedule",)
        if found := schedule_problem(text):
            yield Finding(where=where, problem=found[0], remedy=found[1])
        elif text in (crons or ())[:at]:
            yield Finding(
                where=where,
                problem=f"{text} is there twice",
                remedy="remove one of them: a run begins once at a moment, however many ask for it",
            )


def timezone(context: RuleContext) -> Iterator[Finding]:
    """A pipeline's `timezone` is a name of the IANA database: an offset knows no summer time."""
    if context.spec.timezone is not None:
        yield from timezone_findings(context.spec.timezone)


def timezone_findings(name: str) -> Iterator[Finding]:
    """What is wrong with the name of a zone."""
    if not is_zone(name):
        yield Finding(
            where=("timezone",),
            problem=f"there is no time zone {name}",
            remedy=suggest_zone(name),
        )


@lru_cache(maxsize=1024)
def schedule_problem(text: str) -> tuple[str, str] | None:
    """(problem, remedy) of a schedule that cannot be used; None for a good one.

    >>> schedule_problem("@dayly")
    ('@dayly is not a preset', 'did you mean @daily?')
    """
    if text in PRESETS:
        return None
    if text.lower() in _NO_INTERVALS:
        return f"{text} has no data intervals", _NO_INTERVALS[text.lower()]
    if text.startswith("@"):
        return f"{text} is not a preset", did_you_mean(text, PRESETS)
    if f"@{text.lower()}" in PRESETS:
        return f"{text!r} is neither a preset nor a cron expression", f'write "@{text.lower()}"'
    if (fields := len(text.split())) != 5:
        return (
            f"{text!r} is not a cron expression: it has {fields} field{'s'[: fields != 1]}, "
            "not five",
            "minute hour day month weekday, such as `0 6 * * 1-5`",
        )
    return _cron_problem(text)


def _cron_problem(text: str) -> tuple[str, str] | None:
    from croniter import CroniterBadDateError, CroniterError, croniter

    if found := _BY_CHANCE.search(text):
        return (
            f"{text!r} leaves {found[0]} to chance, and the data intervals with it",
            "write the minute, or the hour, that you mean",
        )
    if found := _RANGE_OF_ONE.search(text):
        return f"{text!r}: {found[0]} would be taken for every value", f"write {found[1]}"
    try:
        croniter(text, datetime(2026, 1, 1, tzinfo=UTC)).get_next()
    except CroniterBadDateError:
        return f"{text!r} never comes", "no month has that day: fix the third or fourth field"
    except (CroniterError, ValueError, KeyError) as error:
        said = str(error).removeprefix(f"[{text}]").removeprefix(" is not acceptable,").strip()
        return f"{text!r} is not a cron expression: {said}", "minute hour day month weekday"
    return None


def schedule_needs_start_date(context: RuleContext) -> Iterator[Finding]:
    """A schedule counts its data intervals from `start_date`: it does not start by itself."""
    started = context.value_of("start_date") is not None or "start_date" in context.lost
    if context.value_of("schedule") not in (None, (CONTINUOUS,)) and not started:
        yield Finding(
            where=("schedule",),
            problem="a schedule needs the first day of its data intervals",
            remedy="add `start_date: 2026-01-01`, here or in domain.yaml",
        )


def continuous(context: RuleContext) -> Iterator[Finding]:
    """`@continuous` waits for messages: all that the pipeline reads are streams, one run at a time,
    on all days."""
    if context.value_of("schedule") != (CONTINUOUS,) or "datasets" in context.lost:
        return
    spec = context.spec
    others = [name for name, one in spec.datasets.items() if not one.source.reads_stream()]
    if others or not spec.datasets:
        yield Finding(
            where=("datasets", others[0], "source") if others else ("schedule",),
            problem="a continuous pipeline would read it again every few seconds"
            if others
            else "a continuous pipeline waits for messages, and reads no stream",
            remedy="give it a pipeline of its own, with a cron schedule"
            if others
            else "add a dataset with `source: {type: kafka, …}`, or write a cron schedule",
        )
    runs, calendar = context.value_of("max_active_runs"), context.value_of("calendar")
    for key, is_wrong in (("max_active_runs", runs not in (None, 1)), ("calendar", calendar)):
        if is_wrong:
            yield Finding(
                where=(key,) if key in spec.model_fields_set else ("schedule",),
                problem=f"{key} says nothing of a continuous pipeline: one run follows the other",
                remedy=f"remove {key}, or write a cron schedule",
            )


def appends_follow_on(context: RuleContext) -> Iterator[Finding]:
    """Runs that append what is new follow one another: two at once read the same, and the second
    one is refused."""
    runs = context.value_of("max_active_runs")
    if not isinstance(runs, int) or runs < 2 or context.value_of("schedule") == (CONTINUOUS,):
        return
    for name, dataset in context.spec.datasets.items():
        reads_on = dataset.source.reads_stream() or dataset.source.reads_by()
        if reads_on and dataset.silver.write_disposition.appends:
            is_own = "max_active_runs" in context.spec.model_fields_set
            yield Finding(
                where=("max_active_runs",)
                if is_own
                else ("datasets", name, "silver", "write_disposition"),
                problem=f"{name} appends what is new since the last run, and {runs} runs at once "
                "read the same rows: all but one of them would fail",
                remedy="write `max_active_runs: 1`, or use `write_disposition: merge`, which knows "
                "rows by their key",
            )
            return


def end_after_start(context: RuleContext) -> Iterator[Finding]:
    """`end_date` comes after `start_date`."""
    start, end = context.value_of("start_date"), context.value_of("end_date")
    if isinstance(start, date) and isinstance(end, date) and moment_of(end) <= moment_of(start):
        yield Finding(
            where=("end_date",),
            problem=f"{end} is not after the start_date {start}",
            remedy="no run would ever be scheduled: fix one of them",
        )


def catchup_needs_schedule(context: RuleContext) -> Iterator[Finding]:
    """`catchup` runs the intervals that were missed: without a schedule there are none."""
    said = context.value_of("schedule")
    scheduled = said not in (None, (CONTINUOUS,)) or "schedule" in context.lost
    if context.spec.catchup and not scheduled:
        yield Finding(
            where=("catchup",),
            problem="catchup means the intervals of a schedule, and there is none",
            remedy="add a schedule, or remove catchup",
        )


def wait_for_needs_no_schedule(context: RuleContext) -> Iterator[Finding]:
    """`wait_for` says when a pipeline without a schedule runs: beside one it says nothing."""
    said = context.value_of("schedule") is not None or "schedule" in context.spec.model_fields_set
    if context.spec.wait_for and (said or "schedule" in context.lost):
        yield Finding(
            where=("wait_for",),
            problem="it is for a pipeline that runs by the tables that it reads, and this one has "
            "a schedule",
            remedy="remove one of the two",
        )


def wait_for(context: RuleContext) -> Iterator[Finding]:
    """`wait_for` names each table of another pipeline once, and says in each mapping one thing."""
    if context.spec.wait_for is None:
        return
    for where, one in context.spec.wait_for.walk():
        words = one.words()
        if len(words) != 1:
            said = " and ".join(words) or "nothing"
            remedy = "write one of all, any, table and inputs; all and any may be in one another"
            yield Finding(where=where, problem=f"it says {said}", remedy=remedy)
    own, seen = _own_tables(context), set[TableName]()
    for where, table in context.spec.wait_for.tables():
        if table in own:
            yield Finding(
                where=where,
                problem=f"{table} is the pipeline's own: it would wait for itself",
                remedy="remove it",
            )
        elif table in seen:
            yield Finding(where=where, problem=f"{table} is there twice", remedy="remove one")
        seen.add(table)


def wait_for_inputs(context: RuleContext) -> Iterator[Finding]:
    """`all` and `any` of `wait_for` are the tables of other pipelines that the pipeline reads: one
    that reads none would never run."""
    is_known = len(context.queries) == len(context.spec.gold) and not context.lost
    said = "schedule" in context.spec.model_fields_set
    if context.spec.wait_for is None or said or not is_known:
        return
    own = _own_tables(context)
    if any(not own.issuperset(query.upstream) for query in context.queries.values()):
        return
    for where, one in context.spec.wait_for.walk():
        if one.inputs is not None:
            yield Finding(
                where=where,
                problem=f"`{one.inputs}` means the tables of other pipelines that this one reads, "
                "and it reads none: nothing would ever start it",
                remedy="name the tables that it waits for, `wait_for: {any: [gold_shop.sales]}`, "
                "or give it a `schedule`",
            )


def _own_tables(context: RuleContext) -> frozenset[TableName]:
    spec, domain = context.spec, context.dag_id.domain
    return frozenset(
        TableName(f"{layer}_{domain}", name)
        for layer, names in ((Layer.SILVER, spec.datasets), (Layer.GOLD, spec.gold))
        for name in names
    )
