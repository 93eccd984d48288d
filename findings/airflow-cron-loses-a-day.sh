#!/usr/bin/env bash
# Airflow 3.3.2's CronDataIntervalTimetable in a zone, in the night in which its clock is set forward.
#
# One would guess: each data interval begins where the last one ended. With catchup=False, Airflow may
# pass over intervals that it was not there for; a scheduler that runs all the time misses none.
# True: for 02:30 in Paris, which the clock skips on 29 March 2026, the interval from Saturday 02:30 to
# Sunday 03:30 is the next one until 03:00. From 03:00 on, half an hour before its run would begin, the
# next one is Sunday 03:30 to Monday 02:30: 24 hours of data get no run, and nothing says so. (The time
# before 03:05 is taken to be 02:30, which does not exist and becomes 03:30, later than 03:05.) With
# catchup=True it is not lost. A run by hand at noon of that day gets an empty interval.
# In Havana, whose clock shows midnight twice on 1 November 2026, @daily takes the second one: the
# first hour of Sunday is in the interval of Saturday.
# The documentation says of cron timetables that they take daylight saving into account.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check apache-airflow-core==3.3.2
export AIRFLOW_HOME="$work" AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$work/airflow.db"
"$work/venv/bin/python" - <<'PY' 2>/dev/null
import sys

import airflow
import pendulum
from airflow.timetables import interval
from airflow.timetables.base import DataInterval, TimeRestriction

print("airflow", airflow.__version__)
UTC = pendulum.datetime


def next_interval(table, last, now, catchup):
    interval.utcnow = lambda: now
    limits = TimeRestriction(UTC(2026, 1, 1), None, catchup)
    found = table.next_dagrun_info(last_automated_data_interval=last, restriction=limits)
    text = " to ".join(f"{at:%d %H:%M}" for at in found.data_interval)
    print(f"asked on {now:%d %H:%M} UTC, catchup={catchup}: {text}")
    return text


paris = interval.CronDataIntervalTimetable("30 2 * * *", "Europe/Paris")
friday = DataInterval(UTC(2026, 3, 27, 1, 30), UTC(2026, 3, 28, 1, 30))
noon = UTC(2026, 3, 29, 10)
by_hand = paris.infer_manual_data_interval(run_after=noon)
print("by hand:", by_hand.start, "to", by_hand.end)
havana = interval.CronDataIntervalTimetable("@daily", "America/Havana")
october = DataInterval(UTC(2026, 10, 30, 4), UTC(2026, 10, 31, 4))
seen = [
    next_interval(paris, friday, UTC(2026, 3, 29, 0, 55), False),
    next_interval(paris, friday, UTC(2026, 3, 29, 1, 5), False),
    next_interval(paris, friday, noon, False),
    next_interval(paris, friday, noon, True),
    str(by_hand.end - by_hand.start == pendulum.duration()),
    next_interval(havana, october, UTC(2026, 11, 1, 12), True),
]
expected = [
    "28 01:30 to 29 01:30",
    "29 01:30 to 30 00:30",
    "29 01:30 to 30 00:30",
    "28 01:30 to 29 01:30",
    "True",
    "31 04:00 to 01 05:00",
]
if seen != expected:
    sys.exit(f"this has changed: {seen}")
PY
