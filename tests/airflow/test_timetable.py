"""A spec's schedule in Airflow: kept, read again, and asked again and again for what runs next."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile

import pendulum
import pytest
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from airflow.timetables.base import DataInterval, TimeRestriction

from medallion.airflow import timetable as module
from medallion.airflow.timetable import SpecTimetable
from medallion.schedules.schedule import Schedule
from medallion_plugin import MedallionPlugin

NIGHTLY = Schedule(crons=("30 2 * * *",), timezone="Europe/Paris")
BUSY = Schedule(crons=("*/20 1-3 * * *", "0 12 * * *"), timezone="Europe/Paris")
CHANGES = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
FROM_ALWAYS = pendulum.datetime(2026, 1, 1)


def test_it_survives_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow finds the class by what the plugin registers, and nothing else."""
    known = {"medallion.airflow.timetable.SpecTimetable": MedallionPlugin.timetables[0]}
    monkeypatch.setattr("airflow.plugins_manager.get_timetables_plugins", lambda: known)
    kept = json.dumps(encode_timetable(SpecTimetable(BUSY)))
    read = decode_timetable(json.loads(kept))
    assert read == SpecTimetable(BUSY)
    assert read.summary == "*/20 1-3 * * *, 0 12 * * * Europe/Paris"


@pytest.mark.parametrize("catchup", [True, False])
@pytest.mark.parametrize("change", CHANGES, ids=["forward", "back"])
@pytest.mark.parametrize("schedule", [NIGHTLY, BUSY], ids=["nightly", "busy"])
def test_a_scheduler_that_asks_every_twenty_minutes_leaves_nothing_out(
    schedule: Schedule, change: datetime, catchup: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Airflow asks: at each parse of the file, with the last run, and what the clock says."""
    now = change - timedelta(hours=30)

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
    while now < change + timedelta(hours=30):
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
