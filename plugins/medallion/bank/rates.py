"""Exchange rates: how much of a currency a euro is worth, published each workday's afternoon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from medallion.bank.chance import Chance
from medallion.bank.size import Size

FIRST = {"CHF": "0.9385", "GBP": "0.8412", "JPY": "162.40", "USD": "1.0850"}
DAYS_BEFORE = 7
"""Rates begin before the operations: the first of these fall on a day that has none yet."""
MISSING = ("JPY", 8)
"""A rate that is never published: the one before is used in its place."""
REVISED = ("USD", 3)
"""A rate that is published wrong, and again on the next morning."""
WRONG = Decimal("10.8500")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One published rate. A correction is a second one for the same day."""

    rate_date: date
    currency: str
    rate: Decimal
    published_at: datetime


def rates(size: Size) -> list[Rate]:
    """Every publication, in its order."""
    found = []
    for currency, first in FIRST.items():
        rate = Decimal(first)
        chance = Chance(size.seed, "rates", currency)
        for day in range(-DAYS_BEFORE, size.days):
            when = size.date_of(day)
            if when.weekday() > 4:
                continue
            rate = (rate * Decimal(f"{0.995 + chance.share() / 100:.4f}")).quantize(rate)
            if (currency, day) != MISSING:
                found += _publish(currency, day, when, rate)
    return sorted(found, key=lambda published: (published.published_at, published.currency))


def _publish(currency: str, day: int, when: date, rate: Decimal) -> list[Rate]:
    afternoon = datetime.combine(when, time(15), tzinfo=UTC)
    if (currency, day) != REVISED:
        return [Rate(rate_date=when, currency=currency, rate=rate, published_at=afternoon)]
    next_morning = afternoon + timedelta(hours=17)
    return [
        Rate(rate_date=when, currency=currency, rate=WRONG, published_at=afternoon),
        Rate(rate_date=when, currency=currency, rate=rate, published_at=next_morning),
    ]
