"""What GX does not say of its expectations and a gate has to know: one row each, in one table.

Arguments, kinds and engines come from GX's wheel (`expectations.json`). An expectation that has no
row here is as its kind says. `catalogue.expectations` gives both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from medallion.checks import row_conditions as conditions
from medallion.checks.ranges import COUNT, FACTOR, LENGTH, SHARE, SPREAD, Ranges, bounds_of
from medallion.checks.row_conditions import Condition


class Sees(StrEnum):
    """The part of a landing that a check has to be shown."""

    COUNT = "count"
    """The number of records alone, where it has no row_condition."""
    SHAPE = "shape"
    """The names of the columns alone."""
    ROWS = "rows"
    """Each row by itself: some records at a time do."""
    WHOLE = "whole"
    """Its columns of all records at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What GX's schemas do not say about one expectation."""

    failing_rows: Condition | None = None
    """The condition of exactly the rows that GX counts as failing: only so they can be
    quarantined."""
    sees: Sees | None = None
    """Where the kind does not say it: rows for a check on rows, else the whole."""
    as_texts: bool = False
    """It looks at the texts of a landing, whatever type pandas finds in them."""
    of_text_columns: bool = False
    """In the warehouse, it asks something of texts only."""
    counts_missing: bool = False
    """Its `mostly` is a part of all values, the missing ones too."""
    bounds_values: bool = False
    """min_value and max_value are compared with values of the column."""
    compares_order: bool = False
    """It asks which of two columns' values comes first."""
    optional_bounds: bool = False
    """It asks for something without min_value and max_value too."""
    passes_without: str = ""
    """GX takes it without this argument, and then whatever comes passes."""
    of_engine_types: bool = False
    """It asks for a type by the name that the engine has for it."""
    ranges: Ranges = field(default_factory=dict)
    """By argument, what its number can be: beyond it the check says nothing, or always fails."""


NONE = Traits()

TRAITS: Mapping[str, Traits] = {
    # The number of rows, and the shape.
    "expect_table_row_count_to_be_between": Traits(sees=Sees.COUNT, ranges=bounds_of(COUNT)),
    "expect_table_row_count_to_equal": Traits(sees=Sees.COUNT, ranges={"value": COUNT}),
    "expect_table_row_count_to_equal_other_table": Traits(sees=Sees.COUNT),
    "expect_column_to_exist": Traits(sees=Sees.SHAPE, ranges={"column_index": COUNT}),
    "expect_table_column_count_to_be_between": Traits(sees=Sees.SHAPE, ranges=bounds_of(COUNT)),
    "expect_table_column_count_to_equal": Traits(sees=Sees.SHAPE, ranges={"value": COUNT}),
    "expect_table_columns_to_match_ordered_list": Traits(sees=Sees.SHAPE),
    "expect_table_columns_to_match_set": Traits(sees=Sees.SHAPE),
    # Values of one column.
    "expect_column_values_to_not_be_null": Traits(
        failing_rows=conditions.null, counts_missing=True
    ),
    "expect_column_values_to_be_null": Traits(
        failing_rows=conditions.not_null, counts_missing=True
    ),
    "expect_column_values_to_be_unique": Traits(
        failing_rows=conditions.select_repeated, sees=Sees.WHOLE, as_texts=True
    ),
    "expect_column_values_to_be_in_set": Traits(failing_rows=conditions.not_in_set),
    "expect_column_values_to_not_be_in_set": Traits(failing_rows=conditions.in_set),
    "expect_column_values_to_be_between": Traits(
        failing_rows=conditions.out_of_bounds, bounds_values=True
    ),
    "expect_column_values_to_be_of_type": Traits(sees=Sees.WHOLE, of_engine_types=True),
    "expect_column_type_to_be": Traits(of_engine_types=True),
    "expect_column_value_z_scores_to_be_less_than": Traits(sees=Sees.WHOLE),
    "expect_column_values_to_not_be_outliers": Traits(
        sees=Sees.WHOLE, ranges={"multiplier": FACTOR}
    ),
    # Texts of one column.
    "expect_column_value_lengths_to_be_between": Traits(
        failing_rows=conditions.length_out_of_bounds,
        as_texts=True,
        of_text_columns=True,
        ranges=bounds_of(LENGTH),
    ),
    "expect_column_value_lengths_to_equal": Traits(
        failing_rows=conditions.other_length,
        as_texts=True,
        of_text_columns=True,
        ranges={"value": LENGTH},
    ),
    "expect_column_values_to_match_regex": Traits(
        failing_rows=conditions.unlike("regex"), as_texts=True, passes_without="regex"
    ),
    "expect_column_values_to_not_match_regex": Traits(
        failing_rows=conditions.like("regex"), as_texts=True
    ),
    "expect_column_values_to_match_regex_list": Traits(
        failing_rows=conditions.unlike("regex_list"), as_texts=True
    ),
    "expect_column_values_to_not_match_regex_list": Traits(
        failing_rows=conditions.like("regex_list"), as_texts=True
    ),
    "expect_column_values_to_match_like_pattern": Traits(
        failing_rows=conditions.unlike("like_pattern")
    ),
    "expect_column_values_to_not_match_like_pattern": Traits(
        failing_rows=conditions.like("like_pattern")
    ),
    "expect_column_values_to_match_like_pattern_list": Traits(
        failing_rows=conditions.unlike("like_pattern_list")
    ),
    "expect_column_values_to_not_match_like_pattern_list": Traits(
        failing_rows=conditions.like("like_pattern_list")
    ),
    "expect_column_values_to_match_strftime_format": Traits(as_texts=True),
    # One figure of a column.
    "expect_column_kl_divergence_to_be_less_than": Traits(
        optional_bounds=True,
        ranges={
            **bounds_of(SPREAD),
            "threshold": SPREAD,
            "tail_weight_holdout": SHARE,
            "internal_weight_holdout": SHARE,
        },
    ),
    "expect_column_stdev_to_be_between": Traits(ranges=bounds_of(SPREAD)),
    "expect_column_max_to_be_between": Traits(bounds_values=True),
    "expect_column_min_to_be_between": Traits(bounds_values=True),
    "expect_column_unique_value_count_to_be_between": Traits(
        as_texts=True, ranges=bounds_of(COUNT)
    ),
    "expect_column_proportion_of_unique_values_to_be_between": Traits(
        as_texts=True, ranges=bounds_of(SHARE)
    ),
    "expect_column_proportion_of_non_null_values_to_be_between": Traits(ranges=bounds_of(SHARE)),
    # Several columns.
    "expect_column_pair_values_a_to_be_greater_than_b": Traits(
        failing_rows=conditions.not_greater, compares_order=True
    ),
    "expect_column_pair_values_to_be_equal": Traits(failing_rows=conditions.unequal),
    "expect_compound_columns_to_be_unique": Traits(
        failing_rows=conditions.find_repeated_together, sees=Sees.WHOLE, as_texts=True
    ),
    "expect_multicolumn_sum_to_equal": Traits(failing_rows=conditions.other_sum),
    "expect_select_column_values_to_be_unique_within_record": Traits(
        failing_rows=conditions.find_repeated_within, as_texts=True
    ),
}
