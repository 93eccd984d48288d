"""Whether quotes of a delimited text enclose fields, and what escapes them: by what cuts its lines
alike."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from typing import Any

from medallion.sources.formats.dialects import DELIMITERS, find_quote
from medallion.sources.formats.record_count import LARGEST_FIELD_CHARACTERS

ESCAPE = "\\"
NONE = "none"
_ENOUGH = 0.9
"""Of the rows: so many have one width."""


def find_quoting(text: str, *, is_whole: bool = True) -> dict[str, str]:
    r"""The keys of a file source that say it; empty where a quote is doubled within a field, or
    there is none.

    >>> find_quoting('id;size\n1;5" bolt\n2;"A" grade\n')
    {'quote': 'none'}
    >>> find_quoting('id;name\n1;"the \\"Owl\\""\n')
    {'escape': '\\'}

    Args:
        text: the first lines.
        is_whole: whether they are all: else the last field may have no end.
    """
    usual = _share({}, text, is_whole)
    if '"' not in text and ESCAPE not in text:
        return {}
    ways: list[dict[str, str]] = [{"escape": ESCAPE}] if ESCAPE in text else []
    ways += [{"quote": NONE}, *({**way, "quote": NONE} for way in ways)]
    for way in ways:
        # Where quotes are in order, only an escaped delimiter shows that there is an escape.
        if (usual is None or "quote" not in way) and _is_better(_share(way, text, is_whole), usual):
            return way
    return {}


def for_csv(said: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The arguments of Python's csv for a text of a source with these keys."""
    escape = {"escapechar": said["escape"]} if "escape" in said else {}
    if said.get("quote") == NONE:
        return {"quoting": csv.QUOTE_NONE, **escape}
    doubled = {} if "escape" not in said else {"doublequote": True}
    return {"quotechar": find_quote(text, None), **escape, **doubled}


def _is_better(share: float | None, usual: float | None) -> bool:
    return share is not None and share >= _ENOUGH and (usual is None or share > usual)


def _share(said: Mapping[str, Any], text: str, is_whole: bool) -> float | None:
    """How many rows have the commonest width of more than one field, by the best delimiter; None
    where none cuts them, or quotes are in no order."""
    csv.field_size_limit(LARGEST_FIELD_CHARACTERS)
    best: float | None = None
    for delimiter in DELIMITERS:
        lines = io.StringIO(text, newline="")
        rows = csv.reader(lines, delimiter=delimiter, strict=True, **for_csv(said, text))
        widths = Counter[int]()
        try:
            for row in filter(None, rows):
                widths[len(row)] += 1
        except csv.Error as error:
            if is_whole or not str(error).startswith("unexpected end"):
                continue
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        if width > 1:
            best = max(best or 0.0, count / widths.total())
    return best
