"""What each run of a backfill makes of a gold table that grows by increments."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from medallion.airflow.loader import plan_of
from medallion.plan.backfill import plan_runs

SPEC = """\
description: Sums by day.
schedule: "@daily"
start_date: 2026-01-01
gold:
  days:
    sql: days.sql
    primary_key: [day]
    materialization: incremental
    time_column: day
    incremental: {{lookback: {lookback}}}
"""
QUERY = """\
select d as day from generate_series(:data_interval_start, :data_interval_end, '1 day') as d
"""


@pytest.mark.parametrize(
    ("lookback", "start"), [("2d", "2026-03-02 00:00"), ("999999d", "2026-01-01 00:00")]
)
def test_a_preview_says_what_a_run_makes(lookback: str, start: str, tmp_path: Path) -> None:
    path = tmp_path / "specs" / "shop" / "sums.yaml"
    query = tmp_path / "include" / "sql" / "shop" / "days.sql"
    for file, text in ((path, SPEC.format(lookback=lookback)), (query, QUERY)):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    day = datetime(2026, 3, 4, tzinfo=UTC)
    (run,) = plan_runs(plan_of("shop.sums", tmp_path), day, day)
    assert run.asks == (("days", f"makes {start} to 2026-03-05 00:00 UTC"),)
