"""The geometry of small plots, for SVG in the templates; each has a text that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from medallion.plan.intervals import Stretch
from medallion.prose import tally
from medallion.warehouse.catalogue.history import LedgerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """A line without axes. `points` as SVG takes them; `last`: where it ends."""

    width: int
    height: int
    points: str
    last: tuple[float, float]
    text: str


def sparkline(values: Sequence[int], width: int = 96, height: int = 24) -> Sparkline | None:
    """How a number went; None where there are fewer than two.

    >>> sparkline([1, 3], width=10, height=10).points
    '2.0,8.0 8.0,2.0'
    """
    if len(values) < 2:
        return None
    low, high, edge = min(values), max(values), 2
    step = (width - 2 * edge) / (len(values) - 1)
    spread = (high - low) or 1
    flat = high == low

    def y(value: int) -> float:
        part = 0.5 if flat else (value - low) / spread
        return round(height - edge - part * (height - 2 * edge), 1)

    placed = [(round(edge + step * at, 1), y(value)) for at, value in enumerate(values)]
    return Sparkline(
        width=width,
        height=height,
        points=" ".join(f"{left},{top}" for left, top in placed),
        last=placed[-1],
        text=f"rows of the last {len(values)} publications: from {values[0]:,} to {values[-1]:,}, "
        f"between {low:,} and {high:,}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A line over time with an area below it, its axis from 0. Ticks: place and text."""

    width: int
    height: int
    line: str
    area: str
    dots: tuple[tuple[float, float, str], ...]
    high: str
    first: str
    last: str
    text: str


def plot(
    values: Sequence[tuple[datetime, int]], unit: str, width: int = 640, height: int = 150
) -> Plot | None:
    """A number over time, the oldest first; None where there are fewer than two.

    Args:
        values: each moment, and the number from then on.
        unit: what is counted, for the text.
    """
    if len(values) < 2:
        return None
    top, bottom, edge = 16, height - 22, 4
    first, last = values[0][0], values[-1][0]
    took = (last - first).total_seconds() or 1.0
    high = max(value for _, value in values) or 1
    dots = tuple(
        (
            round(edge + (at - first).total_seconds() / took * (width - 2 * edge), 1),
            round(bottom - value / high * (bottom - top), 1),
            f"{at:%Y-%m-%d %H:%M} UTC: {value:,} {unit}",
        )
        for at, value in values
    )
    pattern = "%Y-%m-%d" if first.date() != last.date() else "%Y-%m-%d %H:%M"
    line = " ".join(f"{x},{y}" for x, y, _ in dots)
    return Plot(
        width=width,
        height=height,
        line=line,
        area=f"{dots[0][0]},{bottom} {line} {dots[-1][0]},{bottom}",
        dots=dots,
        high=f"{high:,}",
        first=f"{first:{pattern}}",
        last=f"{last:{pattern}}",
        text=f"{unit} over the last {len(values)} publications: {values[0][1]:,} at first, "
        f"{values[-1][1]:,} at last, {high:,} at most",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPart:
    """A part of a bar, by its kind's class."""

    kind: str
    left: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar in parts, and the same in words."""

    parts: tuple[BarPart, ...]
    text: str


LEDGER = ("published", "quarantined", "deduplicated", "discarded")


def ledger_bar(entry: LedgerRow, width: float = 180.0) -> Bar:
    """Where the rows that a run read went to. What is there is at least a pixel wide."""
    counts = {kind: int(getattr(entry, f"rows_{kind}")) for kind in LEDGER}
    there = {kind: count for kind, count in counts.items() if count}
    total = sum(there.values())
    parts, left = [], 0.0
    free = width - len(there)
    for kind, count in there.items():
        wide = round(1 + free * count / total, 1)
        parts.append(BarPart(kind=kind, left=round(left, 1), width=wide))
        left += wide
    text = ", ".join(f"{count:,} {kind}" for kind, count in there.items())
    return Bar(parts=tuple(parts), text=text or "no rows")


def progress_bar(counts: Mapping[str, int], width: float = 1000.0) -> Bar:
    """Runs by how they are, each kind with its class; what is `waiting` is left empty.

    >>> progress_bar({"done": 1, "waiting": 3}).text
    '1 done, 3 waiting'
    """
    total = sum(counts.values())
    parts, left = [], 0.0
    for kind, count in counts.items():
        wide = width * count / total if total else 0.0
        if count and kind != "waiting":
            parts.append(BarPart(kind=kind, left=round(left, 1), width=round(wide, 1)))
        left += wide
    text = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    return Bar(parts=tuple(parts), text=text or "no runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripPart:
    """A stretch of intervals on a strip: its place, and what is known of it in words."""

    left: float
    width: float
    stretch: Stretch
    text: str


def interval_strip(
    stretches: Sequence[Stretch], timezone: str, width: float = 1000.0
) -> tuple[StripPart, ...]:
    """Stretches on a strip over time, the earliest first, by how many intervals they have. What is
    not as it should be can be seen and clicked, however short it is beside the rest."""
    total = sum(one.intervals for one in stretches)
    least = min(6.0, width / max(len(stretches), 1))
    wide = [max(least, width * one.intervals / total) for one in stretches]
    scale, left, parts = width / (sum(wide) or 1), 0.0, []
    for one, size in zip(stretches, wide, strict=True):
        because = f", because of {', '.join(one.because)}" if one.because else ""
        parts.append(
            StripPart(
                left=round(left * scale, 2),
                width=round(size * scale, 2),
                stretch=one,
                text=f"{one.state}: {tally(one.intervals, 'interval')}, "
                f"{one.span.in_words(timezone)}{because}",
            )
        )
        left += size
    return tuple(parts)
