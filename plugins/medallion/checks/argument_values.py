"""What the schemas of GX do not say of a check's arguments, and a run would find out too late."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from medallion.checks.argument_types import day_of
from medallion.checks.row_condition import condition_problem

Problem = tuple[str, str, str]
"""The argument concerned, what is wrong, what to do."""
Arguments = Mapping[str, Any]

_FOREIGN_KEY = re.compile(r"^(silver|gold)_[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
_SETS = ("values", "value_set")


def value_problems(name: str, arguments: Arguments) -> Iterator[Problem]:
    """Each thing that is wrong with the values of a check whose arguments' types are right."""
    for rule in _RULES:
        yield from rule(name, arguments)


def _mostly(name: str, arguments: Arguments) -> Iterator[Problem]:
    mostly = arguments.get("mostly")
    if mostly is not None and not 0 < mostly <= 1:
        yield _problem("mostly", f"mostly is {mostly}", "a part: above 0, up to 1 (0.95 is 95 %)")


def _bounds(name: str, arguments: Arguments) -> Iterator[Problem]:
    if not (name in ("between", "row_count") or name.endswith("_between")):
        return
    if name == "expect_column_quantile_values_to_be_between":
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


def _regex_missing(name: str, arguments: Arguments) -> Iterator[Problem]:
    if name == "expect_column_values_to_match_regex" and "regex" not in arguments:
        yield _problem("regex", f"{name} without regex passes whatever comes", "give it a regex")


def _no_null_in_a_set(name: str, arguments: Arguments) -> Iterator[Problem]:
    for key in _SETS:
        if isinstance(arguments.get(key), list | tuple) and None in arguments[key]:
            yield _problem(key, f"{name} looks at no missing value: null in {key} says nothing",
                           "leave it out; use not_null to ask that nothing is missing")  # fmt: skip


def _one_or_many(name: str, arguments: Arguments) -> Iterator[Problem]:
    if name == "unique" and ("column" in arguments) == ("columns" in arguments):
        yield _problem("column", "unique takes either column or columns", "write "
                       "`- unique: {column: id}` or `- unique: {columns: [a, b]}`")  # fmt: skip


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
    columns = arguments.get("column_list")
    needs_two = name.startswith(("expect_compound", "expect_multicolumn", "expect_select"))
    if needs_two and isinstance(columns, list | tuple) and len(columns) < 2:
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


def _reference(name: str, arguments: Arguments) -> Iterator[Problem]:
    to = arguments.get("to")
    if name == "foreign_key" and isinstance(to, str) and not _FOREIGN_KEY.match(to):
        yield _problem("to", f"{to!r} is not a column of a published table", "write it whole: "
                       "silver_cinema.genres.genre_id")  # fmt: skip


def _row_condition(name: str, arguments: Arguments) -> Iterator[Problem]:
    if "row_condition" in arguments:
        found = condition_problem(arguments["row_condition"])
        if found:
            yield _problem("row_condition", *found)


def _problem(argument: str, problem: str, remedy: str) -> Problem:
    return argument, problem, remedy


_RULES: tuple[Callable[[str, Arguments], Iterator[Problem]], ...] = (
    _mostly,
    _bounds,
    _regex_missing,
    _no_null_in_a_set,
    _one_or_many,
    _names_of_columns,
    _compound,
    _quantiles,
    _reference,
    _row_condition,
)
