"""Which data a run covers."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from medallion.airflow.run_context import data_interval


def run(**fields: datetime | None) -> SimpleNamespace:
    return SimpleNamespace(
        **({"data_interval_start": None, "data_interval_end": None, "run_after": None} | fields)
    )


def test_a_scheduled_run_covers_airflows_interval() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert data_interval(run(data_interval_start=start, data_interval_end=end), "@daily") == (
        start,
        end,
    )


def test_a_manual_run_covers_the_last_whole_interval_of_the_schedule() -> None:
    moment = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
    assert data_interval(run(run_after=moment), "@daily") == (
        datetime(2026, 3, 4, tzinfo=UTC),
        datetime(2026, 3, 5, tzinfo=UTC),
    )


def test_a_manual_run_without_a_schedule_covers_its_moment() -> None:
    moment = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
    assert data_interval(run(run_after=moment), None) == (moment, moment)
