"""Which checks GX's engine for Spark is asked, by the kinds of the values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from medallion.checks.catalogue import expectations
from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.checks.traits import Sees
from medallion.steps.gate.spark.comparable import Kinds, is_comparable, may_be_asked

BETWEEN = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
MATCH = "expect_column_values_to_match_regex"
NOT_NULL = "expect_column_values_to_not_be_null"
MEAN = "expect_column_mean_to_be_between"
DIFFERENT = "expect_column_unique_value_count_to_be_between"
A = {"column": "a"}


def planned(expectation: str, kwargs: Mapping[str, Any]) -> PlannedCheck:
    return PlannedCheck(
        check_id="check", name=expectation, expectation=expectation, kwargs=kwargs,
        on_failure=OnFailure.FAIL,
    )  # fmt: skip


def comparable(expectation: str, kwargs: Mapping[str, Any], **kinds: Kinds) -> bool:
    return is_comparable(planned(expectation, kwargs), kwargs, kinds)


def of(*found: str, is_exact: bool = True) -> Kinds:
    return Kinds(found=frozenset(found), is_exact=is_exact)


def compares(parameter: object, operator: str = "==") -> dict[str, Any]:
    return {
        "row_condition": {
            "type": "comparison", "column": {"name": "b"}, "operator": operator,
            "parameter": parameter,
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expectation", "kwargs", "kinds", "expected"),
    [
        (BETWEEN, {**A, "min_value": 1}, of("whole", "fraction"), True),
        (BETWEEN, {**A, "min_value": 1}, of(), True),
        (BETWEEN, {**A, "min_value": 1}, of("text"), False),
        (BETWEEN, {**A, "min_value": 1}, of("truth"), False),
        (BETWEEN, {**A, "min_value": 1}, of("whole", "text"), False),
        (BETWEEN, {**A, "min_value": "a"}, of("whole"), False),
        (BETWEEN, {**A, "min_value": 1}, of("whole", "fraction", is_exact=False), False),
        (BETWEEN, {**A, "min_value": 1}, of("whole", is_exact=False), False),
        (IN_SET, {**A, "value_set": [1]}, of("whole", is_exact=False), False),
        (DIFFERENT, {**A, "min_value": 1}, of("whole", is_exact=False), True),
        (IN_SET, {**A, "value_set": [1]}, of("text"), False),
        (IN_SET, {**A, "value_set": [1, "a"]}, of("whole"), False),
        (IN_SET, {**A, "value_set": [True]}, of("truth"), True),
        (IN_SET, {**A, "value_set": [1]}, of("truth"), False),
        (NOT_NULL, A, of("other", "text"), True),
        ("expect_column_values_to_be_null", A, of("other"), False),
        (MEAN, {**A, "min_value": 1}, of(), False),
        (MEAN, {**A, "min_value": 1}, of("fraction"), True),
    ],
)
def test_values_of_one_kind_are(
    expectation: str, kwargs: Mapping[str, Any], kinds: Kinds, expected: bool
) -> None:
    assert comparable(expectation, kwargs, a=kinds) is expected


@pytest.mark.parametrize(
    ("condition", "kinds", "expected"),
    [
        ({"row_condition": 'col("b") > 1'}, of("whole"), True),
        ({"row_condition": 'col("b") > 1'}, of("text"), False),
        ({"row_condition": 'col("b").notnull()'}, of("text", "other"), True),
        (compares([1, 2], "IN"), of("fraction"), True),
        (compares([1, "x"], "IN"), of("fraction"), False),
        (compares(True), of("whole"), False),
        (compares(1), of("whole", is_exact=False), False),
    ],
)
def test_so_are_those_of_a_condition(
    condition: Mapping[str, Any], kinds: Kinds, expected: bool
) -> None:
    kwargs = {**A, "regex": "x", **condition}
    assert comparable(MATCH, kwargs, b=kinds) is expected


def test_a_condition_on_texts_compares_with_texts_alone() -> None:
    assert comparable(MATCH, {**A, "regex": "x", **compares("x")})
    assert not comparable(MATCH, {**A, "regex": "x", **compares(["x", 1], "IN")})


def test_a_column_that_is_not_there_is_an_error_that_pandas_says() -> None:
    check = planned(NOT_NULL, A)
    assert may_be_asked(check, None)
    assert may_be_asked(check, frozenset("ab"))
    assert not may_be_asked(check, frozenset("b"))


def test_what_spark_is_never_asked() -> None:
    """A new expectation of GX is one of these until it is looked at."""
    never = {
        name
        for name, entry in expectations().items()
        if "pandas" in entry.engines
        and entry.sees not in (Sees.COUNT, Sees.SHAPE)
        and not may_be_asked(planned(name, A), None)
    }
    assert never == {
        "expect_column_kl_divergence_to_be_less_than",
        "expect_column_type_to_be",
        "expect_column_values_to_be_of_type",
        "expect_column_values_to_match_strftime_format",
    }
