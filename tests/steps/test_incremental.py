"""Gold that grows: whatever comes late and whatever runs again, it is what a full rebuild gives."""

from __future__ import annotations

import logging
import multiprocessing
import signal
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from psycopg import sql
from tests.steps.kill_matrix_child import NEVER, CallCounter
from tests.steps.staged import FIRST_DAY, REPLACE, Run, query

from medallion.checks.declaration import CheckSpec
from medallion.errors import DataRejected, StagingLost, WarehouseRefused
from medallion.names import Layer, PublishedTable, TableName
from medallion.operations.rollback import rollback
from medallion.plan.model import BuildStep, PlannedTask, PublishStep
from medallion.plan.tasks import gate
from medallion.publish.by_key import BY_KEY
from medallion.publish.by_time import BY_TIME
from medallion.publish.declaration import GuardSpec
from medallion.publish.incremental import IncrementalSpec
from medallion.publish.partitions import Partitions
from medallion.publish.window import Increment
from medallion.run import Run as RunValue
from medallion.steps.context import StepContext
from medallion.steps.run import run_step
from medallion.warehouse.registry.retention import delete_old_entries

DAYS = 6
BY_DAY = """\
select at::date as day, count(*) as readings, sum(n) as total from silver_lab.readings
where at >= :data_interval_start and at < :data_interval_end group by 1"""
LAST_STATE = """\
select distinct on (sensor) sensor, at, n from silver_lab.readings
where at >= :data_interval_start and at < :data_interval_end order by sensor, at desc, n desc"""
ALL = Increment(disposition=BY_TIME, time_column="day", begin=FIRST_DAY)
LOOSE = GuardSpec(max_shrink_percent=None)


@dataclass(frozen=True, kw_only=True)
class Gold:
    """An incremental table on a warehouse, and how runs of it are made."""

    url: str
    increment: Increment = ALL
    text: str = BY_DAY
    key: tuple[str, ...] = ("day",)
    guard: GuardSpec = LOOSE
    name: str = "days"
    checks: tuple[CheckSpec, ...] = ()
    partitions: Partitions | None = None
    reads: tuple[TableName, ...] = (TableName("silver_lab", "readings"),)

    @property
    def table(self) -> PublishedTable:
        return PublishedTable(layer=Layer.GOLD, domain="lab", name=self.name)

    def tasks(self) -> tuple[PlannedTask, ...]:
        """Build, gate if there are checks, and publish."""
        build = BuildStep(
            table=self.table,
            sql=self.text,
            sql_path="include/sql/lab/days.sql",
            upstream=self.reads,
            primary_key=self.key,
            increment=self.increment,
        )
        judge = replace(
            gate(Layer.GOLD, self.table, self.checks, None),
            increment=self.increment,
            primary_key=self.key,
        )
        publish = PublishStep(
            table=self.table,
            write_disposition=self.increment.disposition,
            primary_key=self.key,
            guard=self.guard,
            keep_versions=3,
            grants=(),
            description="",
            inputs=self.reads,
            increment=self.increment,
            partitions=self.partitions,
        )
        steps = {"build": build, "gate": judge, "publish": publish}
        if not self.checks:
            del steps["gate"]
        return tuple(
            PlannedTask(group=self.name, name=name, step=step, upstream=())
            for name, step in steps.items()
        )

    def context(self, day: int, task_id: str, **more: object) -> StepContext:
        start = FIRST_DAY + timedelta(days=day)
        run = RunValue(
            dag_id="lab.sensors",
            run_id=f"scheduled__{start:%Y-%m-%d}",
            interval_start=start,
            interval_end=start + timedelta(days=1),
            spec_digest="digest",
        )
        context = Run(url=self.url, day=day, table=self.table).context()
        return replace(context, run=run, task_id=task_id, **more)  # type: ignore[arg-type]

    def run(self, day: int, *, only: str = "", **more: object) -> None:
        """All tasks, or one of them, of a day's run."""
        before: list[PlannedTask] = []
        for task in self.tasks():
            if only in ("", task.name):
                run_step(task.step, self.context(day, task.task_id, **more), tuple(before))
            before.append(task)

    def rows(self) -> list[tuple[object, ...]]:
        return query(self.url, f"SELECT * FROM {self.table.public} ORDER BY 1")

    def full(self, until: int = DAYS) -> list[tuple[object, ...]]:
        """What the SELECT gives of all days."""
        text = self.text.replace(":data_interval_start", f"'{FIRST_DAY}'::timestamptz")
        end = FIRST_DAY + timedelta(days=until)
        text = text.replace(":data_interval_end", f"'{end}'::timestamptz")
        return query(self.url, f"SELECT * FROM ({text}) AS t ORDER BY 1")

    def version(self) -> int:
        return int(
            str(
                query(
                    self.url,
                    "SELECT version FROM medallion.current_versions"
                    f" WHERE table_name = '{self.name}'",
                )[0][0]
            )
        )


