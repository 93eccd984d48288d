"""The cursor of a source: what it reads of a value, where it goes back to, what it refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from medallion.errors import SourceRefused
from medallion.sources.base.cursor import (
    CursorRange,
    CursorSpec,
    CursorValue,
    CursorWatch,
    format_value,
    parse_value,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def watch(kind: str) -> CursorWatch:
    return CursorWatch(CursorRange(field="at", kind=kind, start=0))


@pytest.mark.parametrize(
    ("kind", "value", "highest"),
    [
        ("integer", 7, "7"),
        ("integer", " 7 ", "7"),
        ("integer", 10**18 + 1, "1000000000000000001"),
        ("integer", 7.0, "7"),
        ("integer", "7.0", "7"),
        ("date", "2026-01-02", "2026-01-02"),
        ("date", date(2026, 1, 2), "2026-01-02"),
        ("date", NOON, "2026-01-02"),
        ("timestamp", "2026-01-02T12:00:00Z", "2026-01-02T12:00:00Z"),
        ("timestamp", "2026-01-02 13:00:00+01:00", "2026-01-02T12:00:00Z"),
        ("timestamp", "2026-01-02T12:00:00.123456", "2026-01-02T12:00:00.123456Z"),
        ("timestamp", datetime(2026, 1, 2, 12), "2026-01-02T12:00:00Z"),  # noqa: DTZ001
        ("timestamp", NOON.astimezone(timezone(timedelta(hours=9))), "2026-01-02T12:00:00Z"),
        ("timestamp", date(2026, 1, 2), "2026-01-02T00:00:00Z"),
    ],
)
def test_a_cursors_values_are_read_by_their_kind(kind: str, value: object, highest: str) -> None:
    seen = watch(kind)
    seen.see(value)
    assert seen.note()["highest"] == highest


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", True),
        ("integer", 1.5),
        ("integer", "7a"),
        ("integer", "7.5"),
        ("integer", float("inf")),
        ("integer", Decimal("Infinity")),
        ("integer", Decimal("NaN")),
        ("integer", None),
        ("date", 20260102),
        ("date", "yesterday"),
        ("timestamp", 1767225600),
        ("timestamp", ""),
        ("timestamp", None),
        ("timestamp", {"at": 1}),
    ],
)
def test_what_is_no_value_does_not_move_it(kind: str, value: object) -> None:
    seen = watch(kind)
    seen.see(value)
    with pytest.raises(SourceRefused, match="of 1 record none has a value in at"):
        seen.note()
    seen.see({"integer": 3, "date": "2026-01-02"}.get(kind, NOON))
    assert seen.note()["records_without_value"] == 1


@pytest.mark.parametrize(
    ("value", "held"),
    [(6, False), (7, False), ("7.0", False), (8, True), (9.0, True), (10, False), (None, True)],
)
def test_a_range_holds_what_lies_between_its_ends(value: object, held: bool) -> None:
    found = CursorRange(field="id", kind="integer", start=7, start_inclusive=False, end=10)
    assert found.holds(value) is held
    closed = CursorRange(field="id", kind="integer", start=7, end=10, end_inclusive=True)
    assert closed.holds(7)
    assert closed.holds(10)


def test_a_cursor_without_records_has_no_highest_value() -> None:
    assert watch("integer").note()["highest"] is None


@given(st.lists(st.integers(-(10**20), 10**20), min_size=1))
def test_a_cursor_keeps_the_highest_value(values: list[int]) -> None:
    seen = watch("integer")
    for value in values:
        seen.see(value)
    assert seen.note()["highest"] == str(max(values))


@given(
    st.one_of(
        st.integers(),
        st.dates(),
        st.datetimes(timezones=st.just(UTC)),
        st.datetimes(
            min_value=datetime(2, 1, 1),  # noqa: DTZ001
            max_value=datetime(9998, 1, 1),  # noqa: DTZ001
            timezones=st.timezones(),
            allow_imaginary=False,
        ),
    )
)
def test_a_value_is_read_back_as_it_was_written(value: CursorValue) -> None:
    kind = CursorSpec(field="at", initial_value=value).kind
    if kind == "integer" and abs(int(str(value))) >= 10**30:
        return
    # Python holds a time that a zone has twice (a clock set back) to be no other zone's time.
    wanted = value.astimezone(UTC) if isinstance(value, datetime) else value
    assert parse_value(format_value(value), kind) == wanted


@pytest.mark.parametrize(
    ("initial", "lookback", "value", "start"),
    [
        (0, 10, 100, 90),
        (95, 10, 100, 95),
        (0, None, 100, 100),
        (date(2026, 1, 1), "2d", date(2026, 1, 31), date(2026, 1, 29)),
        (date(2026, 1, 30), "2d", date(2026, 1, 31), date(2026, 1, 30)),
        (datetime(2026, 1, 1), "90m", NOON, datetime(2026, 1, 2, 10, 30, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_the_lookback_goes_back_to_the_initial_value_at_most(
    initial: CursorValue, lookback: str | int | None, value: CursorValue, start: CursorValue
) -> None:
    assert CursorSpec(field="at", initial_value=initial, lookback=lookback).back(value) == start


@pytest.mark.parametrize("initial", ["soon", None, True, 1.5])
def test_an_initial_value_is_a_number_a_date_or_a_time(initial: object) -> None:
    with pytest.raises(ValidationError):
        CursorSpec.model_validate({"field": "at", "initial_value": initial})
