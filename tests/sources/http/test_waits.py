"""How long a request is waited for: what servers ask for, and where it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from medallion.sources.http.api import Patience
from medallion.sources.http.waits import Waits, retry_after

CLOCK = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("86400", 86400.0),
        (format_datetime(CLOCK + timedelta(seconds=30), usegmt=True), 30.0),
        ("Saturday, 31-Jan-26 12:00:30 GMT", 30.0),
        ("Sat Jan 31 12:00:30 2026", 30.0),
        ("Sat, 31 Jan 2026 13:00:30 +0100", 30.0),
        (format_datetime(CLOCK - timedelta(days=400), usegmt=True), 0.0),
    ],
)
def test_what_a_server_asks_for(text: str, seconds: float) -> None:
    """Held against its own clock, which need not be ours."""
    headers = {"retry-after": text, "date": format_datetime(CLOCK, usegmt=True)}
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-1",
        "1e3",
        "inf",
        "nan",
        "1, 1",
        "٣",
        "86401",
        "1769860800",  # seconds since 1970
        "9" * 400,
        "Wed, 21 Oct 99999999999 07:28:00 GMT",
        "Wed, 21 Oct 9999 07:28:00 GMT",
        "Wed, 99 Oct 2026 07:28:00 GMT",
        "Wed, 21 Oct 2026 07:28:00 +9999999999",
    ],
)
def test_what_is_unusable_is_as_if_it_were_not_there(text: str) -> None:
    assert retry_after({"retry-after": text}) is None


def test_without_a_clock_of_the_server_ours_counts() -> None:
    for date in ("", "nonsense", "Wed, 21 Oct 99999999999 07:28:00 GMT"):
        asked = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
        seconds = retry_after({"retry-after": asked, "date": date})
        assert seconds is not None
        assert 50 < seconds <= 100


def test_waits_grow_and_end_by_their_number() -> None:
    waits = Waits(Patience(attempts=4, first_wait=1))
    found = [waits.next(None) for _ in range(4)]
    assert found[3] is None
    for wait, middle in zip(found[:3], (1, 2, 4), strict=True):
        assert wait is not None
        assert middle / 2 <= wait <= middle * 1.5


def test_waits_end_when_they_have_been_long_enough_or_one_is_too_long() -> None:
    patience = Patience(attempts=50, longest_wait=60, waits_in_all=100)
    waits = Waits(patience)
    assert [waits.next(30) is None for _ in range(4)] == [False, False, False, True]
    assert Waits(patience).next(61) is None
    waits = Waits(Patience(), begun=True)
    found = [waits.next(None) for _ in range(12)]
    assert max(wait for wait in found if wait is not None) == 60
    assert found[-1] is None
    assert 200 < waits.waited <= 300
