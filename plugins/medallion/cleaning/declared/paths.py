"""The place of a field in a JSON record: `credits.director`, `items[0].id`, `genres[*].name`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medallion.cleaning.declared.number_codes import encode_key

_INDEX = re.compile(r"\[([0-9]+|\*)\]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonPath:
    """A JSON pointer (RFC 6901); for an array, `each` is the pointer inside each of its
    elements."""

    pointer: str
    each: str | None = None


def json_path(dotted: str) -> JsonPath:
    """The path of a column's `from`.

    >>> json_path("images.a/b[0]").pointer, json_path("genres[*].name")
    ('/images/a~1b/0', JsonPath(pointer='/genres', each='/name'))

    Raises:
        ValueError: it goes through more than one array, or has an empty step.
    """
    pointers = [""]
    for part in dotted.split("."):
        if not part:
            raise ValueError(f"{dotted} has an empty step, and a step is a field: credits.director")
        name, indices = _indices(part)
        pointers[-1] += step(name)
        for index in indices:
            if index == "*":
                pointers.append("")
            else:
                pointers[-1] += f"/{index}"
    if len(pointers) > 2:
        raise ValueError(f"{dotted} goes through {len(pointers) - 1} arrays, and one is the most")
    return JsonPath(pointer=pointers[0], each=pointers[1] if len(pointers) == 2 else None)


def step(name: str) -> str:
    """One step of a pointer, for records whose numbers are coded (`number_codes`)."""
    return "/" + encode_key(name).replace("~", "~0").replace("/", "~1")


def _indices(step: str) -> tuple[str, list[str]]:
    """`a[0][*]` as `a` and its indices."""
    found: list[str] = []
    while (index := _INDEX.search(step)) and index.start() > 0:
        found.insert(0, index[1])
        step = step[: index.start()]
    return step, found
