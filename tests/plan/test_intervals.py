"""Many intervals are judged as each of them is alone, and drawn as few stretches."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from medallion.plan.intervals import (
    InputChange,
    Made,
    Span,
    judge_in_order,
    judge_interval,
    unite_intervals,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def hours(first: int, last: int) -> Span:
    return Span(start=START + timedelta(hours=first), end=START + timedelta(hours=last))


@pytest.mark.parametrize("seed", range(20))
def test_in_order_they_are_what_each_is_alone(seed: int) -> None:
    chance = random.Random(seed)

    def some() -> Span:
        first = chance.randrange(40)
        return hours(first, first + chance.choice((1, 2, 3, 30)))

    def moment() -> datetime:
        return START + timedelta(days=chance.randrange(9))

    made = [Made(span=some(), read_at=moment()) for _ in range(chance.randrange(25))]
    changes = [
        InputChange(table=chance.choice("ab"), span=some(), at=moment())
        for _ in range(chance.randrange(25))
    ]
    spans = [hours(at, at + 1) for at in range(40) if chance.random() < 0.9]
    found = list(judge_in_order(spans, made, changes))
    assert found == [judge_interval(one, made, changes) for one in spans]
    united = unite_intervals(found)
    assert sum(one.intervals for one in united) == len(spans)
    for one in united:
        inside = [x for x in found if x.span.overlaps(one.span)]
        assert {(x.state, x.because) for x in inside} == {(one.state, one.because)}
    for a, b in pairwise(united):
        assert (a.state, a.because, a.span.end) != (b.state, b.because, b.span.start)


def test_an_interval_looks_at_nothing_that_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand, each with a publication of its own: all pairs would be four million looks."""
    looks = [0]
    real = Span.overlaps

    def count(one: Span, other: Span) -> bool:
        looks[0] += 1
        return real(one, other)

    monkeypatch.setattr(Span, "overlaps", count)
    spans = [hours(at, at + 1) for at in range(2_000)]
    made = [Made(span=one, read_at=START) for one in spans]
    assert len(list(judge_in_order(spans, made, ()))) == len(spans)
    assert looks[0] <= 10 * len(spans)
