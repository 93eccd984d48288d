"""Logical and physical types of a data contract as types of columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medallion.workbench.imports.base.node import Node
from medallion.workbench.imports.base.sql_types import type_of_sql

_LOGICAL: Mapping[str, str] = {
    "string": "text", "date": "date", "timestamp": "timestamptz", "time": "time",
    "number": "double", "integer": "bigint", "boolean": "boolean", "object": "json",
    "array": "json", "map": "json",
}  # fmt: skip


def column_type(one: Node) -> tuple[dict[str, Any], tuple[str, ...]]:
    """`type` (and `timezone`) of a column, and what of it is a guess.

    The physical type decides where it is known: it says how many digits a number has.
    """
    logical, physical = one.text("logicalType"), one.text("physicalType")
    options = one.peek("logicalTypeOptions")
    options = options if isinstance(options, Mapping) else {}
    one.drop("items", "map")
    found = type_of_sql(physical)
    if logical == "array":
        items = one.peek("items")
        inner = items.get("logicalType") if isinstance(items, Mapping) else ""
        return {"type": "text[]" if inner == "string" else "json"}, ()
    if found:
        return {"type": found}, ()
    if logical == "timestamp" and options.get("timezone") is False:
        return {"type": "timestamp"}, ()
    if logical == "integer" and options.get("format") in ("i8", "i16", "i32"):
        return {"type": "integer"}, ()
    if logical in _LOGICAL:
        return {"type": _LOGICAL[logical]}, ()
    why = f"the type {physical or logical} is not known" if physical or logical else (
        "the contract does not say its type"
    )  # fmt: skip
    return {"type": "text"}, (why,)
