"""How long one request is retried, whatever was waited for before it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from medallion.sources.http.api import Patience

LONGEST_USABLE_SECONDS = 24 * 3600.0
"""A Retry-After of more is none: a time since 1970 where seconds were meant, a year of 5 digits."""

_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")


@dataclass(slots=True)
class Waits:
    """The waits of one request; each page starts them again."""

    patience: Patience
    begun: bool = False
    """Something was read before this request."""
    attempts: int = 0
    waited: float = 0.0

    def next(self, asked: float | None) -> float | None:
        """Seconds until the next attempt after one that failed; None: give up.

        The jitter keeps clients that failed together from retrying together.

        Args:
            asked: what the server asks for, in seconds; None if it says nothing usable.
        """
        patience = self.patience
        self.attempts += 1
        if self.attempts >= (patience.attempts_once_begun if self.begun else patience.attempts):
            return None
        if asked is not None:
            wait = asked + random.uniform(0, 0.5)  # noqa: S311  # jitter
        else:
            grown = patience.first_wait * 2 ** (self.attempts - 1)
            wait = min(grown * random.uniform(0.5, 1.5), patience.longest_wait)  # noqa: S311
        if wait > patience.longest_wait or self.waited + wait > patience.waits_in_all:
            return None
        self.waited += wait
        return wait


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds from now, from either of its forms; None where it says nothing usable.

    A date is held against the server's own clock (the header Date), where it tells the time.

    >>> retry_after({"retry-after": "7"}), retry_after({"retry-after": "soon"})
    (7.0, None)
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        until, now = read_moment(text), read_moment(headers.get("date", ""))
        if until is None:
            return None
        seconds = max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
    return seconds if seconds <= LONGEST_USABLE_SECONDS else None


def read_moment(text: str) -> datetime | None:
    """A date of HTTP; None where it is none that a clock can show."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
