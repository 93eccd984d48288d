"""What the manifest's count says of a check is what Great Expectations says of so many rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.steps.gate import landing
from medallion.steps.gate.record_count import BETWEEN, EQUAL, judge_count

BOUNDS = (None, 0, 2, 3)


def planned(expectation: str, kwargs: Mapping[str, Any], number: int) -> PlannedCheck:
    return PlannedCheck(
        check_id=f"check_{number}", name="row_count", expectation=expectation, kwargs=kwargs,
        on_failure=OnFailure.FAIL,
    )  # fmt: skip


def test_a_count_is_judged_as_by_great_expectations() -> None:
    strict: tuple[Mapping[str, Any], ...] = (
        {},
        {"strict_min": True},
        {"strict_max": True},
        {"strict_min": True, "strict_max": 1},
    )
    asked = [
        (BETWEEN, {"min_value": low, "max_value": high, **more})
        for low, high, more in product(BOUNDS, BOUNDS, strict)
        if (low is not None or high is not None) and (None in (low, high) or low <= high)
    ]
    asked += [(EQUAL, {"value": value}) for value in (0, 2, 3)]
    checks = [planned(*one, number) for number, one in enumerate(asked)]
    kwargs = {check.check_id: check.kwargs for check in checks}
    for records in (0, 1, 2, 3):
        expected = landing._run(checks, kwargs, landing._rows_only(records))
        found = [judge_count(check, check.kwargs, records) for check in checks]
        by_id = {one.check.check_id: one for one in expected}
        assert found == [by_id[check.check_id] for check in checks]


@pytest.mark.parametrize(
    ("expectation", "kwargs"),
    [
        (BETWEEN, {}),
        (BETWEEN, {"min_value": None}),
        (BETWEEN, {"min_value": 1, "row_condition": 'col("a") == 2'}),
        (BETWEEN, {"min_value": "2026-01-01"}),
        (BETWEEN, {"min_value": 1.5}),
        (BETWEEN, {"min_value": 3, "max_value": 2}),
        (EQUAL, {"value": True}),
        ("expect_table_row_count_to_equal_other_table", {"other_table_name": "a"}),
    ],
)
def test_the_rest_is_left_to_great_expectations(
    expectation: str, kwargs: Mapping[str, Any]
) -> None:
    assert judge_count(planned(expectation, kwargs, 1), kwargs, 1) is None


def test_a_gate_of_a_count_imports_no_great_expectations() -> None:
    """In a fresh process: it takes some seconds."""
    code = """
import sys
from types import SimpleNamespace
from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.steps.gate import step
from medallion.steps.gate.landing import evaluate

check = PlannedCheck(check_id="a", name="row_count", kwargs={"min_value": 1},
                     expectation="expect_table_row_count_to_be_between", on_failure=OnFailure.FAIL)
assert evaluate(SimpleNamespace(records_left=3), [check])[0].success
assert not {"great_expectations", "pandas", "numpy"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
