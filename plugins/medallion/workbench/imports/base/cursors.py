"""Where a cursor begins, as other tools write it."""

from __future__ import annotations

from datetime import UTC, date, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cursor_start(value: object) -> int | date | datetime:
    """`initial_value` of a cursor: a number, a date or a time; 1970 where it is none of them.

    >>> cursor_start("2024-01-25"), cursor_start("17"), cursor_start(None).isoformat()
    (datetime.date(2024, 1, 25), 17, '1970-01-01T00:00:00+00:00')
    """
    if isinstance(value, bool):
        return EPOCH
    if isinstance(value, int | date):
        return value
    text = value.strip() if isinstance(value, str) else ""
    for read in (int, date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return EPOCH
