"""The arguments of checks, and what GX says of them, where a frame has other names than a landing.

GX takes columns whose names are the same but for capitals for one: of `ID` and `id` it judges the
first for both, and finds a pair of them equal (1.24.1, on pandas).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from medallion.checks.row_condition import rename_in_condition


def tell_apart(names: Iterable[str]) -> dict[str, str]:
    """Another name for each of those that are the same as another one but for capitals.

    >>> tell_apart(["ID", "name", "id"])
    {'ID': 'column_0', 'id': 'column_2'}
    """
    listed = list(names)
    folded = Counter(name.casefold() for name in listed)
    word = "column"
    while any(name.casefold().startswith(f"{word}_") for name in listed):
        word += "_"
    return {name: f"{word}_{at}" for at, name in enumerate(listed) if folded[name.casefold()] > 1}


def rename(kwargs: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The arguments with the frame's names of columns. One that has no other name keeps its own."""
    found = dict(kwargs)
    for key in ("column", "column_A", "column_B"):
        if key in found:
            found[key] = names.get(found[key], found[key])
    if "column_list" in found:
        found["column_list"] = [names.get(name, name) for name in found["column_list"]]
    if "row_condition" in found:
        found["row_condition"] = rename_in_condition(found["row_condition"], names)
    return found


def example_in_own_names(example: object, own: Mapping[str, str]) -> object:
    """A row of several columns by their names in the landing, which `own` has by those of the
    frame."""
    if not isinstance(example, Mapping):
        return example
    return {own.get(name, name): value for name, value in example.items()}


def text_in_own_names(text: str, own: Mapping[str, str]) -> str:
    """A message with the landing's names."""
    for new in sorted(own, key=len, reverse=True):
        text = text.replace(new, own[new])
    return text
