"""A restated stretch runs exactly what was made of it, and the tables end as built whole."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.docs.pages import Project
from tests.steps.staged import FIRST_DAY, query
from tests.steps.test_incremental import Readings

from medallion.airflow.loader import plan_of
from medallion.cli.__main__ import main
from medallion.errors import SetupError, WarehouseUnavailable
from medallion.names import PublishedTable, TableName
from medallion.operations import restate as module
from medallion.operations.downstream import (
    Downstream,
    find_downstream,
    find_publisher,
    find_stretch,
    list_made,
)
from medallion.operations.intervals import TableIntervals, read_intervals
from medallion.operations.old_partitions import drop_old_partitions
from medallion.operations.restate import restate
from medallion.operations.surroundings import Surroundings
from medallion.plan.intervals import IntervalState, Span
from medallion.plan.model import LandStep, Plan, PlannedTask
from medallion.publish.partitions import Partitions
from medallion.run import Run
from medallion.schedules.clock import midnight, zone_of
from medallion.warehouse.registry.retention import delete_old_entries
from medallion.warehouse.session.transaction import session

SENSORS = """\
description: Readings, and what is counted of them.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  readings:
    source: {type: file, format: csv, path: include/data/lab/readings.csv}
    silver:
      primary_key: [id]
      write_disposition: merge
      columns:
        id: {type: bigint}
        sensor: {type: text}
        at: {type: timestamptz}
        n: {type: integer}
gold:
  days:
    sql: days.sql
    primary_key: [day]
    materialization: incremental
    time_column: day
    incremental: {by: time}
    partition_by: {column: day, by: day}
    indexes: [{columns: [total], where: total > 1}]
    guard: {max_shrink_percent: null}
  shown:
    sql: shown.sql
    materialization: view
    guard: {min_rows: 0, max_shrink_percent: null}
  other:
    sql: other.sql
"""
REPORTS = """\
description: Of what is counted.
schedule: "@daily"
start_date: 2026-01-01
gold:
  pairs:
    sql: pairs.sql
    primary_key: [day]
    materialization: incremental
    time_column: day
    guard: {max_shrink_percent: null}
  total:
    sql: total.sql
    guard: {max_shrink_percent: null}
"""
QUERIES = {
    "days": """\
select at::date as day, count(*) as readings, sum(n) as total from silver_lab.readings
where at >= :data_interval_start and at < :data_interval_end group by 1""",
    "shown": "select day, total from gold_lab.days where total > 1",
    "other": "select 1 as one",
    "pairs": """\
