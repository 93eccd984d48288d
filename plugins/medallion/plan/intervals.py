"""Which intervals of a table that grows are there, missing, restated or dropped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Generic, TypeVar

from medallion.schedules.clock import clock_of, in_words, zone_of


class IntervalState(StrEnum):
    """What is known of an interval."""

    THERE = "there"
    MISSING = "missing"
    RESTATED = "restated"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, half open, in UTC."""

    start: datetime
    end: datetime

    def in_words(self, timezone: str) -> str:
        """As the clock of a zone shows it, with the zone's name.

        >>> from datetime import UTC
        >>> winter, summer = (datetime(2026, n, 1, tzinfo=UTC) for n in (1, 7))
        >>> Span(start=winter, end=summer).in_words("Europe/Paris")
        '2026-01-01 01:00 to 2026-07-01 02:00 Europe/Paris'
        """
        start = clock_of(self.start, zone_of(timezone))
        return f"{start:%Y-%m-%d %H:%M} to {in_words(self.end, timezone)}"

    def overlaps(self, other: Span) -> bool:
        """Whether they have a moment in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A stretch that a publication has made. What its inputs published after `read_at`, it has not
    seen."""

    span: Span
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Retention has dropped what is earlier than `until`. What was made since `at` is there."""

    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChange:
    """A stretch of an input that was published, or that somebody says was restated. `of_load`: it
    is the time of a load, whose rows may be of an earlier one."""

    table: str
    span: Span
    at: datetime
    of_load: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInterval:
    """An interval of a table. `because`: the inputs that have changed since it was made."""

    span: Span
    state: IntervalState
    because: tuple[str, ...] = ()


def judge_interval(
    span: Span,
    made: Sequence[Made],
    changes: Iterable[InputChange],
    dropped: Iterable[Dropped] = (),
) -> TableInterval:
    """An interval is there where all of it was made; restated where an input has published some of
    it since; dropped where retention has taken some of it since.

    >>> from datetime import UTC
    >>> day = [datetime(2026, 1, n, tzinfo=UTC) for n in (1, 2, 3, 4)]
    >>> first = Span(start=day[0], end=day[1])
    >>> made = [Made(span=first, read_at=day[2])]
    >>> judge_interval(first, made, ()).state
    <IntervalState.THERE: 'there'>
    >>> judge_interval(Span(start=day[1], end=day[2]), made, ()).state
    <IntervalState.MISSING: 'missing'>
    >>> judge_interval(first, made, [InputChange(table="silver_a.b", span=first, at=day[3])])
    ... # doctest: +ELLIPSIS
    TableInterval(..., state=<IntervalState.RESTATED: 'restated'>, because=('silver_a.b',))
    """
    known, gone = list(changes), list(dropped)
    because: set[str] = set()
    is_dropped = False
    for part in _cut(span, made, known):
        reads = [one.read_at for one in made if one.span.overlaps(part)]
        if not reads:
            return TableInterval(span=span, state=IntervalState.MISSING)
        last = max(reads)
        because |= {one.table for one in known if one.at > last and one.span.overlaps(part)}
        is_dropped |= any(one.at > last and part.start < one.until for one in gone)
    if is_dropped:
        return TableInterval(span=span, state=IntervalState.DROPPED)
    state = IntervalState.RESTATED if because else IntervalState.THERE
    return TableInterval(span=span, state=state, because=tuple(sorted(because)))


One = TypeVar("One", Made, InputChange)


def judge_in_order(
    spans: Sequence[Span],
    made: Iterable[Made],
    changes: Iterable[InputChange],
    dropped: Sequence[Dropped] = (),
) -> Iterator[TableInterval]:
    """Each of many intervals, the earliest first. What has nothing to do with one is not looked at:
    thousands of intervals were made by thousands of publications."""
    of_made, of_changes = _Passing(made), _Passing(changes)
    for span in spans:
        yield judge_interval(span, of_made.meet(span), of_changes.meet(span), dropped)


class _Passing(Generic[One]):
    """Stretches in the order of their starts, beside intervals that come in theirs."""

    def __init__(self, known: Iterable[One]) -> None:
        self._waiting: list[One] = sorted(known, key=lambda one: one.span.start, reverse=True)
        self._met: list[One] = []

    def meet(self, span: Span) -> Sequence[One]:
        """Those that overlap an interval, which is not earlier than the one before."""
        while self._waiting and self._waiting[-1].span.start < span.end:
            self._met.append(self._waiting.pop())
        self._met = [one for one in self._met if one.span.end > span.start]
        return self._met


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Intervals that touch each other and are alike. `because` as of an interval."""

    span: Span
    state: IntervalState
    intervals: int
    because: tuple[str, ...] = ()


def unite_intervals(intervals: Iterable[TableInterval]) -> tuple[Stretch, ...]:
    """Intervals in as few stretches as there are, in their order.

    >>> from datetime import UTC
    >>> day = [datetime(2026, 1, n, tzinfo=UTC) for n in (1, 2, 3, 4)]
    >>> known = [TableInterval(span=Span(start=a, end=b), state=IntervalState.MISSING)
    ...          for a, b in pairwise(day)]
    >>> [one.intervals for one in unite_intervals(known)]
    [3]
    """
    united: list[Stretch] = []
    for one in intervals:
        last = united[-1] if united else None
        is_alike = last is not None and (last.state, last.because, last.span.end) == (
            one.state,
            one.because,
            one.span.start,
        )
        if last is not None and is_alike:
            span = Span(start=last.span.start, end=one.span.end)
            united[-1] = replace(last, span=span, intervals=last.intervals + 1)
        else:
            united.append(Stretch(span=one.span, state=one.state, intervals=1, because=one.because))
    return tuple(united)


def unite_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in as few stretches as there are, in order."""
    united: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        if united and span.start <= united[-1].end:
            end = max(united[-1].end, span.end)
            united[-1] = Span(start=united[-1].start, end=end)
        else:
            united.append(span)
    return tuple(united)


def _cut(span: Span, made: Sequence[Made], changes: Sequence[InputChange]) -> list[Span]:
    """The interval in parts, each of which a publication has made whole or not at all."""
    known = [*(one.span for one in made), *(one.span for one in changes)]
    touching = [one for one in known if one.overlaps(span)]
    bounds = {moment for one in touching for moment in (one.start, one.end)}
    inner = sorted(moment for moment in bounds if span.start < moment < span.end)
    edges = [span.start, *inner, span.end]
    return [Span(start=a, end=b) for a, b in pairwise(edges)]
