"""Names for columns, made from what a source calls its fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST = 63
_LETTERS = str.maketrans({
    "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "º": "o", "°": "o", "№": "no",
    "%": " percent ", "€": " eur ", "$": " usd ", "#": " number ", "&": " and ",
})  # fmt: skip
_SYSTEM = frozenset(("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"))


def name_of(field: str) -> str:
    """A column's name for one field, in snake case; `column` where nothing of it can be kept.

    >>> name_of("Revenu à Vie (€)"), name_of("releaseDate"), name_of("2024")
    ('revenu_a_vie_eur', 'release_date', 'y2024')
    """
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", field)
    text = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    text = "".join(one for one in text if not unicodedata.combining(one))
    name = re.sub(r"[^a-z0-9]+", "_", text).strip("_")[:LONGEST].strip("_")
    if re.fullmatch(r"(?:1[89]|20)\d\d", name):
        return f"y{name}"
    if not name:
        return "column"
    name = name if name[0].isalpha() else f"c_{name}"[:LONGEST]
    return f"{name}_" if name in _SYSTEM else name


def names_of(fields: Sequence[str]) -> list[str]:
    """A name for each field, each once: a second `total` is `total_2`. Of a path, the last name is
    enough where no other field has it.

    >>> names_of(["id", "author.name", "Total", "TOTAL"])
    ['id', 'name', 'total', 'total_2']
    """
    ends = [name_of(field.rpartition(".")[2]) for field in fields]
    found: list[str] = []
    for field, end in zip(fields, ends, strict=True):
        name = end if "." not in field or ends.count(end) == 1 else name_of(field)
        number, free = 2, name
        while free in found:
            suffix = f"_{number}"
            free, number = f"{name[: LONGEST - len(suffix)]}{suffix}", number + 1
        found.append(free)
    return found