class Readings:
    """silver_lab.readings, whose rows come as a test likes."""

    def __init__(self, url: str) -> None:
        self.url = url
        run = Run(url=url, day=0)
        columns = "id bigint, sensor text, at timestamptz, n integer"
        run.stage([(0, "first", FIRST_DAY, 1)], columns=columns)
        run_step(REPLACE, run.context())
        self.clear()

    def clear(self) -> None:
        self._execute("TRUNCATE store_silver_lab.readings__v1")

    def arrive(self, day: int, n: int, sensor: str = "s", hour: int = 1) -> None:
        self.put(FIRST_DAY + timedelta(days=day, hours=hour), n, sensor)

    def put(self, at: datetime, n: int, sensor: str) -> None:
        self._execute(
            "INSERT INTO store_silver_lab.readings__v1"
            " (id, sensor, at, n, _load_id, _bronze_part, _bronze_record, _data_interval_end,"
            f" _version) SELECT coalesce(max(id), 0) + 1, '{sensor}', '{at.isoformat()}', {n},"
            " 1, 0, 0, now(), 1 FROM store_silver_lab.readings__v1"
        )

    def forget(self, day: int) -> None:
        at = FIRST_DAY + timedelta(days=day)
        self.remove(at, at + timedelta(days=1))

    def remove(self, start: datetime, end: datetime) -> None:
        self._execute(
            "DELETE FROM store_silver_lab.readings__v1"
            f" WHERE at >= '{start.isoformat()}' AND at < '{end.isoformat()}'"
        )

    def correct(self, start: datetime, end: datetime, more: int) -> None:
        """What the rows of a time say is more."""
        self._execute(
            f"UPDATE store_silver_lab.readings__v1 SET n = n + {more}"
            f" WHERE at >= '{start.isoformat()}' AND at < '{end.isoformat()}'"
        )

    def _execute(self, text: str) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(sql.SQL(text))


@pytest.fixture
def readings(warehouse_db: str) -> Readings:
    return Readings(warehouse_db)


def test_the_first_run_is_whole_and_the_next_ones_add_to_its_version(readings: Readings) -> None:
    gold = Gold(url=readings.url)
    for day in range(3):
        readings.arrive(day, day + 1)
    gold.run(1)
    assert [row[0] for row in gold.rows()] == [date(2026, 1, 1), date(2026, 1, 2)]
    gold.run(2)
    gold.run(2)
    assert gold.rows() == gold.full()
    assert gold.version() == 1
    assert query(
        readings.url, "SELECT is_whole, window_start::text FROM medallion.windows ORDER BY 1 DESC"
    ) == [
        (True, "2026-01-01 00:00:00+00"),
        (False, "2026-01-03 00:00:00+00"),
        (False, "2026-01-03 00:00:00+00"),
    ]


def test_an_empty_day_empties_its_window_and_no_other(readings: Readings) -> None:
    gold = Gold(url=readings.url)
    for day in (0, 1):
        readings.arrive(day, 1)
        gold.run(day)
    readings.forget(1)
    gold.run(1)
    assert [row[0] for row in gold.rows()] == [date(2026, 1, 1)]


def test_a_window_that_shrinks_too_much_is_refused_and_readers_keep_it(readings: Readings) -> None:
    gold = Gold(url=readings.url, guard=GuardSpec())
    for day in (0, 1):
        readings.arrive(day, 1)
        gold.run(day)
    readings.forget(1)
    with pytest.raises(DataRejected, match="would shrink from 1 to 0 rows"):
        gold.run(1)
    assert len(gold.rows()) == 2


