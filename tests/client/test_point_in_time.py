"""A point-in-time join, held against one that looks at every row for every label."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion.client.point_in_time import Joined, join, names_of, with_times
from medallion.errors import CannotRead
from medallion.warehouse.reading.features import TIME

TIMES = st.integers(-6, 6)
KEYS = st.one_of(st.none(), st.sampled_from(["a", "b", "O'x"]))
LABELS = st.lists(st.tuples(KEYS, st.one_of(st.none(), TIMES)), max_size=8)
EVENTS = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b", "O'x", "c"]), TIMES),
    st.one_of(st.none(), st.integers(0, 9)),
    max_size=12,
)
VIEW = Joined(entity=("who",), features=("x",), called=("t__x",), ttl_microseconds=None)


def brute_force(
    labels: list[tuple[Any, Any]], events: dict[tuple[str, int], Any], ttl: int | None
) -> list[Any]:
    """The words of `Desk.training_set`, and nothing else."""
    found = []
    for who, at in labels:
        known = [time for key, time in events if at is not None and key == who and time <= at]
        latest = max(known, default=None)
        holds = latest is not None and (ttl is None or latest >= at - ttl)
        found.append(events[who, latest] if holds else None)
    return found


@settings(max_examples=60)
@given(labels=LABELS, events=EVENTS, ttl=st.one_of(st.none(), st.integers(0, 8)))
def test_it_finds_what_looking_at_every_row_finds(
    labels: list[tuple[Any, Any]], events: dict[tuple[str, int], Any], ttl: int | None
) -> None:
    table = pa.table(
        {
            "who": pa.array([who for who, _ in labels], pa.string()),
            "at": pa.array([at for _, at in labels], pa.timestamp("us", "UTC")),
        }
    )
    rows = pa.table(
        {
            "who": pa.array([who for who, _ in events], pa.string()),
            "x": pa.array(list(events.values()), pa.int64()),
            TIME: pa.array([at for _, at in events], pa.int64()),
        }
    )
    how = Joined(entity=("who",), features=("x",), called=("t__x",), ttl_microseconds=ttl)
    found = join(with_times(table, "at"), rows.to_reader(), how)
    assert found["t__x"].to_pylist() == brute_force(labels, events, ttl)


def test_times_are_whole_microseconds_whatever_they_came_as() -> None:
    east = timezone(timedelta(hours=2))
    for times, wanted in (
        (pa.array([date(1970, 1, 2)]), 86_400_000_000),
        (pa.array([datetime(1970, 1, 1, 2, tzinfo=east)], pa.timestamp("us", "+02:00")), 0),
        (pa.array([datetime(1970, 1, 1, 1, tzinfo=UTC)]), 3_600_000_000),
        (pa.array([-1], pa.timestamp("ns")), -1),
        (pa.array([1_999], pa.timestamp("ns", "UTC")), 1),
    ):
        assert with_times(pa.table({"at": times}), "at")["_label_time"].to_pylist() == [wanted]
    with pytest.raises(CannotRead, match=r"at is string, not a time"):
        with_times(pa.table({"at": ["2026"]}), "at")
    with pytest.raises(CannotRead, match="no column 'when'"):
        with_times(pa.table({"at": ["2026"]}), "when")


def test_a_name_that_stays_taken_is_refused() -> None:
    with pytest.raises(CannotRead, match="two columns would be called t__x"):
        names_of([("gold_a.t", "x"), ("gold_b.t", "x")], [])
