"""Numbers with more than digits and marks: in brackets, where they are negative, or with a letter
or a word behind them that multiplies: `(1 234)`, `1.5k`, `12 M€`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from medallion.workbench.inference.unit_words import (
    CURRENCY,
    LETTERS,
    WITH_LETTER,
    read_unit,
)

MARKS: Sequence[tuple[str, str | None]] = (
    (".", None), (",", None), (",", " "), (",", "."), (",", "'"), (".", ","), (".", " "),
    (".", "'"),
)  # fmt: skip
"""The decimal mark, and that between thousands."""
MOST_SUFFIXES = 12
ENOUGH = 0.95
"""Of the texts: so many are written so."""
_SIGN = r"[-+−]?"
_NUMBER = r"\d[\d\s.,'’]*|[.,]\d+"
_WRITTEN = re.compile(
    rf"\(?{_SIGN}\s*(?P<before>{CURRENCY})?\s*{_SIGN}(?:(?:{_NUMBER})(?<=[\d.,]))"
    r"(?P<gap>\s*)(?P<suffix>[^\d\s+()−-][^\d()]*?)?\)?"
)
_IN_BRACKETS = re.compile(r"\([^()]*\d[^()]*\)")
_LETTER = re.compile(r"[kKMB]|bn|Bn|BN")
"""Alone they multiply where the texts show that they are not a unit: `12 M` may be metres."""
_NOT_BEHIND = frozenset(("mm", "mil", "mn", "md", "tn", "one", "ones"))
"""Words of a unit's own column that may mean something else behind a number: millimetres,
minutes."""
_LOOKED_AT = 200
_LONGEST = 60
"""Characters of a number with all that is around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberForm:
    """How the numbers of a field are written, beside their marks.

    Attributes:
        brackets: some are in brackets.
        before: what is before them and is dropped: a currency; empty: nothing.
        suffixes: what is behind them, and by how much it multiplies.
    """

    brackets: bool = False
    before: str = ""
    suffixes: Mapping[str, int] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What is special, for people: behind `a number with the decimal mark .`."""
        said = ", negative in brackets" if self.brackets else ""
        if self.suffixes:
            said += f", with {' or '.join(self.suffixes)} behind it"
        return said

    @property
    def guess(self) -> str:
        """What a person has to decide; empty where the texts decide."""
        letters = [f"{one} by {by:,}" for one, by in self.suffixes.items() if by > 1]
        return f"numbers are multiplied: {', '.join(letters)}" if letters else ""

    def clean(self, before: Sequence[str], decimal: str, thousands: str | None) -> list[Any]:
        """The verbs that read them."""
        marks: dict[str, Any] = {"decimal": decimal}
        marks |= {"thousands": thousands} if thousands else {}
        marks |= {"brackets": True} if self.brackets else {}
        marks |= {"suffixes": dict(self.suffixes)} if self.suffixes else {}
        dropped = [{"replace": {"pattern": rf"{re.escape(self.before)}\s*", "with": ""}}]
        return [*before, *(dropped if self.before else ()), {"number": marks}]

    def marks(self) -> Iterator[tuple[str, str | None]]:
        """The decimal marks and those between thousands with which `number` takes the suffixes."""
        used = set("".join(self.suffixes))
        for decimal, thousands in MARKS:
            if not used & {decimal, thousands}:
                yield decimal, thousands


def find_form(texts: Iterable[str]) -> NumberForm | None:
    """How numbers are written, where something is special about it; None where nothing is, or the
    texts are no such numbers.

    >>> find_form(["1.5k", "2M", "900"]).suffixes
    {'M': 1000000, 'k': 1000}
    >>> find_form(["(1 234)", "12"]).brackets, find_form(["1 M", "2 M"])
    (True, None)

    Args:
        texts: different ones, without blanks at their ends.
    """
    texts = list(texts)
    found: list[tuple[str, re.Match[str]]] = []
    for some in (texts[:_LOOKED_AT], texts):
        found = [(text, match) for text in some if (match := _match(text))]
        if len(found) < ENOUGH * len(some):
            return None
    brackets = any(map(_IN_BRACKETS.fullmatch, texts))
    before = {match["before"] for _, match in found} - {None}
    kinds = Counter((_plain(match["suffix"]), bool(match["gap"])) for _, match in found)
    suffixes = _read_suffixes([*kinds], texts, is_money=bool(before))
    if suffixes is None or len(before) > 1:
        return None
    if not suffixes:  # `money` reads brackets beside a currency
        return NumberForm(brackets=True) if brackets and not before else None
    return NumberForm(brackets=brackets, before="".join(before), suffixes=suffixes)


def _match(text: str) -> re.Match[str] | None:
    if len(text) > _LONGEST or text.startswith("(") != text.endswith(")"):
        return None
    return _WRITTEN.fullmatch(text)


def _plain(suffix: str | None) -> str:
    return " ".join((suffix or "").split())


def _read_suffixes(
    kinds: Sequence[tuple[str, bool]], texts: Sequence[str], *, is_money: bool
) -> dict[str, int] | None:
    """What each suffix multiplies by; empty where there is none, None where one says something
    else, or nothing multiplies."""
    named = {suffix for suffix, _ in kinds} - {""}
    if not named:
        return {}
    if len(named) > MOST_SUFFIXES:
        return None
    factors = {suffix: _factor(suffix, is_money=is_money) for suffix in named}
    known = {suffix: factor for suffix, factor in factors.items() if factor is not None}
    if len(known) < len(named) or all(factor == 1 for factor in known.values()):
        return None
    letters = {suffix for suffix in named if _LETTER.fullmatch(suffix)}
    if letters and not is_money and not _are_factors(kinds, letters, texts):
        return None
    return dict(sorted(known.items(), key=lambda pair: -pair[1]))


def _are_factors(
    kinds: Sequence[tuple[str, bool]], letters: set[str], texts: Sequence[str]
) -> bool:
    """Whether letters behind numbers multiply: there are several ways of ending, no blank is
    before the letters, and a number has a fraction or is in thousands."""
    if any(gap for suffix, gap in kinds if suffix in letters):
        return False
    if len({suffix for suffix, _ in kinds}) < 2:
        return False
    has_thousands = bool(letters & {"k", "K"}) or len(letters) > 1
    return has_thousands or any(re.search(r"\d[.,]\d+[MB]", text) for text in texts)


def _factor(suffix: str, *, is_money: bool) -> int | None:
    """By how much a suffix multiplies; None where it says something else."""
    if _LETTER.fullmatch(suffix):
        return LETTERS[suffix.lower()]
    if re.fullmatch(CURRENCY, suffix):
        return 1
    if WITH_LETTER.fullmatch(suffix) is None and len(suffix) < 2:
        return None
    if suffix.lower() in _NOT_BEHIND and not is_money:
        return None
    unit = read_unit(suffix, 0)
    return unit.factor if unit and unit.factor > 1 else None