def test_a_full_refresh_is_a_version_that_keeps_later_days_and_can_be_left_again(
    readings: Readings,
) -> None:
    gold = Gold(url=readings.url)
    for day in range(3):
        readings.arrive(day, 1)
        gold.run(day)
    before = gold.rows()
    readings.arrive(0, 5)
    gold.run(1, full_refresh=True)  # an early day's run: the later day must not be lost
    assert gold.version() == 2
    assert gold.rows() == gold.full() != before
    rollback(readings.url, gold.table)
    assert gold.rows() == before
    gold.run(0)
    assert (gold.version(), gold.rows()) == (1, gold.full())


def test_another_shape_is_built_whole_at_once(readings: Readings) -> None:
    gold = Gold(url=readings.url)
    for day in range(2):
        readings.arrive(day, 1)
        gold.run(day)
    wider = replace(gold, text=BY_DAY.replace("sum(n) as total", "sum(n) as total, max(n) as most"))
    wider.run(1)
    assert wider.rows() == wider.full()
    assert [row[-1] for row in wider.rows()] == [1, 1]
    assert wider.version() == 2


FORMER_TEXT = "were made by its former text"


def test_another_text_is_said_in_every_run_until_no_row_of_the_former_one_is_left(
    readings: Readings, caplog: pytest.LogCaptureFixture
) -> None:
    gold = Gold(url=readings.url)
    readings.arrive(0, 1)
    gold.run(0)
    gold.run(1)
    changed = replace(gold, text=BY_DAY.replace("sum(n)", "sum(n + 1)"))
    for day in (2, 2):
        caplog.clear()
        changed.run(day)
        assert "from 2026-01-01 00:00 UTC to 2026-01-03 00:00 UTC, " + FORMER_TEXT in caplog.text
    changed.run(1)
    caplog.clear()
    changed.run(0)  # its window is the last one of the former text
    assert FORMER_TEXT not in caplog.text
    assert changed.rows() == changed.full()


def test_by_key_another_text_is_said_until_a_full_refresh(
    readings: Readings, caplog: pytest.LogCaptureFixture
) -> None:
    by_key = Increment(disposition=BY_KEY, time_column="at", begin=FIRST_DAY)
    gold = Gold(url=readings.url, increment=by_key, text=LAST_STATE, key=("sensor",))
    readings.arrive(0, 1)
    gold.run(0)
    changed = replace(gold, text=LAST_STATE.replace("at, n from", "at, n + 1 as n from"))
    for _ in range(2):
        caplog.clear()
        changed.run(0)  # the same day: nobody knows whose keys its rows have
        assert FORMER_TEXT in caplog.text
    caplog.clear()
    changed.run(1, full_refresh=True)
    changed.run(2)
    assert FORMER_TEXT not in caplog.text


def test_an_earlier_begin_is_built_whole_and_a_later_one_is_said(
    readings: Readings, caplog: pytest.LogCaptureFixture
) -> None:
    late = Gold(url=readings.url, increment=replace(ALL, begin=FIRST_DAY + timedelta(days=1)))
    for day in range(3):
        readings.arrive(day, 1)
    late.run(1)
    late.run(2)
    early = replace(late, increment=ALL)
    with caplog.at_level(logging.INFO):
        early.run(1)  # not the latest one: day 2 must not be lost
    assert early.rows() == early.full()
    assert "`begin` is earlier now: it was 2026-01-02 00:00 UTC" in caplog.text
    for _ in range(2):
        caplog.clear()
        late.run(2)
        assert (
            "is 2026-01-02 00:00 UTC now: the rows since 2026-01-01 00:00 UTC stay" in caplog.text
        )
    assert late.rows() == early.full()


CHANGES = {
    "time_grain": ({"increment": replace(ALL, grain="day")}, "is day now, and was not there"),
    "primary_key": ({"key": ("day", "total")}, r"is [day, total] now, and was [day]"),
    "by": (
        {"increment": replace(ALL, disposition=BY_KEY)},
        "has changed: it is incremental_by_key, and was incremental_by_time",
    ),
}