select day, total * 2 as twice from gold_lab.shown
where day >= :data_interval_start and day < :data_interval_end""",
    "total": "select sum(twice) as total from gold_lab.pairs",
}
READINGS = PublishedTable.of(TableName("silver_lab", "readings"))
GROWN = PublishedTable.of(TableName("gold_lab", "days"))
DAYS = 6
NOW = FIRST_DAY + timedelta(days=DAYS)


def day_of(number: int, until: int | None = None) -> Span:
    end = number if until is None else until
    return Span(start=FIRST_DAY + timedelta(days=number), end=FIRST_DAY + timedelta(days=end + 1))


@dataclass(frozen=True, kw_only=True)
class Lab:
    """The two pipelines, with all days run."""

    url: str
    root: Path
    readings: Readings
    plans: Sequence[Plan]
    runs: list[tuple[str, str]] = field(default_factory=list)

    def surroundings(self) -> Surroundings:
        return Surroundings(
            project_root=self.root,
            lake_root=str(self.root / "lake"),
            warehouse_url=self.url,
            connection={}.__getitem__,
            log=logging.getLogger("test"),
        )

    def run_day(self, number: int) -> None:
        self.run_span(day_of(number))

    def run_span(self, span: Span) -> None:
        """All gold of both pipelines."""
        for plan in self.plans:
            tasks = [task for task in plan.tasks if task.group != "readings"]
            module.run_again(plan, tasks, self.run_of(plan, span), self.surroundings())

    def run_of(self, plan: Plan, span: Span) -> Run:
        return Run(
            dag_id=str(plan.dag_id),
            run_id=f"scheduled__{span.start:%Y-%m-%d}",
            interval_start=span.start,
            interval_end=span.end,
            spec_digest=plan.digest,
        )

    def publish_again(self, span: Span) -> None:
        """The readings, as if the load of a stretch had been published just now."""
        with session(self.url, "publishing") as connection:
            connection.execute(
                "UPDATE medallion.publications SET published_at = clock_timestamp(),"
                " data_interval_start = %s, data_interval_end = %s WHERE layer = 'silver'",
                [span.start, span.end],
            )

    def downstream(self, stretch: Span) -> tuple[Downstream, ...]:
        return find_downstream(self.plans, READINGS, stretch, NOW)

    def restate(self, stretch: Span) -> int:
        return restate(READINGS, stretch, self.downstream(stretch), self.surroundings(), by="ana")

    def intervals(self) -> dict[str, TableIntervals]:
        with session(self.url, "reading") as connection:
            return {
                one.table.name: one
                for plan in self.plans
                for one in read_intervals(connection, plan, NOW)
            }

    def hold_to_full_rebuild(self) -> None:
        whole = """
            WITH days AS (SELECT at::date AS day, count(*) AS readings, sum(n) AS total
                          FROM silver_lab.readings GROUP BY 1)
            SELECT (SELECT array_agg(d::text ORDER BY day) FROM days AS d),
                   (SELECT sum(total * 2) FROM days WHERE total > 1)"""
        now = """
            SELECT (SELECT array_agg(d::text ORDER BY day) FROM gold_lab.days AS d),
                   (SELECT total FROM gold_lab.total)"""
        assert query(self.url, now) == query(self.url, whole)


def make_lab(url: str, root: Path, settings: str = "", grows: str = "by: time") -> Lab:
    """The pipelines, of which nothing has run yet.

    Args:
        settings: more lines of both.
        grows: `incremental` of the table of days.
    """
    project = Project(root=root, url=url)
    project.write("specs/lab/sensors.yaml", settings + SENSORS.replace("by: time", grows))
    project.write("specs/lab/reports.yaml", settings + REPORTS)
    for name, text in QUERIES.items():
        project.write(f"include/sql/lab/{name}.sql", text)
    plans = [plan_of(name, root) for name in ("lab.sensors", "lab.reports")]
    return Lab(url=url, root=root, readings=Readings(url), plans=plans)


@pytest.fixture(scope="module")
def lab(module_warehouse_db: str, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """One for all tests: each leaves the tables as built whole."""
    found = make_lab(module_warehouse_db, tmp_path_factory.mktemp("lab"))
    for day in range(DAYS):
        found.readings.arrive(day, day + 1)
    found.run_day(DAYS - 1)  # the first run makes all
    found.hold_to_full_rebuild()
    return found


def test_exactly_the_intervals_below_are_found_in_their_order(lab: Lab) -> None:
    found = lab.downstream(day_of(2, 3))
    assert [(one.table.name, one.spans, one.is_view) for one in found] == [
        ("days", (day_of(2), day_of(3)), False),
        ("shown", (), True),
        ("pairs", (day_of(2), day_of(3)), False),
        ("total", (), False),
    ]
    assert str(found[0]) == ("gold_lab.days: 2 intervals, 2026-01-03 00:00 to 2026-01-05 00:00 UTC")


def test_each_day_is_in_a_partition_with_the_indexes_of_the_spec(lab: Lab) -> None:
    """What the other tests hold of a restated day, they hold of a table with partitions."""
    found = query(
        lab.url,
        "SELECT right(c.relname, 10), count(i.indexrelid) FILTER (WHERE i.indpred IS NOT NULL)"
        " FROM pg_class AS c JOIN pg_index AS i ON i.indrelid = c.oid"
        " WHERE c.relispartition AND c.relkind = 'r' AND c.relname LIKE 'days%' GROUP BY 1"
        " ORDER BY 1",
    )
    assert found[:DAYS] == [(f"2026_01_{number:02}", 1) for number in range(1, DAYS + 1)]


def test_what_is_restated_is_run_and_nothing_else_and_it_is_in_the_journal(lab: Lab) -> None:
    lab.readings.arrive(2, 50)
    assert lab.restate(day_of(2)) == 3
    lab.hold_to_full_rebuild()
    made = """
        SELECT p.table_name, w.window_start FROM medallion.windows AS w
        JOIN medallion.publications AS p USING (publication_id) WHERE NOT w.is_whole ORDER BY 1"""
    start = day_of(2).start
    assert query(lab.url, made) == [("days", start), ("pairs", start)]
    journal = "SELECT done_by, action, details ->> 'from' FROM medallion.operator_actions"
    assert query(lab.url, journal) == [("ana", "restate", start.isoformat())]


def test_killed_anywhere_and_run_again_it_ends_the_same(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five runs follow from two days: two of each table that grows, and one of the whole one."""
    real, left = module.run_again, [0]

    def fail_sometime(*asked: object, **named: object) -> int:
        if left[0] == 0:
            raise WarehouseUnavailable("gone", remedy="again")
        left[0] -= 1
        return real(*asked, **named)  # type: ignore[arg-type]

    for done, first in ((0, 3), (1, 0), (3, 2), (4, 1)):
        lab.readings.arrive(first, 7)
        lab.readings.forget(first + 1)
        stretch, left[0] = day_of(first, first + 1), done
        entries = query(lab.url, "SELECT count(*) FROM medallion.operator_actions")[0][0]
        monkeypatch.setattr(module, "run_again", fail_sometime)
        with pytest.raises(WarehouseUnavailable):
            lab.restate(stretch)
        monkeypatch.setattr(module, "run_again", real)
        assert lab.restate(stretch) == 5 - done
        lab.hold_to_full_rebuild()
        now = query(lab.url, "SELECT count(*) FROM medallion.operator_actions")[0][0]
        assert now == int(str(entries)) + 1


