#!/usr/bin/env bash
# Airflow 3.3.2's CronDataIntervalTimetable in UTC, where a DAG's schedule changes from days to months.
#
# One would guess: with catchup=True no time is left out between two data intervals. Airflow aligns the
# first run after a change of the schedule "to the previous scheduled time" for that, as its code says,
# so that some time would be read twice rather than never.
# True: a DAG ran daily up to the night of the 13th, and has @monthly from then on. The previous time of
# the new schedule is the 1st. A start date within the month (the 5th) moves the beginning to the *next*
# 1st, though the DAG has run since long; without one the 1st lies before the last run, and "one retry
# past it" lands on the next 1st as well. Either way the first run of the new schedule is the whole of
# February: the 13th to the end of January get no run, with catchup too, and nothing says so. From
# @weekly to @daily, the other way round, nothing is left out.
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
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable

print("airflow", airflow.__version__)
UTC = pendulum.datetime


def first_after(cron, last, start_date):
    limits = TimeRestriction(start_date, None, catchup=True)
    table = CronDataIntervalTimetable(cron, "UTC")
    found = table.next_dagrun_info(last_automated_data_interval=last, restriction=limits)
    text = " to ".join(f"{at:%Y-%m-%d}" for at in found.data_interval)
    print(f"ran until {last.end:%Y-%m-%d}, now {cron}, start_date {start_date}: {text}")
    return text


day = DataInterval(UTC(2026, 1, 12), UTC(2026, 1, 13))
week = DataInterval(UTC(2026, 1, 4), UTC(2026, 1, 11))
seen = [
    first_after("@monthly", day, UTC(2026, 1, 5)),
    first_after("@monthly", day, UTC(2025, 1, 1)),
    first_after("@daily", week, UTC(2025, 1, 1)),
]
expected = [
    "2026-02-01 to 2026-03-01",
    "2026-02-01 to 2026-03-01",
    "2026-01-11 to 2026-01-12",
]
if seen != expected:
    sys.exit(f"this has changed: {seen}")
PY