@pytest.mark.parametrize("key", CHANGES)
def test_what_does_not_go_with_former_rows_is_built_whole(
    key: str, readings: Readings, caplog: pytest.LogCaptureFixture
) -> None:
    gold = Gold(url=readings.url)
    for day in range(2):
        readings.arrive(day, 1)
        gold.run(day)
    readings.arrive(1, 5)
    change, said = CHANGES[key]
    changed = replace(gold, **change)  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO):
        changed.run(0)
    assert f"`{key}` {said}" in caplog.text
    assert (changed.version(), changed.rows()) == (2, changed.full())
    changed.run(1)
    assert changed.version() == 2


def test_another_time_column_has_no_row_under_two_days(readings: Readings) -> None:
    """Without a primary key nothing else would find it: the row is in the windows of both days."""
    by_day = """\
select at::date as day, at::date + 1 as paid_on, id from silver_lab.readings
where at >= :data_interval_start and at < :data_interval_end"""
    by_payment = by_day.replace("where at >=", "where at + '1 day' >=").replace(
        "and at <", "and at + '1 day' <"
    )
    gold = Gold(url=readings.url, text=by_day, key=())
    for day in range(2):
        readings.arrive(day, 1)
        gold.run(day)
    paid = replace(gold, text=by_payment, increment=replace(ALL, time_column="paid_on"))
    paid.run(2)
    assert paid.version() == 2
    assert paid.rows() == paid.full()
    assert [row[-1] for row in paid.rows()] == [1, 2]


def test_a_time_that_is_computed_otherwise_under_its_name_is_built_whole(
    readings: Readings, caplog: pytest.LogCaptureFixture
) -> None:
    """The same, where only the SQL says it; what does not concern the time is only said."""
    by_day = """\
with r as (select at::date as day, id, at from silver_lab.readings)
select day, id from r where at >= :data_interval_start and at < :data_interval_end"""
    gold = Gold(url=readings.url, text=by_day, key=())
    for day in range(2):
        readings.arrive(day, 1)
        gold.run(day)
    more = replace(gold, text=by_day.replace("day, id from", "day, id + 0 as id from"))
    more.run(1)
    assert more.version() == 1
    later = by_day.replace("at::date as day", "at::date + 1 as day")
    paid = replace(gold, text=later.replace("where at", "where at + '1 day'").replace(
        "and at", "and at + '1 day'"))  # fmt: skip
    with caplog.at_level(logging.INFO):
        paid.run(2)
    assert "the SELECT computes day, by which rows belong to a time, in another way" in caplog.text
    assert paid.version() == 2
    assert paid.rows() == paid.full()
    assert [row[-1] for row in paid.rows()] == [1, 2]


def test_a_lookback_beyond_all_time_begins_with_the_table(readings: Readings) -> None:
    endless = IncrementalSpec(lookback="999999d").increment("day", FIRST_DAY)
    gold = Gold(url=readings.url, increment=endless)
    readings.arrive(0, 1)
    gold.run(0)
    readings.arrive(0, 2)
    gold.run(1)
    assert (gold.version(), gold.rows()) == (1, gold.full())


