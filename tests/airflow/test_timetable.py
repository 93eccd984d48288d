"""A spec's schedule in Airflow: kept, read again, and asked again and again for what runs next."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile

import pendulum
import pytest
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from airflow.timetables.base import DataInterval, TimeRestriction

from medallion.airflow import timetable as module
from medallion.airflow.timetable import SpecTimetable
from medallion.schedules.calendar import Calendar, Pick
from medallion.schedules.clock import zone_of
from medallion.schedules.schedule import Schedule
from medallion_plugin import MedallionPlugin

NIGHTLY = Schedule(crons=("30 2 * * *",), timezone="Europe/Paris")
BUSY = Schedule(crons=("*/20 1-3 * * *", "0 12 * * *"), timezone="Europe/Paris")
EASTER = tuple(date(2026, *day).toordinal() for day in ((3, 30), (4, 6), (10, 26)))
WORKING = Schedule(
    crons=("30 2 * * *", "0 18 * * *"),
    timezone="Europe/Paris",
    calendar=Calendar(of="FR", closed=EASTER),
)
"""With a holiday after each weekend on which the clock is changed."""
MONTH_END = Pick(number=-1, of="month", is_business_day=True)
CHANGES = {
    ("Europe/Paris", "forward"): datetime(2026, 3, 29, 1, tzinfo=UTC),
    ("Europe/Paris", "back"): datetime(2026, 10, 25, 1, tzinfo=UTC),
    ("America/New_York", "forward"): datetime(2026, 3, 8, 7, tzinfo=UTC),
    ("America/New_York", "back"): datetime(2026, 11, 1, 6, tzinfo=UTC),
    ("Australia/Lord_Howe", "forward"): datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    ("Australia/Lord_Howe", "back"): datetime(2026, 4, 4, 15, tzinfo=UTC),
}
"""The moments at which the clock of a zone is changed."""
SECOND = timedelta(seconds=1)
FROM_ALWAYS = pendulum.datetime(2026, 1, 1)


def test_it_survives_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow finds the class by what the plugin registers, and nothing else."""
    known = {"medallion.airflow.timetable.SpecTimetable": MedallionPlugin.timetables[0]}
    monkeypatch.setattr("airflow.plugins_manager.get_timetables_plugins", lambda: known)
    last = Pick(number=-1, of="quarter", is_business_day=True)
    month_end = Calendar(of="FR", closed=EASTER, worked=(739000,), weekend=(4, 5), pick=last)
    for schedule, summary in (
        (BUSY, "*/20 1-3 * * *, 0 12 * * * Europe/Paris"),
        (WORKING, "30 2 * * *, 0 18 * * * Europe/Paris, business days of FR"),
        (
            Schedule(crons=("@daily",), calendar=month_end),
            "@daily, last business day of each quarter, FR",
        ),
    ):
        kept = json.dumps(encode_timetable(SpecTimetable(schedule)))
        read = decode_timetable(json.loads(kept))
        assert read == SpecTimetable(schedule)
        assert read.summary == summary


def test_a_timetable_that_was_kept_before_there_were_calendars_is_read() -> None:
    kept = {"crons": ["30 2 * * *"], "timezone": "Europe/Paris"}
    assert SpecTimetable.deserialize(kept) == SpecTimetable(NIGHTLY)


