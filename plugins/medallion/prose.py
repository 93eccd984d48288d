"""Words of messages: things that are counted, and lists that may be long."""

from __future__ import annotations

from collections.abc import Sequence


def tally(number: int, what: str) -> str:
    """A number of things: `what` is one of them.

    >>> tally(1, "run"), tally(0, "run"), tally(1200, "row")
    ('1 run', '0 runs', '1,200 rows')
    """
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def list_some(texts: Sequence[str], most: int, *, nothing: str = "") -> str:
    """The first ones, and whether there are more.

    >>> list_some(["a", "b"], 2), list_some(["a", "b", "c"], 2), list_some([], 2, nothing="none")
    ('a, b', 'a, b, …', 'none')
    """
    shown = ", ".join(texts[:most]) or nothing
    return f"{shown}, …" if len(texts) > most else shown


def list_and_count(texts: Sequence[str], most: int) -> str:
    """The first ones, and how many more there are.

    >>> list_and_count(["a", "b"], 2), list_and_count(["a", "b", "c"], 2)
    ('a, b', 'a, b and 1 more')
    """
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
