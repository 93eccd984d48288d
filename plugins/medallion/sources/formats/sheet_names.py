"""What the names of a workbook's sheets say of the rows on them, where several are read as one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from medallion.sources.formats.total_words import BEGINS, ENDS

_FEWEST_ALIKE = 3


def find_odd_names(names: Sequence[str]) -> Iterator[str]:
    """What speaks against sheets by their names, each as a sentence about the workbook.

    A sheet of totals has the columns of those that it sums up: read with them it doubles all.

    >>> list(find_odd_names(["2026-01", "2026-02", "Total"]))
    ["its sheet 'Total' is named like a total: do its rows sum up those of other sheets?"]
    """
    if len(names) < 2:
        return
    usual, number = Counter(map(_form, names)).most_common(1)[0]
    has_form = "9" in usual and number >= _FEWEST_ALIKE and number * 2 > len(names)
    example = next(name for name in names if _form(name) == usual)
    for name in names:
        if BEGINS.match(name.strip()) or ENDS.search(name.strip()):
            yield (
                f"its sheet {name!r} is named like a total: do its rows sum up those of other "
                "sheets?"
            )
        elif has_form and _form(name) != usual:
            yield (
                f"its sheet {name!r} is named unlike the others ({example!r}): are its rows "
                "records, too?"
            )


def _form(name: str) -> str:
    """A name with `9` for a number and `a` for a word.

    >>> _form("2026-01"), _form("Feuil 3 bis")
    ('9-9', 'a 9 a')
    """
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", name.strip()))
