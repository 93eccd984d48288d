"""Which rows of an incremental table a former text of its SELECT has made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from medallion.publish.recipe import find_former
from medallion.publish.window import Window

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def _days(start: int, end: int) -> Window:
    return Window(start=FIRST + timedelta(days=start), end=FIRST + timedelta(days=end))


def test_what_a_later_window_has_replaced_is_no_more() -> None:
    made = [(_days(0, 9), "old"), (_days(2, 4), "new"), (_days(3, 5), "new")]
    assert find_former(made, "new", by_time=True) == (_days(0, 2), _days(5, 9))
    assert find_former([*made, (_days(0, 9), "new")], "new", by_time=True) == ()


def test_by_key_only_another_version_ends_them() -> None:
    made = [(_days(0, 2), "old"), (_days(0, 2), "new"), (_days(2, 2), "old")]
    assert find_former(made, "new", by_time=False) == (_days(0, 2),)


_WINDOWS = st.tuples(st.integers(0, 8), st.integers(0, 8), st.sampled_from("ab")).map(
    lambda drawn: (_days(min(drawn[:2]), max(drawn[:2])), drawn[2])
)


@given(made=st.lists(_WINDOWS, max_size=8))
def test_each_day_is_of_the_text_that_made_it_last(made: list[tuple[Window, str]]) -> None:
    last: dict[int, str] = {}
    for window, text in made:
        for day in range(9):
            if window.start <= _days(day, day).start < window.end:
                last[day] = text
    found = find_former(made, "a", by_time=True)
    assert all(one.start < one.end for one in found)
    days = [day for one in found for day in range((one.start - FIRST).days, (one.end - FIRST).days)]
    assert days == [day for day in range(9) if last.get(day) == "b"]
