"""Sides measured in turn (A B A B …), so that a machine that slows down slows all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Side = Callable[[], float]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rounds:
    """One figure a side and round."""

    rounds: Sequence[Mapping[str, float]]

    def of(self, side: str) -> list[float]:
        """All figures of one side."""
        return [figures[side] for figures in self.rounds]

    def median(self, side: str) -> float:
        """The median of one side."""
        return median(self.of(side))

    def ratios(self, above: str, below: str) -> list[float]:
        """The ratio of two sides within each round."""
        return [figures[above] / figures[below] for figures in self.rounds]


def alternate(sides: Mapping[str, Side], rounds: int, say: Say, unit: str = "s") -> Rounds:
    """Measure every side once a round, one after the other."""
    measured: list[dict[str, float]] = []
    for number in range(1, rounds + 1):
        figures: dict[str, float] = {}
        for name, side in sides.items():
            figures[name] = side()
            say(f"round {number} of {rounds}: {name} {figures[name]:.4g} {unit}")
        measured.append(figures)
    return Rounds(measured)
