"""The public holidays of countries and the closing days of markets, as the library `holidays` has
them.

It is imported where a spec that names a country is compiled, and nowhere else: that takes half a
second, for with one country it loads all 250.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

FIRST_YEAR, LAST_YEAR = 2000, 2060
"""The years whose holidays a schedule knows: in others there are weekends only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysOff:
    """When a country or a market does not work. As in `Calendar`."""

    weekend: tuple[int, ...]
    closed: tuple[int, ...]
    worked: tuple[int, ...]


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """The codes of countries, of two letters (ISO 3166)."""
    from holidays import registry

    return frozenset(one[1] for one in registry.COUNTRIES.values())


@lru_cache(maxsize=1)
def market_codes() -> Mapping[str, str]:
    """The codes of markets, of four letters (ISO 10383, and XECB and the like for banks), by
    themselves and by what else they are called."""
    from holidays import registry

    return {name: one[1] for one in registry.FINANCIAL.values() for name in one[1:]}


def subdivision_codes(country: str) -> tuple[str, ...]:
    """The parts of a country that have holidays of their own; empty: none has."""
    return tuple(_country(country, None).subdivisions)


def subdivision_names(country: str) -> Mapping[str, str]:
    """What the parts of a country are called, by other codes and by names, each with its code."""
    known = _country(country, None)
    return {**{code: code for code in known.subdivisions}, **known.subdivisions_aliases}


@lru_cache(maxsize=64)
def read_country(country: str, subdivision: str | None) -> DaysOff:
    """When a country, or a part of it, does not work.

    Raises:
        NotImplementedError: the library does not know one of the two codes.
    """
    return _days_off(_country(country, subdivision))


@lru_cache(maxsize=64)
def read_market(market: str) -> DaysOff:
    """When a market is closed.

    Raises:
        NotImplementedError: the library does not know the code.
    """
    from holidays import financial_holidays

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of some markets fewer years are known
        return _days_off(financial_holidays(market, years=range(FIRST_YEAR, LAST_YEAR + 1)))


def _country(country: str, subdivision: str | None) -> Any:
    from holidays import country_holidays

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of some countries fewer years are known
        years = range(FIRST_YEAR, LAST_YEAR + 1)
        return country_holidays(country, subdiv=subdivision, years=years)


def _days_off(known: Any) -> DaysOff:
    """Some countries have moved their weekend, and some work on a Saturday in place of another day:
    the library knows it day by day."""
    weekend = tuple(sorted(known.weekend))
    closed: list[int] = []
    worked: list[int] = []
    last = date(LAST_YEAR, 12, 31).toordinal()
    for number in range(date(FIRST_YEAR, 1, 1).toordinal(), last + 1):
        is_weekend = (number + 6) % 7 in weekend
        if known.is_working_day(date.fromordinal(number)) == is_weekend:
            (worked if is_weekend else closed).append(number)
    return DaysOff(weekend=weekend, closed=tuple(closed), worked=tuple(worked))
