"""The rate limit: a bucket of tokens that fills at a steady pace."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class TokenBucket:
    """Lets `per_second` requests a second through, and as many at once after a pause."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self._capacity = max(1.0, per_second)
        self._tokens = self._capacity
        self._clock = clock
        self._filled_at = clock()

    def take(self) -> bool:
        """Take a token for one request; False when there is none."""
        now = self._clock()
        grown = self._tokens + (now - self._filled_at) * self.per_second
        self._tokens, self._filled_at = min(self._capacity, grown), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def retry_after(self) -> int:
        """Whole seconds until there is a token again, at least one."""
        return max(1, math.ceil((1 - self._tokens) / self.per_second))
