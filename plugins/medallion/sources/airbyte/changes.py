"""What Airbyte has changed in a record, by its own account: values that it nulled or cut.

Its column `_airbyte_meta` lists them, each with its field, what was done and why, under `changes`:
`{"field": "total", "change": "NULLED", "reason": "DESTINATION_TYPECAST_ERROR"}`. Before mid-2024 it
had texts under `errors`.
(https://docs.airbyte.com/platform/understanding-airbyte/airbyte-metadata-fields)
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

META, CHANGES = "_airbyte_meta", "_airbyte_changes"
"""Airbyte's column, and the one that the landed rows have beside it: its changes as a text."""

_LISTED = r'"(?:changes|errors)"\s*:\s*\[\s*[^\]\s]'
"""A list in the text of the column that is not empty."""
_MOST = 20
_LONGEST = 200


def describe_changes(meta: object) -> str:
    """The changes as one text; empty where there is none.

    >>> describe_changes('{"changes": [{"field": "a", "change": "NULLED", "reason": "TOO_LARGE"}]}')
    'a: NULLED (TOO_LARGE)'
    >>> describe_changes('{"errors": ["Problem with `a`"]}')
    'Problem with `a`'
    """
    found = _read(meta)
    if not isinstance(found, dict):
        return ""
    listed: list[object] = []
    for key in ("changes", "errors"):
        value = found.get(key)
        listed += value if isinstance(value, list) else []
    shown = [_describe(one) for one in listed[:_MOST]]
    if len(listed) > _MOST:
        shown.append(f"and {len(listed) - _MOST} more")
    return "; ".join(shown)


def change_texts(column: Any) -> Any:
    """The changes of each row of a batch as texts, NULL where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = column.cast(pa.string()) if not pa.types.is_string(column.type) else column
    some = pc.fill_null(pc.match_substring_regex(texts, _LISTED), False)
    if not some.true_count:
        return pa.nulls(len(column), pa.string())
    # Only of the few rows that list something is the JSON read.
    found = [
        describe_changes(text.as_py()) or None if flag else None
        for text, flag in zip(texts, some.to_pylist(), strict=True)
    ]
    return pa.array(found, pa.string())


def count_kinds(changes: Any) -> Counter[str]:
    """How many rows of a batch have each text of `change_texts`."""
    import pyarrow.compute as pc

    pairs = pc.value_counts(changes.drop_null()).to_pylist()
    return Counter({one["values"]: one["counts"] for one in pairs})


def _read(meta: object) -> object:
    if not isinstance(meta, str):
        return meta
    try:
        return json.loads(meta)
    except (ValueError, RecursionError):
        return None


def _describe(change: object) -> str:
    if not isinstance(change, dict):
        return str(change)[:_LONGEST]
    field, what, why = (str(change.get(key) or "") for key in ("field", "change", "reason"))
    text = f"{field}: {what or 'changed'}" if field else what or "changed"
    return (f"{text} ({why})" if why else text)[:_LONGEST]
