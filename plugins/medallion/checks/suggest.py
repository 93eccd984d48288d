"""\"Did you mean …?\" Loads difflib only when something is wrong."""

from __future__ import annotations

from collections.abc import Sequence


def did_you_mean(name: str, known: Sequence[str]) -> str | None:
    """The known name that is closest to a misspelt one, None where none is close."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return close[0] if close else None
