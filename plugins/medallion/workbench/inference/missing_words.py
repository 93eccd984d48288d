"""Words that people and programs write where a value is missing."""

from __future__ import annotations

MISSING_WORDS = frozenset((
    "n/a", "na", "#n/a", "null", "none", "nan", "nil", "-", "--", "---", "?", ".", "..", "...",
    "n.a.", "n.d.", "nd", "k.a.", "#ref!", "#value!", "\\n", "(null)", "(none)", "tbd",
))  # fmt: skip
"""Words for a missing value where all other values are of a type that such a word is not."""
