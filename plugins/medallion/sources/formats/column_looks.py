"""What the values of each column look like, of tables whose columns have no names in the file: so
that two columns are noticed that have changed places since the file before.

Only aggregates are kept, never a value. Two columns of names look alike, and stay unnoticed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from statistics import median

Look = tuple[float, float, float, float | None]
"""Shares of values that are not empty and of characters that are digits, mean length, and the
median of the numbers' powers of ten (1,000: 3), where all values are numbers."""
Looks = Mapping[str, Look]
"""By the columns' names."""

NOTE = "column_looks"
"""How a landing's manifest calls them."""
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_LARGEST = 1e300
_FEWEST = 5
"""Values of a column: of fewer nothing is known."""
_APART = 1.0
"""How unlike two columns of the same names have to be, together."""
_ALIKE = 0.25
"""How much of that may be left where they are taken for each other."""


def looks_of(names: Sequence[str], records: Sequence[Sequence[str]]) -> dict[str, Look]:
    """The look of each column in a table's first records.

    >>> looks_of(["id", "n"], [[str(n), f"a{n}"] for n in range(100, 110)])
    {'id': (1.0, 1.0, 3.0, 2.02), 'n': (1.0, 0.75, 4.0, None)}
    """
    whole = [record for record in records if len(record) == len(names)]
    found = {}
    for at, name in enumerate(names):
        values = [record[at].strip() for record in whole]
        filled = [value for value in values if value]
        if len(filled) >= _FEWEST:
            found[name] = _look(values, filled)
    return found


def find_changed_places(before: Looks, now: Looks) -> Iterator[tuple[str, str]]:
    """The pairs of columns of which each looks as the other one did.

    >>> one, other = (1.0, 1.0, 3.0, 2.0), (1.0, 0.1, 9.0, None)
    >>> list(find_changed_places({"id": one, "name": other}, {"id": other, "name": one}))
    [('id', 'name')]
    """
    if before.keys() != now.keys():
        return
    for one, other in combinations(now, 2):
        own = _distance(before[one], now[one]) + _distance(before[other], now[other])
        crossed = _distance(before[other], now[one]) + _distance(before[one], now[other])
        if own >= _APART and crossed <= _ALIKE * own:
            yield one, other


def describe_changed_places(what: str, pair: tuple[str, str]) -> str:
    """A pair as a sentence."""
    one, other = pair
    return (
        f"{what}: the values of {one!r} look as those of {other!r} did, and the other way round: "
        "have the two changed places? Nothing in the file names its columns"
    )


def _look(values: Sequence[str], filled: Sequence[str]) -> Look:
    characters = sum(map(len, filled))
    digits = sum(one.isdigit() for value in filled for one in value)
    power = None
    if all(map(_NUMBER.fullmatch, filled)):
        # Of more than 300 digits a float is infinite, which JSON cannot say.
        numbers = [min(abs(float(value.replace(",", "."))), _LARGEST) for value in filled]
        power = round(median(math.log10(max(one, 0.001)) for one in numbers), 2)
    return (
        round(len(filled) / len(values), 2),
        round(digits / characters, 2),
        round(characters / len(filled), 2),
        power,
    )


def _distance(one: Look, other: Look) -> float:
    """0: alike; 1: a tenfold number, or twice as long, or texts where there were numbers."""
    distance = abs(one[0] - other[0]) + abs(one[1] - other[1])
    distance += abs(math.log2(one[2] / other[2]))
    if one[3] is None or other[3] is None:
        return distance + (0.0 if one[3] is other[3] else 1.0)
    return distance + abs(one[3] - other[3])
