"""What GX's schemas do not say about a check's arguments, and a run would only find out later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from medallion.checks.aliases import ALIASES, Arguments, Problem
from medallion.checks.argument_types import day_of, type_problem
from medallion.checks.catalogue import arguments_of, expectation_of
from medallion.checks.ranges import PART, SHARE
from medallion.checks.row_condition import condition_problem

_SETS = ("values", "value_set")


def value_problems(name: str, arguments: Arguments) -> Iterator[Problem]:
    """Each problem with the values of a check. Call it once the arguments' types are right."""
    for rule in _RULES:
        yield from rule(name, arguments)


def _ranges(name: str, arguments: Arguments) -> Iterator[Problem]:
    entry = expectation_of(name)
    for key, kind in {"mostly": PART, **(entry.traits.ranges if entry else {})}.items():
        value = arguments.get(key)
        if isinstance(value, int | float) and not kind.has(value):
            yield _problem(key, f"{key} is {value}", kind.what)


def _bounds(name: str, arguments: Arguments) -> Iterator[Problem]:
    entry = expectation_of(name)
    if entry is None or entry.traits.optional_bounds or "min_value" not in arguments_of(name):
        return
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if low is None and high is None:
        yield _problem("", f"{name} has no bound: it would pass whatever comes", "set min_value, "
                       "max_value or both")  # fmt: skip
    elif low is not None and high is not None:
        yield from _order(low, high, arguments)


def _order(low: Any, high: Any, arguments: Arguments) -> Iterator[Problem]:
    if isinstance(low, int | float) != isinstance(high, int | float):
        yield _problem("max_value", f"min_value {low!r} and max_value {high!r} are of two kinds",
                       "write two numbers, or two dates")  # fmt: skip
        return
    numbers = isinstance(low, int | float)
    first, second = (low, high) if numbers else (day_of(low), day_of(high))
    if first is None or second is None:
        return
    if first > second:
        yield _problem("min_value", f"min_value {low} is above max_value {high}", "swap them")
    elif low == high and (arguments.get("strict_min") or arguments.get("strict_max")):
        yield _problem("min_value", f"nothing lies strictly between {low} and {high}", "leave "
                       "strict_min and strict_max out, or widen the bounds")  # fmt: skip


def _passes_whatever_comes(name: str, arguments: Arguments) -> Iterator[Problem]:
    entry = expectation_of(name)
    needed = entry.traits.passes_without if entry else ""
    if needed and needed not in arguments:
        problem = f"{name} without {needed} passes whatever comes"
        yield _problem(needed, problem, f"give it a {needed}")


def _refuse_null_in_a_set(name: str, arguments: Arguments) -> Iterator[Problem]:
    for key in _SETS:
        if isinstance(arguments.get(key), list | tuple) and None in arguments[key]:
            yield _problem(key, f"{name} looks at no missing value: null in {key} says nothing",
                           "leave it out; use not_null to ask that nothing is missing")  # fmt: skip


def _of_alias(name: str, arguments: Arguments) -> Iterator[Problem]:
    alias = ALIASES.get(name)
    if alias and alias.problems:
        yield from alias.problems(arguments)


def _names_of_columns(name: str, arguments: Arguments) -> Iterator[Problem]:
    for key in ("columns", "column_list"):
        listed = arguments.get(key)
        if not isinstance(listed, list | tuple):
            continue
        if not all(isinstance(column, str) for column in listed):
            yield _problem(key, f"{key} holds something that is not a name", "name columns")
        elif len(set(listed)) < len(listed):
            yield _problem(key, f"{key} names a column twice", "name each column once")


def _compound(name: str, arguments: Arguments) -> Iterator[Problem]:
    columns, entry = arguments.get("column_list"), expectation_of(name)
    if entry and entry.compares_columns and isinstance(columns, list | tuple) and len(columns) < 2:
        yield _problem("column_list", f"{name} compares columns: one is not enough", "name two or "
                       "more")  # fmt: skip


def _quantiles(name: str, arguments: Arguments) -> Iterator[Problem]:
    ranges = arguments.get("quantile_ranges")
    if not isinstance(ranges, Mapping):
        return
    quantiles, bounds = ranges.get("quantiles"), ranges.get("value_ranges")
    if not isinstance(quantiles, list) or not isinstance(bounds, list):
        yield _problem("quantile_ranges", "it needs the lists quantiles and value_ranges", "write "
                       "{quantiles: [0.5], value_ranges: [[1, 9]]}")  # fmt: skip
    elif len(quantiles) != len(bounds):
        yield _problem(
            "quantile_ranges",
            f"{len(quantiles)} quantiles, {len(bounds)} value_ranges",
            "give each quantile its range",
        )
    else:
        yield from _quantile_values(quantiles, bounds)


def _quantile_values(quantiles: list[Any], bounds: list[Any]) -> Iterator[Problem]:
    for quantile in quantiles:
        if type_problem(quantile, "number") or not SHARE.has(quantile):
            yield _problem("quantile_ranges", f"the quantile {quantile!r} is not a share",
                           "from 0 to 1: 0.5 is the median")  # fmt: skip
    for pair in bounds:
        if not isinstance(pair, list) or len(pair) != 2 or any(map(_is_no_bound, pair)):
            yield _problem("quantile_ranges", f"the range {pair!r} is not two bounds",
                           "write [1, 9]; null leaves an end open: [null, 9]")  # fmt: skip
        elif None not in pair and any(_order(pair[0], pair[1], {})):
            yield _problem(
                "quantile_ranges", f"the range {pair!r} ends before it begins", "swap the two"
            )


def _is_no_bound(value: object) -> bool:
    return value is not None and type_problem(value, "number|moment") is not None


def _row_condition(name: str, arguments: Arguments) -> Iterator[Problem]:
    if "row_condition" in arguments:
        found = condition_problem(arguments["row_condition"])
        if found:
            yield _problem("row_condition", *found)


def _problem(argument: str, problem: str, remedy: str) -> Problem:
    return argument, problem, remedy


_RULES: tuple[Callable[[str, Arguments], Iterator[Problem]], ...] = (
    _ranges,
    _bounds,
    _passes_whatever_comes,
    _refuse_null_in_a_set,
    _of_alias,
    _names_of_columns,
    _compound,
    _quantiles,
    _row_condition,
)
