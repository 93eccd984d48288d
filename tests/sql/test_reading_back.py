"""Conditions that take rows of a time before a placeholder, in the ways that people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from medallion.sql.postgres_select import select_tree
from medallion.sql.reading_back import find_reading_back

NAMES = ("start", "end")
DAY = timedelta(days=1)
FOUND = {
    "day >= :start - interval '6 days'": [6 * DAY],
    "day > :start::date - 6": [6 * DAY],
    ":start - '2 weeks'::interval <= day": [14 * DAY],
    "day between :start - interval '1 month' and :end": [31 * DAY],
    ":start between day and day + 6": [6 * DAY],
    "day + 6 >= :start": [6 * DAY],
    "day = :start::date - 1": [DAY],
    "é > 'ü' and day >= :end - interval '90 minutes'": [timedelta(minutes=90)],
    "day >= :start - 2 * interval '1 day'": [None],
    "exists (select from a.c where c.day >= :start - interval '1 day')": [DAY],
}
NOT_FOUND = (
    "day >= :start and day < :end",
    "day < :end - interval '1 day' and day >= :start",
    "day - 1 >= :start",
    "day >= :start - 0",
    "n > 7 - 6 and day >= :start",
    "day >= date_trunc('month', :start)",
)


@pytest.mark.parametrize("condition", FOUND)
def test_it_is_found_with_its_length_and_its_place(condition: str) -> None:
    text = f"select 1 from a.b where {condition}"
    tree = select_tree(text, NAMES)
    assert tree is not None
    found = list(find_reading_back(text, tree, NAMES))
    assert [one.length for one in found] == FOUND[condition]
    assert all(text[one.offset] in "+-" for one in found)


@pytest.mark.parametrize("condition", NOT_FOUND)
def test_what_reads_nothing_earlier_is_not_found(condition: str) -> None:
    text = f"select 1 from a.b where {condition}"
    tree = select_tree(text, NAMES)
    assert tree is not None
    assert list(find_reading_back(text, tree, NAMES)) == []
