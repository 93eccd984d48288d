"""Which intervals of a table that grows are there, missing or restated. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from medallion.schedules.clock import clock_of, in_words, zone_of


class IntervalState(StrEnum):
    """What is known of an interval."""

    THERE = "there"
    MISSING = "missing"
    RESTATED = "restated"


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
class InputChange:
    """A stretch of an input that was published, or that somebody says was restated."""

    table: str
    span: Span
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInterval:
    """An interval of a table. `because`: the inputs that have changed since it was made."""

    span: Span
    state: IntervalState
    because: tuple[str, ...] = ()


def judge_interval(
    span: Span, made: Sequence[Made], changes: Iterable[InputChange]
) -> TableInterval:
    """An interval is there where all of it was made; restated where an input has published some of
    it since.

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
    known = list(changes)
    because: set[str] = set()
    for part in _cut(span, made, known):
        reads = [one.read_at for one in made if one.span.overlaps(part)]
        if not reads:
            return TableInterval(span=span, state=IntervalState.MISSING)
        last = max(reads)
        because |= {one.table for one in known if one.at > last and one.span.overlaps(part)}
    state = IntervalState.RESTATED if because else IntervalState.THERE
    return TableInterval(span=span, state=state, because=tuple(sorted(because)))


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
