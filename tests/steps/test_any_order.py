"""Gold that grows, in whatever order rows come, are corrected and go, and days run: it is what a
full rebuild gives.

`MEDALLION_EXAMPLES` says how many ways each property tries: few by default, 25 in
`make suite-kill`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from tests.steps.staged import READINGS
from tests.steps.test_incremental import ALL, BY_DAY, LAST_STATE, Gold, Readings

from medallion.operations.intervals import judge_intervals
from medallion.plan.intervals import IntervalState, Span
from medallion.publish.by_key import BY_KEY
from medallion.publish.by_time import BY_TIME
from medallion.publish.declaration import GuardSpec
from medallion.publish.partitions import Partitions
from medallion.schedules.clock import midnight, zone_of
from medallion.steps.context import StepContext
from medallion.warehouse.registry.restatements import record_restatement
from medallion.warehouse.session.transaction import session

EXAMPLES = int(os.environ.get("MEDALLION_EXAMPLES", "4"))
DAYS = 6
FIRST_DAYS = {
    "UTC": date(2026, 2, 26),
    "Europe/Paris": date(2026, 3, 28),
    "America/New_York": date(2026, 10, 30),
    "Australia/Lord_Howe": date(2026, 9, 30),
}
"""Of six days with the end of a month; in the zones, with a day of 23, 25 and 23.5 hours."""
MONTHS = BY_DAY.replace("at::date as day", "date_trunc('month', at)::date as day")
ROLLING = """\
select d.day, count(*) as readings, sum(r.n) as total
from (select distinct at::date as day from silver_lab.readings
      where at >= :data_interval_start and at < :data_interval_end) as d
