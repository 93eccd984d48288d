"""Words by which a line says that it sums up others."""

from __future__ import annotations

import re

_WORDS = (
    r"(?:(?:grand|sub|sous|zwischen|teil)[ -]?)?"
    r"(?:totals?|totaux|total g[eé]n[eé]ral|summen?|summe|somme|sum|gesamt(?:summe)?|suma|totale)"
)
BEGINS = re.compile(rf"({_WORDS})\b", re.IGNORECASE)
"""At a text's beginning: `Total`, `Sous-total Nord`."""
ENDS = re.compile(rf"\b({_WORDS})$", re.IGNORECASE)
"""At its end, as Excel's subtotals have it: `North Total`."""
