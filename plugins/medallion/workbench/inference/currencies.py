"""The currencies that people write beside amounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_AROUND_AMOUNTS = re.compile(r"[\d\s.,'’()+−-]+")
_CURRENCIES = frozenset((
    "usd", "eur", "gbp", "chf", "jpy", "cny", "cad", "aud", "nzd", "sek", "nok", "dkk", "pln",
    "czk", "huf", "ron", "bgn", "try", "rub", "uah", "inr", "brl", "mxn", "ars", "clp", "cop",
    "zar", "ngn", "egp", "mad", "tnd", "dzd", "xof", "xaf", "ils", "aed", "sar", "qar", "krw",
    "hkd", "sgd", "thb", "idr", "myr", "php", "vnd", "twd", "frf", "dem", "itl", "bef",
    "kr", "zł", "kč", "ft", "lei", "lv", "rs", "rp", "rm", "fr", "dh", "da", "dt", "tl",
    "us$", "a$", "c$", "r$", "nt$", "hk$", "s$", "euro", "euros", "dollars",
))  # fmt: skip
"""What people write beside an amount, in small letters; besides every sign of a currency."""
_CODES = {
    "€": "eur", "$": "usd", "us$": "usd", "a$": "aud", "c$": "cad", "r$": "brl", "nt$": "twd",
    "hk$": "hkd", "s$": "sgd", "£": "gbp", "₹": "inr", "₽": "rub", "₴": "uah", "₺": "try",
    "₩": "krw", "₪": "ils", "₫": "vnd", "฿": "thb",
}  # fmt: skip
"""Of signs. ¥ is one of two currencies."""
_YENS = frozenset(("jpy", "cny"))


def is_money(texts: Iterable[str]) -> bool:
    """Whether there is a currency beside the numbers: `PAL0708` and `Q3` are codes."""
    beside = {one.lower() for one in _beside(texts)}
    return bool(beside) and all(
        one in _CURRENCIES or all(unicodedata.category(sign) == "Sc" for sign in one)
        for one in beside
    )


def currencies_of(texts: Iterable[str]) -> Sequence[str]:
    """One way of writing for each currency, in the order of the texts.

    >>> currencies_of(["$5", "€7", "8 EUR", "9"]), currencies_of(["3 €", "1,5 EUR"])
    (['$', '€'], ['€'])
    """
    found: dict[str, str] = {}
    for one in _beside(texts):
        small = one.lower()
        found.setdefault(_CODES.get(small, small), one)
    if found.keys() & _YENS:
        found.pop("¥", None)
    return list(found.values())


def _beside(texts: Iterable[str]) -> Iterable[str]:
    stripped = (_AROUND_AMOUNTS.sub("", text) for text in texts)
    return (one for one in stripped if one)
