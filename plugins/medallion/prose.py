"""Words of messages: things that are counted, lists that may be long, and JSON to be read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


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


def write_json(said: Mapping[str, object]) -> str:
    """JSON for people and scripts: indented, letters as they are, a line end at its end.

    >>> print(write_json({"café": [1]}), end="")
    {
      "café": [
        1
      ]
    }
    """
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def show_value(value: object) -> str:
    """A value of a table as SQL and JSON write it, not as Python does.

    >>> show_value({"k": None}), show_value(["a"]), show_value(True), show_value(None)
    ('{"k": null}', '["a"]', 'true', 'None')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes | memoryview):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
