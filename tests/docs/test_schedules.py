"""docs/schedules.md: its specs are accepted, and run when the page says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from tests.docs.pages import fenced

from medallion.cli.__main__ import main
from medallion.schedules.public_holidays import market_codes
from medallion.schedules.schedule import Schedule
from medallion.spec.load.calendars import find_calendar
from medallion.spec.models.calendar import CalendarSpec

DATASETS = """\
description: What the shop sells.
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {id: {type: bigint}}}
"""


@pytest.fixture
def project(project_root: Path, tmp_path: Path) -> Path:
    """With the specs and the list of the page."""
    texts = fenced(project_root / "docs/schedules.md", "yaml")
    (own,) = [text for text in texts if "closed:" in text]
    clocks = [text for text in texts if text.startswith("schedule:")]
    names = ("clock", "orders")
    for name, text in zip(names, clocks, strict=True):
        path = tmp_path / f"specs/shop/{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DATASETS.replace("orders", name) + text)
    path = tmp_path / "include/calendars/head_office.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(own)
    return tmp_path


@pytest.mark.parametrize("page", ["docs/schedules.md", "docs/fr/schedules.md"])
def test_the_next_runs_are_those_of_the_page(
    page: str, project_root: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shown,) = fenced(project_root / page, "console")
    first, _, printed = shown.partition("\n")
    words = first.removeprefix("$ python -m medallion.cli ").split()
    assert main([*words, "--root", str(project)]) == 0
    assert capsys.readouterr().out.strip() == printed.strip()


def test_each_calendar_of_the_page_has_days(project_root: Path, project: Path) -> None:
    text = (project_root / "docs/schedules.md").read_text().partition("### No row")[0]
    said = re.findall(r"^\| `(\{.*?\})` \|", text, re.MULTILINE)
    assert len(said) == 8
    for one in said:
        found = find_calendar(CalendarSpec.model_validate(yaml.safe_load(one)), project)
        assert found.findings == ()
        schedule = Schedule(crons=("0 7 * * *",), calendar=found.calendar)
        runs = [
            end
            for _, end in zip(range(30), schedule.ticks_after(_moment("2026-01-01")), strict=False)
        ]
        assert len(runs) == 30


def test_the_first_month_end_is_what_the_page_says() -> None:
    """With the first of January as the start, and with the day before it."""
    found = find_calendar(CalendarSpec(business_day="last"), Path())
    schedule = Schedule(crons=("0 7 * * *",), calendar=found.calendar)
    firsts = [
        tuple(f"{at:%d %B}" for at in next(schedule.intervals_from(_moment(day))))
        for day in ("2026-01-01", "2025-12-31")
    ]
    assert firsts == [("30 January", "27 February"), ("31 December", "30 January")]


def test_business_days_at_midnight_bring_friday_on_monday() -> None:
    found = find_calendar(CalendarSpec(country="FR"), Path())
    daily = Schedule(crons=("@daily",), calendar=found.calendar)
    friday = _moment("2026-06-12T12:00")
    assert daily.interval_at(friday) == (_moment("2026-06-12"), _moment("2026-06-15"))
    evening = Schedule(crons=("0 22 * * *",), calendar=found.calendar)
    held = evening.interval_at(friday)
    assert held is not None and held[1] - friday == timedelta(hours=10)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("page", ["docs/schedules.md", "docs/fr/schedules.md", "docs/spec.md"])
def test_each_market_that_a_page_names_has_that_code(page: str, project_root: Path) -> None:
    lines = (project_root / page).read_text().splitlines()
    named = [code for line in lines if "XECB" in line for code in re.findall(r"[A-Z]{3,4}\b", line)]
    codes = {code for code in named if code.startswith("X") or code == "ENX"}
    assert len(codes) > 2
    assert codes <= set(market_codes().values())
