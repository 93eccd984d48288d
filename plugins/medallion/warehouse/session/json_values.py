"""Python values as JSON that PostgreSQL's jsonb accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal


def as_json(value: object) -> str:
    """JSON in which dates, decimals, infinities and NaN are texts: jsonb knows none of them.

    >>> as_json({"day": date(2026, 1, 31), "mean": float("nan")})
    '{"day": "2026-01-31", "mean": "nan"}'
    """
    return json.dumps(_plain(value), allow_nan=False)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [_plain(item) for item in value]
    item = getattr(value, "item", None)  # numpy's scalars
    return _plain(item()) if callable(item) else str(value)
