"""When two values are the same for a reader."""

from __future__ import annotations

from decimal import Decimal

_DIGITS = 6


def comparable(value: object) -> object:
    """A value that is equal to another one where a reader would say so: 2.50 and 2.5, and a sum
    that was added up in another order.

    >>> comparable(Decimal("2.50")) == comparable(2.5000000001)
    True
    """
    if isinstance(value, float | Decimal):
        return round(float(value), _DIGITS)
    return tuple(value) if isinstance(value, list) else value