@pytest.mark.parametrize("before", range(3))
def test_a_scheduled_run_between_its_runs_leaves_nothing_as_it_was(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    """`total` and `pairs` are built after the entry in the journal, and before what they read."""
    real, left = module.run_again, [before]

    def run_beside(plan: Plan, tasks: list[PlannedTask], *asked: object) -> int:
        if left[0] == 0:
            beside = [task for task in lab.plans[1].tasks if task.group in ("pairs", "total")]
            real(lab.plans[1], beside, lab.run_of(lab.plans[1], day_of(3)), lab.surroundings())
        left[0] -= 1
        return real(plan, tasks, *asked)  # type: ignore[arg-type]

    lab.readings.arrive(3, 100 + before)
    monkeypatch.setattr(module, "run_again", run_beside)
    lab.restate(day_of(3))
    lab.hold_to_full_rebuild()


def test_two_at_once_do_not_disturb_each_other(lab: Lab) -> None:
    """Their runs have the same names: one waits for the other, and does what is left."""
    lab.readings.arrive(2, 400)
    with ThreadPoolExecutor() as both:
        done = list(both.map(lab.restate, [day_of(1, 3)] * 2))
    assert max(done) == 7 or sum(done) == 7
    lab.hold_to_full_rebuild()


def test_a_table_that_is_restated_again_before_all_has_run_runs_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is killed continues, and sees what its input has published since."""
    real = module.run_again

    def fail_after_days(plan: Plan, tasks: list[PlannedTask], *asked: object) -> int:
        if tasks[0].step.table.name != "days":
            raise WarehouseUnavailable("gone", remedy="again")
        return real(plan, tasks, *asked)  # type: ignore[arg-type]

    lab.readings.arrive(2, 200)
    monkeypatch.setattr(module, "run_again", fail_after_days)
    with pytest.raises(WarehouseUnavailable):
        lab.restate(day_of(2))
    monkeypatch.setattr(module, "run_again", real)
    lab.readings.arrive(2, 300)
    lab.publish_again(day_of(2))
    assert lab.restate(day_of(2)) == 3
    lab.hold_to_full_rebuild()


def test_the_days_that_run_again_are_those_of_the_pipelines_zone(
    warehouse_db: str, tmp_path: Path
) -> None:
    """23:00 in UTC is midnight in Paris: a reading of the next day."""
    lab = make_lab(warehouse_db, tmp_path, "timezone: Europe/Paris\n")
    midnight = FIRST_DAY + timedelta(hours=23)
    for day in range(3):
        lab.readings.arrive(day, 2, hour=23)
    third = find_stretch(lab.plans[0], midnight + timedelta(days=1), midnight + timedelta(days=1))
    lab.run_span(find_stretch(lab.plans[0], midnight, midnight + timedelta(days=2)))
    lab.readings.arrive(1, 50, hour=23)
    assert lab.restate(third) == 3
    days = "SELECT day::text, total FROM gold_lab.days ORDER BY 1"
    assert query(lab.url, days) == [("2026-01-02", 2), ("2026-01-03", 52), ("2026-01-04", 2)]
    assert query(lab.url, "SELECT total FROM gold_lab.total") == [(2 * 56,)]


def test_intervals_are_there_missing_or_restated(lab: Lab) -> None:
    def found(name: str, state: IntervalState) -> tuple[Span, ...]:
        return lab.intervals()[name].find(state)

    assert found("days", IntervalState.THERE) == (day_of(0, DAYS - 1),)
    with session(lab.url, "restating") as connection:
        module.record_restatement(
            connection, READINGS, day_of(1, 2), by="ana", downstream=[], runs=0
        )
    assert found("days", IntervalState.RESTATED) == (day_of(1, 2),)
    assert lab.intervals()["days"].list_reasons() == ("silver_lab.readings",)
    assert found("pairs", IntervalState.RESTATED) == ()
    lab.restate(day_of(1))
    assert found("days", IntervalState.RESTATED) == (day_of(2),)
    assert found("pairs", IntervalState.RESTATED) == ()
    lab.restate(day_of(1, 2))
    assert found("days", IntervalState.RESTATED) == ()


def make_late_lab(url: str, root: Path) -> Lab:
    """Its days look back by two: the load of a day may bring rows of those before it."""
    found = make_lab(url, root, grows="lookback: 2d")
    for day in range(DAYS):
        found.readings.arrive(day, day + 1)
    found.run_day(DAYS - 1)
    return found


def test_a_load_that_is_restated_may_have_brought_late_rows(
    warehouse_db: str, tmp_path: Path
) -> None:
    """The load of day 3 had a reading of day 1, which was corrected in its file."""
    lab = make_late_lab(warehouse_db, tmp_path)
    lab.readings.arrive(1, 50)
    found = lab.downstream(day_of(3))
    assert [(one.table.name, one.spans) for one in found if one.spans] == [
        ("days", (day_of(1), day_of(2), day_of(3))),
        ("pairs", (day_of(1), day_of(2), day_of(3))),
    ]
    assert lab.restate(day_of(3)) == 7
    lab.hold_to_full_rebuild()
    made = """
        SELECT DISTINCT w.window_end - w.window_start FROM medallion.windows AS w
        WHERE NOT w.is_whole"""
    assert query(lab.url, made) == [(timedelta(days=1),)]


def test_below_a_table_that_grows_only_the_time_of_its_rows_runs_again(
    warehouse_db: str, tmp_path: Path
) -> None:
    lab = make_late_lab(warehouse_db, tmp_path)
    found = find_downstream(lab.plans, GROWN, day_of(3), NOW)
    assert [one.spans for one in found if one.spans] == [(day_of(3),)]


def test_what_a_load_may_have_brought_late_is_restated_until_it_is_made_again(
    warehouse_db: str, tmp_path: Path
) -> None:
    lab = make_late_lab(warehouse_db, tmp_path)

    def restated(name: str = "days") -> tuple[Span, ...]:
        return lab.intervals()[name].find(IntervalState.RESTATED)

    assert restated() == ()
    lab.publish_again(day_of(3))
    assert restated() == (day_of(1, 3),)
    lab.run_day(3)  # as scheduled, it looks back
    assert restated() == ()
    assert restated("pairs") == (day_of(1, 2),)
    lab.restate(day_of(3))
    assert restated() == restated("pairs") == ()


def test_a_load_whose_own_interval_is_to_come_restates_nothing_before_it(
    warehouse_db: str, tmp_path: Path
) -> None:
    """Its run makes them with it."""
    lab = make_late_lab(warehouse_db, tmp_path)
    lab.publish_again(day_of(DAYS))
    with session(lab.url, "reading") as connection:
        (days,) = read_intervals(connection, lab.plans[0], NOW + timedelta(days=1))
    assert days.find(IntervalState.MISSING) == (day_of(DAYS),)
    assert days.find(IntervalState.RESTATED) == ()


def test_a_day_that_no_run_has_made_is_missing(lab: Lab) -> None:
    later = NOW + timedelta(days=2)
    with session(lab.url, "reading") as connection:
        (days,) = read_intervals(connection, lab.plans[0], later)
    assert days.find(IntervalState.MISSING) == (day_of(DAYS, DAYS + 1),)
    assert days.count(IntervalState.THERE) == DAYS


def drop_before(lab: Lab, end: datetime) -> None:
    """The partitions of the table of days that end until then, as if they were too old."""
    old = Partitions(column="day", grain="day", retention=datetime.now(UTC) - end)
    assert list(drop_old_partitions(lab.url, GROWN, old, logging.getLogger("test")))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
def test_days_that_retention_has_dropped_are_dropped_until_they_are_made_again(
    zone: str, warehouse_db: str, tmp_path: Path
) -> None:
    lab = make_lab(warehouse_db, tmp_path, f"timezone: {zone}\n")
    midnights = [midnight(date(2026, 1, 1) + timedelta(days=n), zone_of(zone)) for n in range(5)]
    days = [Span(start=start, end=end) for start, end in pairwise(midnights)]
    for day in range(4):
        lab.readings.arrive(day, 2)
    lab.run_span(Span(start=days[0].start, end=days[-1].end))

    def found(state: IntervalState) -> tuple[Span, ...]:
        with session(lab.url, "reading") as connection:
            (one,) = read_intervals(connection, lab.plans[0], days[-1].end)
        return one.find(state)

    assert found(IntervalState.DROPPED) == ()
    drop_before(lab, day_of(1).end)  # dates know no zone
    two = Span(start=days[0].start, end=days[1].end)
    others = Span(start=days[2].start, end=days[3].end)
    assert (found(IntervalState.DROPPED), found(IntervalState.THERE)) == ((two,), (others,))
    all_days = Span(start=days[0].start, end=days[-1].end)
    (below, *_) = find_downstream(lab.plans, READINGS, all_days, all_days.end)
    with session(lab.url, "reading") as connection:
        assert list_made(connection, below) == tuple(days[2:])
        delete_old_entries(connection, GROWN, timedelta(0))
    assert found(IntervalState.DROPPED) == (two,)
    lab.run_span(days[0])
    assert found(IntervalState.DROPPED) == (days[1],)


def test_past_the_end_date_nothing_is_missing(warehouse_db: str, tmp_path: Path) -> None:
    """But what a backfill has made there all the same is shown."""
    lab = make_lab(warehouse_db, tmp_path, "end_date: 2026-01-03\n")

    def found(state: IntervalState) -> tuple[Span, ...]:
        with session(lab.url, "reading") as connection:
            (one,) = read_intervals(connection, lab.plans[0], day_of(30).end)
        return one.find(state)

    never = Span(start=day_of(0).start, end=day_of(1).end)
    assert found(IntervalState.MISSING) == (never,)
    for day in (0, 3):
        lab.readings.arrive(day, 2)
        lab.run_span(day_of(day))
    assert found(IntervalState.MISSING) == (day_of(1),)
    assert found(IntervalState.THERE) == (day_of(0), day_of(3))


def test_a_table_of_no_spec_and_a_stretch_of_no_interval_are_refused(lab: Lab) -> None:
    with pytest.raises(SetupError, match=r"no valid spec publishes silver_lab\.nothing"):
        find_publisher(lab.plans, PublishedTable.of(TableName("silver_lab", "nothing")))
    noon = datetime(2026, 1, 3, 12, tzinfo=UTC)
    with pytest.raises(SetupError, match=r"no data interval of lab\.sensors starts"):
        find_stretch(lab.plans[0], noon, noon)
    assert find_stretch(lab.plans[0], FIRST_DAY, FIRST_DAY) == day_of(0)
    assert any(isinstance(task.step, LandStep) for task in lab.plans[0].tasks)


def test_a_day_as_the_last_start_means_all_of_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Intervals that begin at noon of that day are in it, as in the form of a backfill."""
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", lab.url)
    spec = lab.root / "specs/lab/sensors.yaml"
    at_noon = SENSORS.replace('"@daily"', '"0 12 * * *"').replace("by: time}", "time_grain: day}")
    spec.write_text(at_noon)
    try:
        asked = ["restate", "silver_lab.readings", "--from", "2026-01-02", "--root", str(lab.root)]
        assert main(asked) == 0
        shown = capsys.readouterr().out
        assert "was restated: 2026-01-02 12:00 to 2026-01-03 12:00 UTC" in shown
        assert main([*asked, "--to", "2026-01-03T06:00"]) == 0
        assert "was restated: 2026-01-02 12:00 to 2026-01-03 12:00 UTC" in capsys.readouterr().out
    finally:
        spec.write_text(SENSORS)


def test_the_command_shows_what_would_run_and_runs_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", lab.url)
    lab.readings.arrive(4, 3)
    asked = ["restate", "silver_lab.readings", "--from", "2026-01-05", "--root", str(lab.root)]
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert "gold_lab.days: 1 interval, 2026-01-05 00:00 to 2026-01-06 00:00 UTC" in shown
    assert "Nothing was run." in shown
    assert main([*asked, "--run"]) == 0
    assert "3 runs done" in capsys.readouterr().out
    lab.hold_to_full_rebuild()
    assert main(["plan", "lab.sensors", "--intervals", "--root", str(lab.root)]) == 0
    shown = capsys.readouterr().out
    assert f"gold_lab.days: {DAYS} there" in shown
    assert "missing: 2026-01-07 00:00 to " in shown
