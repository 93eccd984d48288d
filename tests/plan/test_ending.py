"""Which tables are published no more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from medallion.airflow.loader import plan_of
from medallion.plan.ending import find_ended_tables

DATASET = """\
description: A source.
schedule: "@daily"
start_date: 2026-01-01
{end}
datasets:
  {name}:
    source: {{type: file, path: include/data/shop/a.csv}}
    silver: {{columns: {{id: {{type: text}}}}}}
"""
GOLD = """\
description: What reads others.
gold:
  {name}: {{sql: {name}.sql}}
"""
SPECS = {
    "past": DATASET.format(name="old", end="end_date: 2026-02-01"),
    "going_on": DATASET.format(name="live", end=""),
    "of_old": GOLD.format(name="sums"),
    "of_both": GOLD.format(name="mix"),
    "of_sums": GOLD.format(name="tops"),
}
QUERIES = {
    "sums": "select id from silver_shop.old",
    "mix": "select id from silver_shop.old union all select id from silver_shop.live",
    "tops": "select id from gold_shop.sums",
}


@pytest.mark.parametrize(
    ("day", "ended"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), set()),
        (datetime(2026, 2, 1, tzinfo=UTC), {"silver_shop.old", "gold_shop.sums", "gold_shop.tops"}),
    ],
)
def test_what_reads_only_what_has_ended_has_ended_too(
    tmp_path: Path, day: datetime, ended: set[str]
) -> None:
    files = {f"specs/shop/{name}.yaml": text for name, text in SPECS.items()}
    files |= {f"include/sql/shop/{name}.sql": text for name, text in QUERIES.items()}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    plans = [plan_of(f"shop.{name}", tmp_path) for name in SPECS]
    assert set(map(str, find_ended_tables(plans, day))) == ended
