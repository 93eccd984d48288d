"""The quality rules of a data contract as checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from medallion.checks.aliases import AGE, ALIASES, ROWS
from medallion.workbench.imports.base.node import Node

_NEWEST = ALIASES["fresh"].expectation
_FOR_PEOPLE = ("dimension", "method", "businessImpact", "schedule", "scheduler", "tags", "id",
               "unit", "authoritativeDefinitions", "customProperties")  # fmt: skip


def checks_of(owner: Node, column: str) -> Iterator[dict[str, Any]]:
    """The checks of a property, or of an object.

    Args:
        owner: which may hold `quality`.
        column: of the property; empty: the object's.
    """
    for rule in owner.nodes("quality"):
        rule.drop(*_FOR_PEOPLE)
        kind = rule.text("type") or "library"
        check = _BY_TYPE.get(kind, _of_nothing)(rule, column)
        if check is None:
            rule.leave_all(
                "the rule is in words" if kind == "text" else "no check says this rule",
                "a check of docs/checks.md, or one with a query",
            )
            continue
        ((name, arguments),) = check.items()
        severity = rule.text("severity").lower()
        if severity in ("warning", "warn", "info", "low"):
            arguments = {**arguments, "on_failure": "warn"}
        text = rule.text("description") or rule.text("name")
        rule.drop("name", "severity", "description")
        if text:
            arguments = {**arguments, "description": " ".join(text.split())[:300]}
        yield {name: arguments}


def _of_nothing(rule: Node, column: str) -> dict[str, Any] | None:
    return None


def _of_library(rule: Node, column: str) -> dict[str, Any] | None:
    metric = rule.text("metric", "rule")
    rule.drop("rule")
    make = _METRICS.get(metric)
    return make(rule, column) if make else None


def _limits(rule: Node) -> dict[str, Any]:
    """What a number is held to, as `row_count` takes it: whole numbers, bounds included."""
    found: dict[str, Any] = {}
    between = rule.take("mustBeBetween")
    if isinstance(between, list) and len(between) == 2:
        found = {"min_value": between[0], "max_value": between[1]}
    exact = rule.take("mustBe")
    if isinstance(exact, int):
        found = {"min_value": exact, "max_value": exact}
    for key, name, step in (
        ("mustBeGreaterThan", "min_value", 1),
        ("mustBeGreaterOrEqualTo", "min_value", 0),
        ("mustBeLessThan", "max_value", -1),
        ("mustBeLessOrEqualTo", "max_value", 0),
    ):
        value = rule.take(key)
        if isinstance(value, int):
            found[name] = value + step
    return found


def _row_count(rule: Node, column: str) -> dict[str, Any] | None:
    limits = _limits(rule)
    return {"row_count": limits} if limits else None


def _none_of(name: str) -> Callable[[Node, str], dict[str, Any] | None]:
    """A metric that counts what is wrong, and must be 0; or less than a share in percent."""

    def make(rule: Node, column: str) -> dict[str, Any] | None:
        percent = rule.peek("unit") == "percent"
        most = next((rule.take(key) for key in ("mustBe", "mustBeLessThan", "mustBeLessOrEqualTo")
                     if key in rule), None)  # fmt: skip
        if not isinstance(most, int | float) or (most and not percent) or not column:
            return None
        mostly = {"mostly": round(1 - most / 100, 6)} if most else {}
        return {name: {"column": column, **mostly}}

    return make


def _invalid(rule: Node, column: str) -> dict[str, Any] | None:
    arguments = rule.node("arguments")
    values, pattern = arguments.peek("validValues"), arguments.text("pattern")
    if isinstance(values, list) and (check := _none_of("accepted_values")(rule, column)):
        arguments.drop("validValues")
        return {"accepted_values": {**check["accepted_values"], "values": values}}
    if pattern and (check := _none_of("matches")(rule, column)):
        return {"matches": {**check["matches"], "regex": pattern}}
    return None


def _duplicates(rule: Node, column: str) -> dict[str, Any] | None:
    named = rule.node("arguments").texts("properties")
    if not column and named:
        rule.drop("mustBe", "mustBeLessThan")
        return {"unique": {"columns": named}}
    return _none_of("unique")(rule, column)


_METRICS: Mapping[str, Callable[[Node, str], dict[str, Any] | None]] = {
    "rowCount": _row_count,
    "nullValues": _none_of("not_null"),
    "nullCheck": _none_of("not_null"),
    "missingValues": _none_of("not_null"),
    "duplicateValues": _duplicates,
    "duplicateCount": _duplicates,
    "duplicates": _duplicates,
    "uniqueCheck": _duplicates,
    "invalidValues": _invalid,
    "validValues": _invalid,
}


def _of_engine(rule: Node, column: str) -> dict[str, Any] | None:
    """A rule for Great Expectations, which is the engine here."""
    if rule.text("engine").lower() not in ("greatexpectations", "great-expectations", "gx"):
        return None
    given = rule.node("implementation")
    name = given.text("type", "expectation_type", "expectation")
    arguments = given.peek("kwargs")
    given.drop("kwargs", "meta")
    known_here = name in ALIASES or name == ROWS  # what `contract export` writes
    if not known_here and (
        not name.startswith("expect_") or name.startswith("expect_table_column")
    ):
        return None  # silver has columns of its own besides
    known = dict(arguments) if isinstance(arguments, Mapping) else {}
    own = {"column": column} if column and not known_here else {}
    return _fresh(name, {**own, **known}) or {name: {**own, **known}}


def _fresh(name: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The alias `fresh`, as `contract export` writes it; None: another expectation."""
    match arguments:
        case {"column": str(column), "min_value": {**age}, **rest} if (
            name == _NEWEST and not rest and set(age) == {AGE}
        ):
            return {"fresh": {"column": column, "max_age": age[AGE]}}
    return None


_BY_TYPE: Mapping[str, Callable[[Node, str], dict[str, Any] | None]] = {
    "library": _of_library,
    "custom": _of_engine,
}
