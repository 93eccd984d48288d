"""The window of a run never begins before the table, however far it looks back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from medallion.publish.incremental import IncrementalSpec
from medallion.time_grains import TimeGrain

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("grain", [None, "week"])
@pytest.mark.parametrize("lookback", ["999999d", "400d", "999999h"])
def test_a_lookback_of_more_than_there_is_ends_at_the_beginning(
    lookback: str, grain: TimeGrain | None
) -> None:
    said = IncrementalSpec(lookback=lookback, time_grain=grain)
    increment = said.increment("day", BEGIN)
    assert increment.window_of(START, START + timedelta(days=1)).start == BEGIN
    before = increment.window_of(BEGIN - timedelta(days=9), BEGIN - timedelta(days=8))
    assert (before.start, before.end) == (BEGIN, BEGIN)
