"""When two values of an asset file mean the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

VOLATILE = frozenset(
    (
        "shared_label_colors", "map_label_colors", "color_scheme_domain", "chart_configuration",
        "global_chart_configuration",
    )
)  # fmt: skip
"""Keys of a dashboard's metadata that Superset's pages write when somebody only looks at it."""


def is_empty(value: object) -> bool:
    """Whether it has no value: None, or an empty text, list or mapping. False and 0 say something.

    >>> is_empty(""), is_empty(None), is_empty(False)
    (True, True, False)
    """
    return value is None or (isinstance(value, str | list | tuple | Mapping) and not value)


def is_same(one: object, other: object) -> bool:
    """Whether Superset would show the same; a JSON text is what it says.

    >>> is_same(None, ""), is_same('{"a": 1}', {"a": 1}), is_same({"a": None}, {})
    (True, True, True)
    """
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return _plain(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, Mapping):
        said = {str(k): _plain(v) for k, v in value.items() if k not in VOLATILE}
        return {k: v for k, v in said.items() if v is not None} or None
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value] or None
    return None if is_empty(value) else value
