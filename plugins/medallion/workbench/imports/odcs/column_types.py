"""Logical and physical types of a data contract as types of columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from medallion.workbench.imports.base.node import Node
from medallion.workbench.imports.base.sql_types import type_of_sql

_LOGICAL: Mapping[str, str] = {
    "string": "text", "date": "date", "timestamp": "timestamptz", "time": "time",
    "number": "double", "integer": "bigint", "boolean": "boolean", "object": "json",
    "array": "json", "map": "json",
}  # fmt: skip


_WIDTHS = ("i8", "i16", "i32", "i64", "f32", "f64", "uuid", "binary")
"""Formats of values that a physical type says, too."""
_JAVA = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "yy": "%y"}
"""Codes of Java's dates, which the standard takes, as those of `format`."""


def column_type(one: Node, *, is_text: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """`type` (and `format`) of a column, and what of it is a guess. Options of the logical type
    that the column does not say are reported.

    The physical type decides where it is known: it says how many digits a number has.

    Args:
        one: the property.
        is_text: whether the values are read from a text, so that a date has a format.
    """
    logical, physical = one.text("logicalType"), one.text("physicalType")
    given = one.peek("logicalTypeOptions")
    options = dict(given) if isinstance(given, Mapping) else {}
    one.drop("items", "map")
    said, guesses = _type(one, logical, physical, options)
    if is_text and said["type"] in ("date", "timestamp", "timestamptz"):
        written = write_format(str(options.get("format", "")))
        if written and options.pop("format"):
            said["format"] = written
    for key in ("format", "precision", "scale", "timezone", "defaultTimezone"):
        if key in options:
            one.leftovers.leave(
                f"{one.at('logicalTypeOptions')}.{key}", "the type of a column does not say it",
                "`format`, `timezone` or a check of the column",
            )  # fmt: skip
    return said, guesses


def write_format(text: str) -> str:
    """A format of Java's dates as a column has it; empty where it says more than that can.

    >>> write_format("dd/MM/yyyy"), write_format("yyyy-MM-dd HH:mm:ss"), write_format("EEE d MMM")
    ('%d/%m/%Y', '%Y-%m-%d %H:%M:%S', '')
    """
    pieces = re.split(r"([A-Za-z]+)", text)
    if any(word not in _JAVA for word in pieces[1::2]):
        return ""
    return "".join(_JAVA.get(piece, piece) for piece in pieces)


def _type(
    one: Node, logical: str, physical: str, options: dict[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The type; the options that say it are taken out."""
    found = type_of_sql(physical)
    if logical == "array":
        items = one.peek("items")
        inner = items.get("logicalType") if isinstance(items, Mapping) else ""
        return {"type": "text[]" if inner == "string" else "json"}, ()
    if found:
        for key, said in (("format", _WIDTHS), ("timezone", (True, False))):
            if options.get(key) in said:
                del options[key]
        return {"type": found}, ()
    if logical == "timestamp" and options.get("timezone") is False:
        del options["timezone"]
        return {"type": "timestamp"}, ()
    if logical == "integer" and options.get("format") in ("i8", "i16", "i32"):
        del options["format"]
        return {"type": "integer"}, ()
    digits, scale = options.get("precision"), options.get("scale", 0)
    if logical == "number" and isinstance(digits, int) and isinstance(scale, int):
        options.pop("precision")
        options.pop("scale", None)
        return {"type": f"decimal({digits},{scale})"}, ()
    why = f"the type {physical or logical} is not known" if physical or logical else (
        "the contract does not say its type"
    )  # fmt: skip
    return {"type": _LOGICAL.get(logical, "text")}, () if logical in _LOGICAL else (why,)