REFUSED = {
    "rows of other days": (
        "select at::date as day, count(*) as readings, sum(n) as total from silver_lab.readings"
        " where at < :data_interval_end or :data_interval_start < at group by 1",
        r"2 rows outside of the time that this run makes, 2026-01-02 00:00 to 2026-01-03 00:00"
        r" UTC: 1 earlier, 1 later",
    ),
    "no time": (
        "select null::date as day, 1 as readings from silver_lab.readings",
        "3 rows without day",
    ),
    "a text": ("select '2026-01-02'::text as day", "is text: no date and no time"),
    "not there": ("select 1 as n", "gives no column day"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_rows_that_do_not_belong_are_refused(case: str, readings: Readings) -> None:
    gold = Gold(url=readings.url, key=())
    for day in range(3):
        readings.arrive(day, 1)
    gold.run(0)
    text, problem = REFUSED[case]
    with pytest.raises((DataRejected, WarehouseRefused), match=problem):
        replace(gold, text=text).run(1)
    assert gold.rows() == gold.full(1)


def test_a_date_needs_whole_days(readings: Readings) -> None:
    at_six = replace(ALL, begin=FIRST_DAY + timedelta(hours=6))
    gold = Gold(url=readings.url, increment=at_six)
    with pytest.raises(WarehouseRefused, match="which does not hold whole days"):
        gold.run(0)
    readings.arrive(0, 1)
    whole_days = replace(gold, increment=replace(at_six, grain="day"))
    whole_days.run(0)
    assert whole_days.rows() == whole_days.full(1)


def test_a_row_of_a_month_makes_the_month_again(readings: Readings) -> None:
    monthly = Gold(
        url=readings.url,
        increment=replace(ALL, grain="month"),
        text=BY_DAY.replace("at::date", "date_trunc('month', at)::date"),
    )
    for day in (0, 3, 40):
        readings.arrive(day, 1)
        monthly.run(day)
    assert [row[:2] for row in monthly.rows()] == [(date(2026, 1, 1), 2), (date(2026, 2, 1), 1)]


def test_a_key_of_another_day_is_refused(readings: Readings) -> None:
    text = BY_DAY.replace("at::date as day", "at::date as day, min(sensor) as sensor")
    gold = Gold(url=readings.url, text=text, key=("sensor",))
    readings.arrive(0, 1)
    gold.run(0)
    readings.arrive(1, 1)
    with pytest.raises(
        DataRejected, match=r"1 of the 1 rows .* have a primary key that a row of an"
    ):
        gold.run(1)
    assert gold.rows() == [(date(2026, 1, 1), "s", 1, 1)]


def test_an_increment_that_was_overtaken_is_built_again(readings: Readings) -> None:
    """Both read; what reads last publishes first, and the other must not take readers back."""
    gold = Gold(url=readings.url, increment=replace(ALL, lookback=timedelta(days=1)))
    readings.arrive(0, 1)
    gold.run(0)
    gold.run(1, only="build")
    readings.arrive(1, 7)
    gold.run(2)
    publish = gold.tasks()[-1]
    with pytest.raises(StagingLost, match=r"scheduled__2026-01-03 has read its inputs later"):
        run_step(publish.step, gold.context(1, publish.task_id))
    gold.run(1, only="publish")  # with the tasks before it, as Airflow's operators run it
    assert gold.rows() == gold.full()


def test_an_increment_for_a_table_that_was_rebuilt_meanwhile_is_built_again(
    readings: Readings,
) -> None:
    gold = Gold(url=readings.url)
    readings.arrive(0, 1)
    readings.arrive(1, 1)
    gold.run(0)
    gold.run(1, only="build")
    wider = replace(gold, text=BY_DAY.replace("sum(n) as total", "sum(n) as total, max(n) as most"))
    wider.run(0)
    with pytest.raises(WarehouseRefused, match="most"):  # its own text lacks the new column
        gold.run(1, only="publish")
    wider.run(1)
    assert wider.rows() == wider.full()


UNIQUE_TOTAL = CheckSpec(name="unique", arguments={"column": "total"}, whole=True)
FEW = CheckSpec(name="between", arguments={"column": "total", "max_value": 5})


def test_a_check_of_the_whole_sees_what_readers_would_have(readings: Readings) -> None:
    gold = Gold(url=readings.url, checks=(FEW, UNIQUE_TOTAL))
    readings.arrive(0, 1)
    gold.run(0)
    readings.arrive(1, 1)
    with pytest.raises(DataRejected, match="unique"):
        gold.run(1)
    assert gold.rows() == gold.full(1)
    readings.arrive(1, 2)  # its total is 3 now
    gold.run(1)
    gold.run(1)  # its own rows of before are not counted beside the new ones
    assert gold.rows() == gold.full()
    views = "SELECT count(*) FROM pg_views WHERE schemaname LIKE 'staging_%'"
    assert query(readings.url, views) == [(0,)]
    results = "SELECT check_id FROM medallion.gate_results WHERE run_id LIKE '%02' ORDER BY 1"
    assert query(readings.url, results) == [("between_total",), ("unique_total_of_whole",)]


def test_a_gate_of_the_whole_judges_again_where_another_run_has_published(
    readings: Readings,
) -> None:
    gold = Gold(url=readings.url, checks=(UNIQUE_TOTAL,))
    readings.arrive(0, 1)
    gold.run(0)
    readings.arrive(1, 2)
    gold.run(1, only="build")
    gold.run(1, only="gate")
    readings.arrive(2, 2)  # the same total as that of day 1, which is not published yet
    gold.run(2)
    with pytest.raises(DataRejected, match="unique"):
        gold.run(1, only="publish")


def test_an_interval_before_the_beginning_changes_nothing(
    readings: Readings, caplog: pytest.LogCaptureFixture
) -> None:
    gold = Gold(url=readings.url, increment=replace(ALL, begin=FIRST_DAY + timedelta(days=2)))
    for day in range(3):
        readings.arrive(day, 1)
    gold.run(2)
    before = gold.rows()
    with caplog.at_level(logging.WARNING):
        gold.run(0)
    assert gold.rows() == before
    assert "the interval of this run is before it" in caplog.text


def test_the_registry_keeps_what_says_which_intervals_there_are(readings: Readings) -> None:
    gold = Gold(url=readings.url)
    for day in range(3):
        readings.arrive(day, 1)
        gold.run(day)
    with psycopg.connect(readings.url) as connection:
        deleted = dict(delete_old_entries(connection, gold.table, timedelta(0)))
        assert "entries of the publications ledger" not in deleted
        assert connection.execute("SELECT count(*) FROM medallion.windows").fetchone() == (3,)


def test_a_table_that_was_built_whole_each_time_begins_to_grow(readings: Readings) -> None:
    grows = Gold(url=readings.url)
    build, publish = (task.step for task in grows.tasks())
    assert isinstance(build, BuildStep)
    assert isinstance(publish, PublishStep)
    readings.arrive(0, 1)
    run_step(replace(build, increment=None), grows.context(0, "days.build"))
    run_step(
        replace(publish, increment=None, write_disposition=REPLACE.write_disposition),
        grows.context(0, "days.publish"),
    )
    readings.arrive(1, 1)
    readings.arrive(0, 1)
    grows.run(1)
    assert (grows.version(), grows.rows()) == (2, grows.full())


def _counted(gold: Gold, day: int, task: str, kill_at: int, calls: object) -> None:
    import sys

    counter = CallCounter(kill_at)
    sys.setprofile(counter)
    try:
        gold.run(day, only=task)
    finally:
        sys.setprofile(None)
    calls.put(counter.calls)  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("disposition", [BY_TIME, BY_KEY], ids=str)
def test_an_increment_that_is_killed_and_run_again_ends_as_if_nothing_had_happened(
    disposition: object, readings: Readings
) -> None:
    by_key = disposition == BY_KEY
    gold = Gold(
        url=readings.url,
        increment=replace(ALL, disposition=disposition, time_column="at" if by_key else "day"),
        text=LAST_STATE if by_key else BY_DAY,
        key=("sensor",) if by_key else ("day",),
    )
    readings.arrive(0, 1)
    gold.run(0)
    readings.arrive(1, 2)
    readings.arrive(1, 3)
    processes = multiprocessing.get_context("fork")
    calls = processes.Queue()
    gold.run(1)
    for task in ("build", "publish"):
        counting = processes.Process(target=_counted, args=(gold, 1, task, NEVER, calls))
        counting.start()
        total = calls.get(timeout=60)
        counting.join(60)
        for moment in (0.2, 0.6, 0.95):
            if task == "publish":
                gold.run(1, only="build")
            kill_at = max(1, round(total * moment))
            child = processes.Process(target=_counted, args=(gold, 1, task, kill_at, calls))
            child.start()
            child.join(60)
            assert child.exitcode in (-signal.SIGKILL, 0)
            gold.run(1, only=task)
    gold.run(1)
    assert gold.rows() == gold.full()


def test_moments_are_in_utc() -> None:
    paris = datetime.fromisoformat("2026-01-31T23:30:00-05:00")
    window = replace(ALL, grain="month").window_of(paris, paris)
    assert window.start == datetime(2026, 2, 1, tzinfo=UTC)
