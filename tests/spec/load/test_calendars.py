"""An organisation's own list of days off, where much of it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.spec.load import calendars
from medallion.spec.load.calendars import find_calendar
from medallion.spec.models.calendar import CalendarSpec


def test_a_list_is_read_once_for_the_places_of_all_that_is_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list has thousands of days: read for each of them, it takes more time than a spec has."""
    read: list[str] = []

    class Counted(calendars.Positions):
        def __init__(self, text: str) -> None:
            read.append(text)
            super().__init__(text)

    monkeypatch.setattr(calendars, "Positions", Counted)
    (tmp_path / "include/calendars").mkdir(parents=True)
    days = "".join(f"  - {{from: 2026-01-01, to: 20{year}-01-01}}\n" for year in range(30, 60))
    (tmp_path / "include/calendars/wrong.yaml").write_text(f"closed:\n{days}")
    found = find_calendar(CalendarSpec(own="wrong"), tmp_path.resolve())
    assert [one.line for one in found.findings] == list(range(2, 32))
    assert {one.problem for one in found.findings} == {"more than a year"}
    assert len(read) == 1