@pytest.mark.parametrize("catchup", [True, False])
@pytest.mark.parametrize("place", CHANGES, ids=" ".join)
@pytest.mark.parametrize("schedule", [NIGHTLY, BUSY, WORKING], ids=["nightly", "busy", "working"])
def test_a_scheduler_that_asks_every_twenty_minutes_leaves_nothing_out(
    schedule: Schedule, place: tuple[str, str], catchup: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Airflow asks: at each parse of the file, with the last run, and what the clock says."""
    schedule, change = replace(schedule, timezone=place[0]), CHANGES[place]
    offsets = {one.astimezone(zone_of(place[0])).utcoffset() for one in (change, change - SECOND)}
    assert len(offsets) == 2
    now = change - timedelta(hours=60)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return now

    monkeypatch.setattr(module, "datetime", Clock)
    table, restriction = SpecTimetable(schedule), TimeRestriction(FROM_ALWAYS, None, catchup)
    first = schedule.last_whole(now)
    assert first is not None
    last = DataInterval(*map(pendulum.instance, first))
    runs = [last]
    while now < change + timedelta(hours=80):
        info = table.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        if info is not None and info.run_after <= now and info.data_interval:
            last = info.data_interval
            runs.append(last)
        else:
            now += timedelta(minutes=20)
    assert all(one.end == later.start for one, later in pairwise(runs))
    ticks = schedule.ticks_after(first[0])
    assert [one.end for one in runs] == list(takewhile(lambda tick: tick < now, ticks))


def test_the_first_run_and_the_last() -> None:
    table = SpecTimetable(NIGHTLY)
    begin = pendulum.datetime(2026, 3, 28, 12)
    until = pendulum.datetime(2026, 3, 29, 23)
    restriction = TimeRestriction(begin, until, True)
    first = table.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert first is not None
    assert first.data_interval == DataInterval(
        pendulum.datetime(2026, 3, 29, 1), pendulum.datetime(2026, 3, 30, 0, 30)
    )
    assert first.run_after == pendulum.datetime(2026, 3, 30, 0, 30)
    after = table.next_dagrun_info(
        last_automated_data_interval=first.data_interval, restriction=restriction
    )
    assert after is None


def test_a_run_by_hand_covers_the_last_whole_interval() -> None:
    """Airflow's own gives an empty one after the night in which its time is skipped."""
    found = SpecTimetable(NIGHTLY).infer_manual_data_interval(
        run_after=pendulum.datetime(2026, 3, 29, 12)
    )
    assert found == DataInterval(
        pendulum.datetime(2026, 3, 28, 1, 30), pendulum.datetime(2026, 3, 29, 1)
    )


@pytest.mark.parametrize("crons", [("30 2 * * *",), ("0 6 * * *", "0 18 * * *"), ("@weekly",)])
def test_after_a_change_of_the_schedule_nothing_is_left_out(crons: tuple[str, ...]) -> None:
    """What both schedules hold is read twice."""
    last = DataInterval(pendulum.datetime(2026, 3, 28), pendulum.datetime(2026, 3, 29))
    table = SpecTimetable(Schedule(crons=crons, timezone="Europe/Paris"))
    info = table.next_dagrun_info(
        last_automated_data_interval=last, restriction=TimeRestriction(FROM_ALWAYS, None, True)
    )
    assert info is not None and info.data_interval is not None
    assert info.data_interval.start <= last.end < info.data_interval.end


@pytest.mark.parametrize("catchup", [True, False])
@pytest.mark.parametrize(
    "changed",
    [
        Schedule(crons=("0 7 * * *",), calendar=Calendar(pick=MONTH_END)),
        Schedule(crons=("@monthly",), timezone="Europe/Paris"),
    ],
    ids=str,
)
def test_a_change_before_the_new_schedule_has_come_once_leaves_nothing_out(
    changed: Schedule, catchup: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Daily since the 5th, and from the 13th by the month: its first run takes what is left."""
    monkeypatch.setattr(module, "datetime", clock_at(datetime(2026, 2, 1, 12, tzinfo=UTC)))
    last = DataInterval(pendulum.datetime(2026, 1, 12), pendulum.datetime(2026, 1, 13))
    since = TimeRestriction(pendulum.datetime(2026, 1, 5), None, catchup)
    info = SpecTimetable(changed).next_dagrun_info(
        last_automated_data_interval=last, restriction=since
    )
    assert info is not None and info.data_interval is not None
    assert info.data_interval.start == last.end
    assert info.data_interval.end == changed.next_tick(datetime(2026, 1, 13, tzinfo=UTC))


def test_a_start_date_after_the_last_run_is_kept_to() -> None:
    last = DataInterval(
        pendulum.datetime(2026, 1, 12, 1, 30), pendulum.datetime(2026, 1, 13, 1, 30)
    )
    info = SpecTimetable(NIGHTLY).next_dagrun_info(
        last_automated_data_interval=last,
        restriction=TimeRestriction(pendulum.datetime(2026, 3, 1), None, True),
    )
    assert info is not None and info.data_interval is not None
    assert info.data_interval.start == pendulum.datetime(2026, 3, 1, 1, 30)


def clock_at(moment: datetime) -> type[datetime]:
    """A class whose `now` is a moment."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return moment

    return Clock


@pytest.mark.parametrize("catchup", [True, False])
@pytest.mark.parametrize(
    ("ran", "declared_off", "runs"),
    [
        ((4, 7, 8), 13, [(8, 9), (9, 10), (10, 14)]),  # before it comes
        ((8, 9, 10), 10, [(10, 13), (13, 14)]),  # Friday, when it has run
        ((9, 10, 13), 13, [(13, 14), (14, 15)]),  # the day after a weekend, when it has run
    ],
)
def test_a_day_that_is_off_by_now_leaves_nothing_out(
    ran: tuple[int, ...],
    declared_off: int,
    runs: list[tuple[int, int]],
    catchup: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The list changes after the run of `ran[-1]`, at 07:00: what ran is not read twice either."""
    day = date(2026, 4, declared_off).toordinal()
    changed = Schedule(
        crons=("0 7 * * *",), timezone="Europe/Paris", calendar=Calendar(closed=(day,))
    )
    last = DataInterval(*(pendulum.datetime(2026, 4, n, 5) for n in ran[-2:]))
    for start, end in runs:
        monkeypatch.setattr(module, "datetime", clock_at(datetime(2026, 4, end, 5, 1, tzinfo=UTC)))
        info = SpecTimetable(changed).next_dagrun_info(
            last_automated_data_interval=last,
            restriction=TimeRestriction(FROM_ALWAYS, None, catchup),
        )
        assert info is not None and info.data_interval is not None
        last = info.data_interval
        assert (last.start.day, last.end.day, last.end.hour) == (start, end, 5)
        assert info.run_after == last.end
