"""The known word that a misspelt one is closest to, for every \"did you mean …?\"."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The closest of the known words, None where none is close.

    Args:
        cutoff: how alike they must be, from 0 to 1. Higher where the words are many and short:
            there something is always close.

    >>> closest("schedul", ["schedule", "owner"])
    'schedule'
    """
    from difflib import get_close_matches  # loaded only where something is wrong

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)
