"""The word or the table's name that a cursor is in, in SQL and in a spec's texts."""

from __future__ import annotations

import re

TABLE = re.compile(
    r"\b(?P<table>(?:silver|gold)_[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)(?:\.(?P<column>[a-z][a-z0-9_]*))?"
)
"""A published table as readers name it, perhaps with a column of it."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def word_at(text: str, column: int) -> str:
    """The word that a column is in, or right behind; empty where there is none.

    >>> word_at("select total, brand", 9), word_at("select total", 12), word_at("a  b", 2)
    ('total', 'total', '')
    """
    found = match_at(_WORD, text, column)
    return found[0] if found else ""


def match_at(pattern: re.Pattern[str], text: str, column: int) -> re.Match[str] | None:
    """The match that a column, counted from 0, is in, or right behind."""
    return next((one for one in pattern.finditer(text) if one.start() <= column <= one.end()), None)