join silver_lab.readings as r on r.at::date between d.day - 2 and d.day
where r.at >= :data_interval_start - interval '2 days' and r.at < :data_interval_end
group by 1"""
"""Each day with the two before it."""
BELOW = """\
select d.day, sum(e.total) as total from gold_lab.above as d
join gold_lab.above as e on e.day between d.day - 1 and d.day
where d.day >= :data_interval_start and d.day < :data_interval_end
and e.day >= :data_interval_start - interval '1 day' and e.day < :data_interval_end group by 1"""
KINDS = {
    "days": (BY_DAY, ALL),
    "months": (MONTHS, replace(ALL, grain="month")),
    "rolling": (ROLLING, replace(ALL, reads_back=timedelta(days=2))),
    "states": (LAST_STATE, replace(ALL, disposition=BY_KEY, time_column="at")),
}


EMPTY_TOO = GuardSpec(max_shrink_percent=None, min_rows=0)
"""Where all rows are forgotten, a full rebuild has none."""


@dataclass(frozen=True, kw_only=True)
class Table(Gold):
    """A table whose intervals are six days of a zone. `made`: by which windows; `fresh`: the days
    whose last rows a run has read."""

    days: Sequence[Span]
    made: list[Span] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)

    def context(self, day: int, task_id: str, **more: object) -> StepContext:
        context = super().context(day, task_id, **more)
        span = self.days[day]
        run = replace(
            context.run,
            run_id=f"scheduled__{span.start:%Y-%m-%dT%H}",
            interval_start=span.start,
            interval_end=span.end,
            timezone=self.increment.timezone,
        )
        return replace(context, run=run)

    def make(self, day: int, *, whole: bool = False) -> None:
        """Run a day, and keep which days it has made."""
        self.run(day, full_refresh=whole)
        span = self.days[day]
        window = self.increment.window_of(span.start, span.end)
        if whole or not self.made:
            window = self.increment.whole_until(max([span.end, *(one.end for one in self.made)]))
        self.made.append(Span(start=window.start, end=window.end))
        self.fresh.update(
            number
            for number, one in enumerate(self.days)
            if window.start <= one.start and one.end <= window.end
        )

    def by_hand(self) -> list[tuple[object, ...]]:
        """What the SELECT gives of all days, by the clock of the zone."""
        text = self.text.replace(":data_interval_start", f"'{self.days[0].start}'::timestamptz")
        text = text.replace(":data_interval_end", f"'{self.days[-1].end}'::timestamptz")
        options = f"-c timezone={self.increment.timezone}"
        with psycopg.connect(self.url, options=options) as connection:
            return connection.execute(sql.SQL(f"SELECT * FROM ({text}) AS t ORDER BY 1")).fetchall()

    def hold_to_full_rebuild(self) -> None:
        """As published, as computed by hand, and as the product builds it whole."""
        found = self.rows()
        assert found == self.by_hand()
        self.run(DAYS - 1, full_refresh=True)
        assert self.rows() == found


@pytest.fixture
def readings(warehouse_db: str) -> Readings:
    return Readings(warehouse_db)


def days_of(zone: str) -> tuple[Span, ...]:
    first = [midnight(FIRST_DAYS[zone] + timedelta(days=n), zone_of(zone)) for n in range(DAYS + 1)]
    return tuple(Span(start=a, end=b) for a, b in itertools.pairwise(first))


def table_of(
    url: str, kind: str, zone: str, lookback: int, name: str, *, in_parts: bool = False
) -> Table:
    text, how = KINDS[kind]
    days = days_of(zone)
    is_by_time = how.disposition == BY_TIME
    return Table(
        url=url,
        days=days,
        increment=replace(
            how, begin=days[0].start, timezone=zone, lookback=timedelta(days=lookback)
        ),
        text=text,
        key=("day",) if is_by_time else ("sensor",),
        name=name,
        guard=EMPTY_TOO,
        partitions=Partitions(column="day", grain="day") if in_parts and is_by_time else None,
    )


def change(readings: Readings, what: str, day: Span, number: int) -> None:
    """A row comes, or all of a day are corrected, or gone."""
    if what == "arrive":
        readings.put(day.start + timedelta(hours=2 * number), number, f"s{number % 3}")
    elif what == "correct":
        readings.correct(day.start, day.end, number)
    else:
        readings.remove(day.start, day.end)


_NAMES = itertools.count()
_DAY = st.integers(0, DAYS - 1)
_ZONES = st.sampled_from(sorted(FIRST_DAYS))
_CHANGES = st.sampled_from(["arrive", "arrive", "correct", "forget"])


@settings(max_examples=EXAMPLES)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    zone=_ZONES,
    events=st.lists(
        st.tuples(st.one_of(_CHANGES, st.sampled_from(["run", "run", "refresh"])), _DAY,
                  st.integers(1, 9)),
        min_size=3,
        max_size=8,
    ),
    lookback=st.integers(0, 2),
    order=st.permutations(range(DAYS)),
    in_parts=st.booleans(),
)  # fmt: skip
def test_days_of_which_no_run_has_read_the_last_rows_run_once_more_in_any_order(
    kind: str,
    zone: str,
    events: list[tuple[str, int, int]],
    lookback: int,
    order: list[int],
    in_parts: bool,
    readings: Readings,
) -> None:
    readings.clear()
    table = table_of(readings.url, kind, zone, lookback, f"days_{next(_NAMES)}", in_parts=in_parts)
    change(readings, "arrive", table.days[0], 1)
    for what, day, number in events:
        if what in ("run", "refresh"):
            table.make(day, whole=what == "refresh")
            continue
        # By key, what the input has no more stays until a full refresh.
        is_kept = kind == "states" and what == "forget"
        change(readings, "arrive" if is_kept else what, table.days[day], number)
        table.fresh.discard(day)
    for day in order:
        if day not in table.fresh:
            table.make(day)
    table.hold_to_full_rebuild()


@settings(max_examples=EXAMPLES)
@given(
    kind=st.sampled_from(["days", "rolling"]),
    zone=_ZONES,
    events=st.lists(
        st.tuples(st.one_of(_CHANGES, st.just("run")), _DAY, st.integers(1, 9), st.integers(0, 2)),
        min_size=3,
        max_size=7,
    ),
    lookback=st.integers(0, 2),
    order=st.permutations(range(DAYS)),
)
def test_what_is_neither_missing_nor_restated_is_right_also_below(
    kind: str,
    zone: str,
    events: list[tuple[str, int, int, int]],
    lookback: int,
    order: list[int],
    readings: Readings,
) -> None:
    """Loads of a day bring, correct and take away rows of it, and of as many days before it as the
    table looks back. Then only those intervals run that the registry finds, in any order."""
    readings.clear()
    number = next(_NAMES)
    above = table_of(readings.url, kind, zone, lookback, f"above_{number}")
    below = table_of(readings.url, "days", zone, 0, f"below_{number}")
    below = replace(
        below,
        increment=replace(below.increment, reads_back=timedelta(days=1)),
        text=BELOW.replace("above", above.name),
        reads=(above.table.public,),
    )
    change(readings, "arrive", above.days[0], 1)
    for what, day, n, late in events:
        if what == "run":
            above.run(day)
            below.run(day)
            continue
        change(readings, what, above.days[max(0, day - min(late, lookback))], n)
        with session(readings.url, "restating") as connection:
            record_restatement(
                connection, READINGS, above.days[day], by="ana", downstream=[], runs=0
            )
    for table in (above, below):
        for day in order:
            if day in _find_outdated(table):
                table.run(day)
        assert _find_outdated(table) == set()
    above.hold_to_full_rebuild()
    below.hold_to_full_rebuild()


def _find_outdated(table: Table) -> set[int]:
    with session(table.url, "reading the intervals") as connection:
        found = judge_intervals(connection, table.table, table.increment, tuple(table.days))
    return {number for number, one in enumerate(found) if one.state is not IntervalState.THERE}
