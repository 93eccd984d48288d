"""Days off as the library has them, against days that people know."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from medallion.schedules import public_holidays
from medallion.schedules.calendar import Calendar
from medallion.schedules.public_holidays import DaysOff, read_country, read_market


def calendar(off: DaysOff) -> Calendar:
    return Calendar(weekend=off.weekend, closed=off.closed, worked=off.worked)


@pytest.mark.parametrize(
    ("off", "day", "is_due"),
    [
        (read_country("FR", None), date(2026, 7, 14), False),
        (read_country("FR", None), date(2026, 4, 3), True),  # Good Friday, but in Alsace
        (read_country("FR", "57"), date(2026, 4, 3), False),
        (read_country("DE", "BY"), date(2026, 1, 6), False),
        (read_country("DE", None), date(2026, 1, 6), True),
        (read_country("US", None), date(2026, 7, 3), False),  # the 4th is a Saturday
        (read_country("SA", None), date(2026, 6, 12), False),  # a Friday
        (read_country("SA", None), date(2026, 6, 14), True),  # a Sunday
        (read_country("AE", None), date(2019, 6, 14), False),  # Fridays were off until 2021
        (read_country("AE", None), date(2026, 6, 12), True),
        (read_country("CN", None), date(2026, 2, 14), True),  # a Saturday that is worked
        (read_market("XECB"), date(2026, 5, 1), False),
        (read_market("XECB"), date(2026, 5, 14), True),  # Ascension is open
        (read_market("XNYS"), date(2026, 11, 26), False),
    ],
)
def test_days_that_people_know(off: DaysOff, day: date, is_due: bool) -> None:
    assert calendar(off).is_due(day) == is_due


def test_every_code_can_be_read() -> None:
    """Whatever country or market is named: no error, and some days off in each year."""
    for code in sorted(set(public_holidays.market_codes().values())):
        assert read_market(code).weekend
    for code in ("FR", "DE", "US", "GB", "IN", "BR", "NO", "AQ"):
        assert code in public_holidays.country_codes()
        days = read_country(code, None).closed
        assert list(days) == sorted(set(days))


def test_what_schedules_runs_does_not_import_the_library() -> None:
    """It takes half a second: neither Airflow's processes nor a task pay for it."""
    script = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from medallion.schedules.calendar import Calendar\n"
        "from medallion.schedules.schedule import Schedule\n"
        "import medallion.airflow.timetable, medallion.airflow.factory, medallion.plan.make\n"
        "days = Schedule(crons=('@daily',), calendar=Calendar(closed=(739000,)))\n"
        "assert days.last_whole(datetime(2026, 5, 4, tzinfo=UTC))\n"
        "assert 'holidays' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
