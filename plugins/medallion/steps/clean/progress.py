"""How far a pass over a landing is, for the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from medallion.names import TableName
from medallion.prose import tally
from medallion.steps.clean.counts import Counts
from medallion.steps.context import StepContext

SAY_EVERY_SECONDS = 3.0


@dataclass(slots=True, kw_only=True)
class Progress:
    """A line of the log every few seconds, however often it is asked for one."""

    context: StepContext
    table: TableName
    counts: Counts
    quarantined: Callable[[], int]
    said_at: float = field(default_factory=time.monotonic)

    def say(self, expected: int) -> None:
        """Say how many of the expected rows are done, unless there was a line just now."""
        if time.monotonic() - self.said_at < SAY_EVERY_SECONDS:
            return
        self.said_at = time.monotonic()
        self.context.log.info(
            "%s: %d of %s cleaned, %d quarantined, %d discarded",
            self.table,
            self.counts.read,
            tally(expected, "record"),
            self.quarantined(),
            self.counts.discarded,
        )
