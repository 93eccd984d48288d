"""What GX's engine for Spark judges as the one for pandas does: which checks, on which values.

A number that is compared with a text is a question of dialects, and so is a column that holds both:
pandas refuses or says that they differ, Spark may turn one into the other. So is a whole number
beyond 2^53, which no fraction need be, where it is compared. Dates, lists and numbers of more than
64 bits are not in the frame. All these are left to pandas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medallion.checks.outcome import PlannedCheck
from medallion.checks.resolve import columns_of
from medallion.checks.traits import Sees
from medallion.steps.gate.spark.condition import list_comparisons
from medallion.steps.gate.spark.frame import FRACTION, TEXT, TRUTH, WHOLE, kind_of
from medallion.steps.gate.withheld import sees_of

NUMBERS = frozenset((WHOLE, FRACTION))
_ALIKE = (NUMBERS, frozenset((TEXT,)), frozenset((TRUTH,)))

_OF_TEXTS = frozenset(
    (
        "expect_column_value_lengths_to_be_between",
        "expect_column_value_lengths_to_equal",
        "expect_column_values_to_be_unique",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_match_regex_list",
        "expect_column_values_to_not_match_regex",
        "expect_column_values_to_not_match_regex_list",
        "expect_compound_columns_to_be_unique",
        "expect_select_column_values_to_be_unique_within_record",
    )
)
_OF_PRESENCE = frozenset(
    (
        "expect_column_values_to_not_be_null",
        "expect_column_proportion_of_non_null_values_to_be_between",
    )
)
_OF_ALIKE = frozenset(
    (
        "expect_column_distinct_values_to_be_in_set",
        "expect_column_distinct_values_to_contain_set",
        "expect_column_distinct_values_to_equal_set",
        "expect_column_most_common_value_to_be_in_set",
        "expect_column_pair_values_to_be_equal",
        "expect_column_pair_values_to_be_in_set",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_unique_value_count_to_be_between",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_be_null",
        "expect_column_values_to_not_be_in_set",
        "expect_multicolumn_values_to_be_equal",
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_to_equal",
    )
)
_OF_NUMBERS = frozenset(
    (
        "expect_column_max_to_be_between",
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_min_to_be_between",
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_quantile_values_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_sum_to_be_between",
        "expect_column_value_z_scores_to_be_less_than",
        "expect_column_values_to_be_between",
        "expect_column_values_to_not_be_outliers",
        "expect_multicolumn_sum_to_equal",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """The kinds of the values of a column, none where all are missing; and whether each of its
    whole numbers is the same one as a fraction."""

    found: frozenset[str]
    is_exact: bool = True


def may_be_asked(check: PlannedCheck, names: frozenset[str] | None) -> bool:
    """Whether a check can be one for Spark, whatever the values are. A column that is not there is
    an error, which is pandas' to say.

    Args:
        names: the landing's columns; None: any.
    """
    is_known = check.expectation in (_OF_TEXTS | _OF_PRESENCE | _OF_ALIKE | _OF_NUMBERS)
    looks_at = {column for _, column in columns_of(check.kwargs)}
    return is_known and bool(looks_at) and (names is None or looks_at <= names)


def is_comparable(
    check: PlannedCheck, kwargs: Mapping[str, Any], kinds: Mapping[str, Kinds]
) -> bool:
    """Whether both engines judge the values that there are alike.

    Args:
        kwargs: the check's arguments, as GX takes them.
        kinds: of the columns that it does not see as texts.
    """
    if not _condition_is_comparable(kwargs.get("row_condition"), kinds):
        return False
    looks_at = [column for key, column in columns_of(kwargs) if key != "row_condition"]
    own = [kinds[column] for column in looks_at if column in kinds]
    if not own or check.expectation in _OF_PRESENCE:
        return True
    if sees_of(check) is Sees.WHOLE and not all(one.found for one in own):
        return False
    if check.expectation in _OF_NUMBERS and not all(map(_is_number, own)):
        return False
    return _are_alike(own, _list_literals(check, kwargs))


def _is_number(column: Kinds) -> bool:
    return column.found <= NUMBERS and column.is_exact


def _condition_is_comparable(condition: object, kinds: Mapping[str, Kinds]) -> bool:
    if condition is None:
        return True
    for part in list_comparisons(condition):
        column = kinds.get(part.column, Kinds(found=frozenset((TEXT,))))
        if not _are_alike([column], part.values):
            return False
    return True


def _are_alike(columns: Sequence[Kinds], literals: Iterable[object]) -> bool:
    """Whether all are numbers, or all texts, or all true or false."""
    compared = frozenset(map(kind_of, literals))
    if any(not one.is_exact and (compared or one.found >= NUMBERS) for one in columns):
        return False
    found = frozenset().union(*(one.found for one in columns), compared)
    return any(found <= alike for alike in _ALIKE)


def _list_literals(check: PlannedCheck, kwargs: Mapping[str, Any]) -> list[object]:
    """The values that a check compares the columns' with."""
    found = [*(kwargs.get("value_set") or ())]
    for pair in kwargs.get("value_pairs_set") or ():
        found += pair
    if check.expectation in _OF_NUMBERS:
        bounds = (kwargs.get(key) for key in ("min_value", "max_value"))
        found += [bound for bound in bounds if bound is not None]
    return found
