"""Which checks look at the texts of a landing, whatever type pandas finds in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

TEXTS = frozenset(
    {
        "expect_column_value_lengths_to_be_between",
        "expect_column_value_lengths_to_equal",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_match_regex_list",
        "expect_column_values_to_match_strftime_format",
        "expect_column_values_to_not_match_regex",
        "expect_column_values_to_not_match_regex_list",
        "expect_column_values_to_be_unique",
        "expect_compound_columns_to_be_unique",
        "expect_select_column_values_to_be_unique_within_record",
        "expect_column_unique_value_count_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
    }
)


def sees_texts(expectation: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a check compares texts: by its kind, or by the set that it compares with."""
    values = arguments.get("value_set") or ()
    return expectation in TEXTS or (
        bool(values) and all(isinstance(value, str | date) for value in values)
    )
