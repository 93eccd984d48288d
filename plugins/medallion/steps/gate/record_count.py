"""Checks of the number of records, which a landing's manifest says.

They come to what Great Expectations says of so many rows. A process that has not imported it yet,
as on a worker of Celery or Kubernetes, would spend some seconds on that.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import ge, gt, le, lt
from typing import Any

from medallion.checks.outcome import PlannedCheck
from medallion.steps.gate.expectations import Evaluation

BETWEEN = "expect_table_row_count_to_be_between"
EQUAL = "expect_table_row_count_to_equal"


def judge_count(check: PlannedCheck, kwargs: Mapping[str, Any], records: int) -> Evaluation | None:
    """The verdict on a check that only has to know how many records there are; None where Great
    Expectations has to give it.

    Args:
        kwargs: the check's arguments, as Great Expectations takes them.
    """
    success = _is_met(check.expectation, kwargs, records)
    if success is None:
        return None
    return Evaluation(
        check=check,
        success=success,
        elements=None,
        missing=None,
        unexpected=None,
        observed=records,
        examples=(),
    )


def _is_met(expectation: str, kwargs: Mapping[str, Any], records: int) -> bool | None:
    if expectation == EQUAL and set(kwargs) == {"value"} and type(kwargs["value"]) is int:
        return bool(records == kwargs["value"])
    bounds = [kwargs[key] for key in ("min_value", "max_value") if kwargs.get(key) is not None]
    known = {"min_value", "max_value", "strict_min", "strict_max"}
    if (
        expectation != BETWEEN
        or not bounds
        or not set(kwargs) <= known
        or any(type(bound) is not int for bound in bounds)
        or bounds != sorted(bounds)
    ):
        return None
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    above = gt if kwargs.get("strict_min") else ge
    below = lt if kwargs.get("strict_max") else le
    return (low is None or above(records, low)) and (high is None or below(records, high))
