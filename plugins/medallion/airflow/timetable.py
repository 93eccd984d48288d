"""A spec's schedule as Airflow's timetable: intervals that lose nothing where a clock is changed.

It is imported by the scheduler, which reckons with it often: no text of a spec is evaluated here
but the cron expressions that validation took.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from pendulum import DateTime

from medallion.schedules.calendar import Calendar, Pick
from medallion.schedules.schedule import Interval, Schedule

_DAYS = ("weekend", "closed", "worked")


class SpecTimetable(Timetable):
    """Runs at the end of each interval of a `Schedule`, as Airflow's own timetables do."""

    def __init__(self, schedule: Schedule) -> None:
        """`schedule`: of a spec that validation took."""
        self.schedule = schedule
        self.description = f"Data intervals of {schedule}"

    @property
    def summary(self) -> str:
        """What Airflow's list of DAGs shows."""
        return str(self.schedule)

    def serialize(self) -> dict[str, Any]:
        """As Airflow keeps it."""
        schedule = self.schedule
        kept: dict[str, Any] = {"crons": list(schedule.crons), "timezone": schedule.timezone}
        if schedule.calendar is not None:
            kept["calendar"] = _as_data(schedule.calendar)
        return kept

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        """What `serialize` wrote."""
        calendar = _calendar_of(data["calendar"]) if "calendar" in data else None
        crons = tuple(data["crons"])
        return cls(Schedule(crons=crons, timezone=data["timezone"], calendar=calendar))

    def __eq__(self, other: object) -> bool:
        """By its schedule."""
        return isinstance(other, SpecTimetable) and self.schedule == other.schedule

    def __hash__(self) -> int:
        """By its schedule."""
        return hash(self.schedule)

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """The last whole interval before a run that a person has triggered."""
        found = self.schedule.last_whole(_plain(run_after))
        return _interval(found) if found else DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The interval after the last one that ran; None: there is none.

        After a change of the schedule it is the one that the last ended in: what both hold is read
        twice, and nothing is left out. Where that one holds all of the last (a day that is a
        holiday since it ran), it is what is left of it: a run has a logical date of its own.
        """
        last = last_automated_data_interval
        earliest = _earliest(self.schedule, restriction, _plain(last.end) if last else None)
        if last is None:
            start = earliest
        else:
            start = self.schedule.last_tick(_plain(last.end)) or earliest
            if start is not None and start <= last.start:
                start = _plain(last.end)
            start = max(start, earliest) if start and earliest else start
        if start is None or (restriction.latest is not None and start > restriction.latest):
            return None
        end = self.schedule.next_tick(start)
        return None if end is None else DagRunInfo.interval(_moment(start), _moment(end))


def _earliest(
    schedule: Schedule, restriction: TimeRestriction, ran_until: datetime | None
) -> datetime | None:
    """Where the next interval may begin; without catchup it is the last whole one by now.

    The first tick from the start date on limits a DAG that has not run so far: of one that has,
    the schedule may have changed since, and the first tick of the new one may be weeks later.
    """
    first = None
    begin = None if restriction.earliest is None else _plain(restriction.earliest)
    if begin is not None and (ran_until is None or ran_until < begin):
        first = next((start for start, _ in schedule.intervals_from(begin)), None)
        if first is None:
            return None
    if restriction.catchup:
        return first
    whole = schedule.last_whole(datetime.now(UTC))
    if whole is None:
        return first
    return max(whole[0], first) if first else whole[0]


def _as_data(calendar: Calendar) -> dict[str, Any]:
    pick = calendar.pick
    return {
        "of": calendar.of,
        **{key: list(getattr(calendar, key)) for key in _DAYS},
        "pick": None if pick is None else [pick.number, pick.of, pick.is_business_day],
    }


def _calendar_of(data: dict[str, Any]) -> Calendar:
    pick = None
    if data["pick"] is not None:
        number, of, is_business_day = data["pick"]
        pick = Pick(number=number, of=of, is_business_day=is_business_day)
    days = {key: tuple(data[key]) for key in _DAYS}
    return Calendar(of=data["of"], pick=pick, **days)


def _interval(found: Interval) -> DataInterval:
    return DataInterval(_moment(found[0]), _moment(found[1]))


def _plain(moment: datetime) -> datetime:
    """Without pendulum's type, whose arithmetic is another."""
    return datetime.fromtimestamp(moment.timestamp(), tz=UTC)


def _moment(moment: datetime) -> DateTime:
    return DateTime.fromtimestamp(moment.timestamp(), tz=UTC)
