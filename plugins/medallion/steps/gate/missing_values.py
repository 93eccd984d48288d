"""GX leaves a column's missing values out by a condition, with the column's name in its text.

Its parser ends the name at the first quote, takes a backslash before a letter for a sign, and makes
blanks of a tab. The column of such a name would be looked for under another one, or not at all.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_BEFORE, _BEHIND = 'col("', '").notnull()'


def read_names_whole() -> None:
    """Have GX read the name between what it writes around it. Other conditions are the authors':
    their names have no such characters, for validation refuses them there."""
    conditions: Any = import_module("great_expectations.expectations.legacy_row_conditions")
    parse = conditions.parse_great_expectations_condition

    def read(condition: str) -> Any:
        if condition.startswith(_BEFORE) and condition.endswith(_BEHIND):
            name = condition.removeprefix(_BEFORE).removesuffix(_BEHIND)
            return {"column": name, "notnull": True}
        return parse(condition)

    conditions.parse_great_expectations_condition = read
