"""What a spec says of how a gold table comes about: built whole each time, by increments, or as a
view."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import Field

from medallion.durations import TimeLimit, duration
from medallion.model import SpecModel
from medallion.publish.by_key import BY_KEY
from medallion.publish.by_time import BY_TIME
from medallion.publish.disposition import WriteDisposition
from medallion.publish.window import Increment
from medallion.schedules.clock import UTC_NAME, moment_in, zone_of
from medallion.time_grains import TimeGrain


class Materialization(StrEnum):
    """How a gold table comes about."""

    TABLE = "table"
    INCREMENTAL = "incremental"
    VIEW = "view"


class IncrementBy(StrEnum):
    """Which rows of an incremental table the rows of a run take the place of."""

    TIME = "time"
    KEY = "key"


class IncrementalSpec(SpecModel):
    """How an incremental table grows."""

    by: IncrementBy = Field(default=IncrementBy.TIME, strict=False)
    """`time`: the rows of a run take the place of all rows of its stretch of time. `key`: they are
    added, or take the place of the rows of their primary keys, unless those have a later time."""
    lookback: TimeLimit | None = None
    """How long before its data interval a run begins: 2d. Rows that come so late are not lost."""
    reads_back: TimeLimit | None = None
    """How long before its own time a row reads: 6d, of a sum over seven days. Where a day is made
    again, so are the days that read it."""
    time_grain: TimeGrain | None = None
    """A run makes whole ones of these again, in the pipeline's zone: `month` where a row speaks of
    a month, `day` where the schedule does not cut time at midnight."""
    begin: date | datetime | None = None
    """The start of all that the table holds; the pipeline's `start_date` by default."""

    def disposition(self) -> WriteDisposition:
        """How the rows of a run meet those already there."""
        return _DISPOSITIONS[self.by]

    def increment(self, time_column: str, start_date: date, timezone: str = UTC_NAME) -> Increment:
        """As the steps have it.

        Args:
            time_column: of the table.
            start_date: of the pipeline, where the table says nothing.
            timezone: of the pipeline.
        """
        return Increment(
            disposition=self.disposition(),
            time_column=time_column,
            begin=moment_in(self.begin or start_date, zone_of(timezone)),
            lookback=duration(self.lookback) if self.lookback else timedelta(0),
            reads_back=duration(self.reads_back) if self.reads_back else timedelta(0),
            grain=self.time_grain,
            timezone=timezone,
        )


_DISPOSITIONS: Mapping[IncrementBy, WriteDisposition] = {
    IncrementBy.TIME: BY_TIME,
    IncrementBy.KEY: BY_KEY,
}
