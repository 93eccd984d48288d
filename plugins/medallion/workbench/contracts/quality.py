"""The checks of a table as the rules of a data contract.

A check becomes a metric of the standard where there is one for it; every other check is written as
Great Expectations has it, which the standard takes as `type: custom`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from medallion.checks.aliases import FOREIGN_KEY, ROWS
from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck

ENGINE = "greatExpectations"
Rule = dict[str, Any]

_DIMENSIONS: Mapping[str, str] = {
    "expect_column_values_to_not_be_null": "completeness",
    "expect_column_values_to_be_unique": "uniqueness",
    "expect_compound_columns_to_be_unique": "uniqueness",
    "expect_column_values_to_be_in_set": "conformity",
    "expect_column_values_to_match_regex": "conformity",
    "expect_column_max_to_be_between": "timeliness",
    FOREIGN_KEY: "consistency",
}


def find_column(check: PlannedCheck) -> str:
    """The one column that a check judges; empty: the table, or several columns."""
    if (foreign := check.kwargs.get(FOREIGN_KEY)) is not None:
        return str(foreign["column"])
    return str(check.kwargs.get("column", ""))


def describe_checks(checks: Iterable[PlannedCheck]) -> list[Rule]:
    """The checks of a column, or of a table as a whole, as rules under `quality`.

    A check that only warns has the severity `warning`: the table may hold what it finds. Any other
    holds of every row that is published.

    A metric is used once: datacontract-cli 1.2.8 fails every rule of a table of which a column has
    two of one metric. The second check of its kind is written as Great Expectations has it.
    """
    used: set[object] = set()
    rules: list[Rule] = []
    for check in checks:
        make = _METRICS.get(check.expectation)
        said = make(check.kwargs) if make else None
        if said is None or said["metric"] in used:
            said = _describe_expectation(check)
        used.add(said.get("metric"))
        rules.append(_name(check) | said | {"severity": _severity(check)})
    return rules


def _name(check: PlannedCheck) -> Rule:
    kind = FOREIGN_KEY if FOREIGN_KEY in check.kwargs else check.expectation
    said = {
        "name": check.check_id,
        "description": check.description,
        "dimension": _DIMENSIONS.get(kind, ""),
    }
    return {key: text for key, text in said.items() if text}


def _severity(check: PlannedCheck) -> str:
    return "warning" if check.on_failure is OnFailure.WARN else "error"


def _describe_expectation(check: PlannedCheck) -> Rule:
    """The check as Great Expectations has it; a query of the author's own as the spec has it."""
    if check.expectation == ROWS:
        said = {"type": check.name, "kwargs": dict(check.arguments)}
    else:
        said = {"type": check.expectation, "kwargs": dict(check.kwargs)}
    return {"type": "custom", "engine": ENGINE, "implementation": said}


def _count(kwargs: Mapping[str, Any]) -> Rule | None:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if not all(one is None or isinstance(one, int) for one in (low, high)):
        return None
    if kwargs.get("strict_min") or kwargs.get("strict_max"):
        return None
    limits: Rule = {}
    if low is not None and low == high:
        limits = {"mustBe": low}
    elif low is not None and high is not None:
        limits = {"mustBeBetween": [low, high]}
    elif low is not None:
        limits = {"mustBeGreaterOrEqualTo": low}
    elif high is not None:
        limits = {"mustBeLessOrEqualTo": high}
    return {"metric": "rowCount", **limits} if limits else None


def _none_of(metric: str, **arguments: str) -> Callable[[Mapping[str, Any]], Rule | None]:
    """A metric that counts what is wrong.

    Args:
        metric: of the standard.
        arguments: of the metric, by the name of the expectation's argument that they are.
    """

    def make(kwargs: Mapping[str, Any]) -> Rule | None:
        if set(kwargs) - {"column", "mostly", *arguments.values()}:
            return None
        said = {ours: _plain(kwargs[theirs]) for ours, theirs in arguments.items()}
        mostly = float(kwargs.get("mostly", 1))
        most: Rule = {"mustBe": 0}
        if mostly < 1:
            most = {"mustBeLessOrEqualTo": round(100 - 100 * mostly, 6), "unit": "percent"}
        return {"metric": metric, **({"arguments": said} if said else {}), **most}

    return make


def _plain(value: object) -> object:
    return list(value) if isinstance(value, list | tuple) else value


_METRICS: Mapping[str, Callable[[Mapping[str, Any]], Rule | None]] = {
    "expect_table_row_count_to_be_between": _count,
    "expect_column_values_to_not_be_null": _none_of("nullValues"),
    "expect_column_values_to_be_unique": _none_of("duplicateValues"),
    "expect_compound_columns_to_be_unique": _none_of("duplicateValues", properties="column_list"),
    "expect_column_values_to_be_in_set": _none_of("invalidValues", validValues="value_set"),
    "expect_column_values_to_match_regex": _none_of("invalidValues", pattern="regex"),
}
