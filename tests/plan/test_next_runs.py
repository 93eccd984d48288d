"""The runs that a schedule starts next, where it has none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from medallion.plan.next_runs import Timing
from medallion.schedules.calendar import Calendar, Pick
from medallion.schedules.schedule import Schedule

MONTH_END = Calendar(pick=Pick(number=-1, of="month", is_business_day=True))


@pytest.mark.parametrize("calendar", [None, MONTH_END], ids=str)
def test_beyond_all_schedules_there_is_no_run(calendar: Calendar | None) -> None:
    """And not those since the start date."""
    timing = Timing(
        schedule=Schedule(crons=("30 2 * * *",), timezone="Europe/Paris", calendar=calendar),
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        end_date=None,
    )
    assert timing.next_runs(datetime(9999, 12, 31, tzinfo=UTC)) == []
    before = timing.next_runs(datetime(2020, 1, 1, tzinfo=UTC), 1)
    assert before[0].start >= datetime(2026, 1, 1, tzinfo=UTC)
