"""Columns that differ in their field only: they are written once, as `columns_like`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from medallion.cleaning.declared.columns_like import name_of
from medallion.workbench.inference.proposal import ProposedColumn
from medallion.workbench.inference.readings import MISSING

FEWEST = 8
"""Columns: fewer are easier to read each on its line."""
_WIDENED = ("type", "nullable", "null_values")
_KEYS = frozenset(("from", *_WIDENED))
_WHOLE = {"integer": "decimal(10,0)", "bigint": "decimal(19,0)"}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def find_alike(
    columns: Sequence[ProposedColumn], kept: Sequence[str]
) -> tuple[tuple[ProposedColumn, ...], dict[str, Any] | None]:
    """The columns that are left, and the others as an entry of `columns_like`; None where fewer
    than `FEWEST` are decimals whose names are those of their fields, or no other is left. The
    entry's type holds the values of all, and it is nullable where one of them is.

    Args:
        columns: in their order.
        kept: names of columns that stay where they are: those of the key.
    """
    found = [column for column in columns if column.name not in kept and _is_plain(column)]
    if len(found) >= FEWEST:
        missing = {word for one in found for word in one.said.get("null_values", ())}
        others = [one for one in columns if one.name not in kept and _is_rate(one, missing)]
        found = [one for one in columns if one in found or one in others]
    if not FEWEST <= len(found) < len(columns):
        return tuple(columns), None
    sizes = [tuple(map(int, match.groups())) for match in map(_size, found) if match]
    scale = max(scale for _, scale in sizes)
    whole = max(precision - scale for precision, scale in sizes)
    entry: dict[str, Any] = {"fields": [column.said.get("from", column.name) for column in found]}
    entry["type"] = f"decimal({min(whole + scale, 38)},{scale})"
    if any(column.said.get("nullable") for column in found):
        entry["nullable"] = True
    words = dict.fromkeys(word for one in found for word in one.said.get("null_values", ()))
    if words:
        entry["null_values"] = list(words)
    return tuple(column for column in columns if column not in found), entry


def _is_rate(column: ProposedColumn, words: Set[str]) -> bool:
    """Whether a whole number is one of the decimals: what is missing is written by the same words,
    as a rate that has no decimals yet."""
    missing: Sequence[str] = column.said.get("null_values", ())
    return bool(missing) and set(missing) <= words and _is_named_alike(column) and (
        str(column.said["type"]) in _WHOLE
    )  # fmt: skip


def _is_plain(column: ProposedColumn) -> bool:
    return _size(column) is not None and str(column.said["type"]) not in _WHOLE and (
        _is_named_alike(column)
    )  # fmt: skip


def _is_named_alike(column: ProposedColumn) -> bool:
    """Whether its name and its words are no other than those of its field."""
    said: Mapping[str, Any] = column.said
    field = said.get("from", column.name)
    is_alike = said.keys() <= _KEYS
    is_alike = is_alike and all(guess.endswith(MISSING) for guess in column.guesses)
    return is_alike and " ".join(str(field).split()) == field and name_of(field, "") == column.name


def _size(column: ProposedColumn) -> re.Match[str] | None:
    written = str(column.said["type"])
    return _DECIMAL.fullmatch(_WHOLE.get(written, written))
