"""What counts as a word of Superset or d3: the lists are those of Superset 6.1's own files."""

from __future__ import annotations

import pytest

from medallion.spec.rules.superset import CATEGORICAL, SEQUENTIAL, countries, is_format
from medallion.spec.rules.superset import is_time_range as is_range


@pytest.mark.parametrize(
    "text",
    [
        *(",", "d", ",.2f", ".1%", "$,.2f", "+,.0f", "~g", ".3s", "(,.0f", "*>10,.2f", "%"),
        *("SMART_NUMBER", "DURATION_COL", "%Y-%m-%d", "%-d %b %H:%M", "smart_date_verbose"),
    ],
)
def test_formats_of_d3_and_of_superset_are_known(text: str) -> None:
    assert is_format(text)


@pytest.mark.parametrize("text", ["", "0,0", "#,##0", ",.2z", "EUR", "%k", "number", ".2 f"])
def test_formats_of_nobody_are_refused(text: str) -> None:
    assert not is_format(text)


def test_ranges_of_time() -> None:
    known = (
        *("No filter", "Last week", "Last 7 days", "Next 2 quarters", "previous calendar month"),
        *("Current year", "2026-01-01 : 2026-02-01", " : now", "DATEADD(now, -1, day) : now"),
    )
    assert [text for text in known if not is_range(text)] == []
    unknown = ["last week", "7 days", "Last 7", "2026", "yesterday", " : ", "Last fortnight"]
    assert [text for text in unknown if is_range(text)] == []


def test_schemes_are_of_one_kind_and_maps_are_named() -> None:
    assert not CATEGORICAL & SEQUENTIAL
    assert {"world", "france", "usa", "france_regions"} <= countries()
    assert len(countries()) == 202
