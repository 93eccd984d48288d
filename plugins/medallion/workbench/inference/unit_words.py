"""Words and letters that say by how much a number is multiplied: `THS_EUR`, `Mio. €`, `k$`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

THOUSAND, MILLION, BILLION = 10**3, 10**6, 10**9
WORDS: Mapping[str, int] = {
    **dict.fromkeys(("unit", "units", "unité", "unités", "unite", "unites", "einheit", "einheiten",
                     "unidad", "unidades", "one", "ones"), 1),
    **dict.fromkeys(("thousand", "thousands", "ths", "thous", "tsd", "tausend", "millier",
                     "milliers", "mille", "miles", "000", "000s", "'000", "'000s"), THOUSAND),
    **dict.fromkeys(("million", "millions", "mio", "mln", "mn", "mm", "millionen", "millones"),
                    MILLION),
    **dict.fromkeys(("billion", "billions", "bil", "bln", "bn", "mrd", "md", "milliard",
                     "milliards", "milliarde", "milliarden"), BILLION),
    **dict.fromkeys(("trillion", "trillions", "trn", "tn"), 10**12),
}  # fmt: skip
"""What a word multiplies by. The German and French `Billion` is 10¹², which a person has to say."""
MIL_WORD = "mil"
"""A thousand in Spanish and Portuguese, short for a million elsewhere."""
LETTERS: Mapping[str, int] = {"k": THOUSAND, "t": THOUSAND, "m": MILLION, "b": BILLION,
                               "md": BILLION, "bn": BILLION}  # fmt: skip
CURRENCY = r"€|\$|£|¥|EUR|USD|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BRL|CNY|INR|MXN|ZAR"
WITH_LETTER = re.compile(rf"(k|t|m|md|b|bn)\s?({CURRENCY})", re.IGNORECASE)
_BASE = re.compile(CURRENCY)
_PARTS = re.compile(r"[\s_/.-]+|\bof\b|\bde\b|\bd'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What one text of a unit's field means: a factor, and what is counted, if it says so."""

    factor: int
    base: str = ""


def split_unit(text: str) -> list[str]:
    """The words of a unit, in small letters."""
    return [word for word in _PARTS.split(text.lower()) if word]


def read_unit(text: str, mil: int) -> Unit | None:
    """One text; None where it says something else than a factor and a currency."""
    if found := WITH_LETTER.fullmatch(text):
        return Unit(factor=LETTERS[found[1].lower()], base=found[2])
    words = [word for word in _PARTS.split(text) if word]
    factors = [mil if word.lower() == MIL_WORD else WORDS[word.lower()] for word in words
               if word.lower() in (*WORDS, MIL_WORD)]  # fmt: skip
    rest = [word for word in words if word.lower() not in (*WORDS, MIL_WORD)]
    if len(factors) > 1 or len(rest) > 1 or any(not _BASE.fullmatch(one) for one in rest):
        return None
    if not factors and not rest:
        return None
    return Unit(factor=factors[0] if factors else 1, base=rest[0] if rest else "")
