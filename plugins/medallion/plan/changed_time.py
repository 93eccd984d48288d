"""Which time of a table changes where a stretch of what it reads has changed. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from medallion.plan.intervals import InputChange, Span, unite_spans
from medallion.publish.window import Increment


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTime:
    """What of a table has changed.

    Attributes:
        loads: by the time of the loads that brought it: their rows may be of an earlier time.
        rows: by the time that the rows are of.
    """

    loads: tuple[Span, ...] = ()
    rows: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.loads or self.rows)

    def reach(self, increment: Increment, intervals: Sequence[Span]) -> tuple[Span, ...]:
        """Which time of a table that reads it changes."""
        return unite_spans(
            [
                *(reach(one, increment, intervals, of_load=True) for one in self.loads),
                *(reach(one, increment, intervals, of_load=False) for one in self.rows),
            ]
        )


def unite(changes: Iterable[ChangedTime]) -> ChangedTime:
    """What has changed of several tables."""
    known = list(changes)
    return ChangedTime(
        loads=unite_spans(span for one in known for span in one.loads),
        rows=unite_spans(span for one in known for span in one.rows),
    )


def reach(span: Span, increment: Increment, intervals: Sequence[Span], *, of_load: bool) -> Span:
    """Which time of a table changes where a stretch of its input has changed.

    A load brings rows of an earlier time as well: as far back as the runs look back that read it.
    And a row may be made of earlier ones: what changes then changes rows until later.

    Args:
        span: of the input.
        increment: how the table grows.
        intervals: of the table, in order.
        of_load: the stretch is the time of loads, and not that of rows.

    >>> from datetime import UTC, timedelta
    >>> from medallion.publish.by_time import BY_TIME
    >>> day = [datetime(2026, 1, n, tzinfo=UTC) for n in (1, 2, 3, 4)]
    >>> how = Increment(disposition=BY_TIME, time_column="day", begin=day[0],
    ...                 lookback=timedelta(days=1))
    >>> days = [Span(start=one, end=one + timedelta(days=1)) for one in day]
    >>> reach(days[2], how, days, of_load=True).start.day, reach(
    ...     days[2], how, days, of_load=False).start.day
    (2, 3)
    """
    start = span.start
    if of_load:
        at = bisect_right(intervals, span.start, key=_end)
        if at < len(intervals) and intervals[at].overlaps(span):
            window = increment.window_of(intervals[at].start, intervals[at].end)
            start = min(start, window.start)
    return Span(start=start, end=increment.read_until(span.end))


def reach_of_all(
    changes: Iterable[InputChange], increment: Increment, intervals: Sequence[Span]
) -> Iterator[InputChange]:
    """The changes of a table's inputs, by which time of the table each changes."""
    for one in changes:
        span = reach(one.span, increment, intervals, of_load=one.of_load)
        yield replace(one, span=span, of_load=False)


def _end(span: Span) -> datetime:
    return span.end
