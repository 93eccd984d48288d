"""GX's `row_condition`: which columns it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_COLUMN = re.compile(r"""col\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")


def condition_columns(condition: object) -> Iterator[str]:
    """The columns of a condition, in GX's language or as a mapping.

    >>> list(condition_columns('col("country") == "FR"'))
    ['country']
    """
    if isinstance(condition, str):
        for found in _COLUMN.finditer(condition):
            yield found[1] or found[2] or ""
    elif isinstance(condition, Mapping):
        column = condition.get("column")
        if isinstance(column, Mapping) and isinstance(column.get("name"), str):
            yield column["name"]
        for part in condition.get("conditions") or ():
            yield from condition_columns(part)
