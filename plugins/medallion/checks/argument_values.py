"""What the schemas of GX do not say of a check's arguments, and a run would find out too late."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Problem = tuple[str, str, str]
"""The argument concerned, what is wrong, what to do."""
Arguments = Mapping[str, Any]

_FOREIGN_KEY = re.compile(r"^(silver|gold)_[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
_REGEX_ARGUMENTS = ("regex", "regex_list")


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
    elif low is not None and high is not None and _above(low, high):
        yield _problem("min_value", f"min_value {low} is above max_value {high}", "swap them")


def _above(low: Any, high: Any) -> bool:
    try:
        return bool(low > high)
    except TypeError:
        return str(low) > str(high)


def _regexes(name: str, arguments: Arguments) -> Iterator[Problem]:
    for key in _REGEX_ARGUMENTS:
        listed = arguments.get(key)
        for pattern in listed if isinstance(listed, list | tuple) else [listed]:
            if not isinstance(pattern, str):
                continue
            try:
                re.compile(pattern)
            except re.error as error:
                yield _problem(key, f"{pattern!r} is no regular expression: {error}", "mend it")


def _regex_missing(name: str, arguments: Arguments) -> Iterator[Problem]:
    if name == "expect_column_values_to_match_regex" and "regex" not in arguments:
        yield _problem("regex", f"{name} without regex passes whatever comes", "give it a regex")


def _one_or_many(name: str, arguments: Arguments) -> Iterator[Problem]:
    if name == "unique" and ("column" in arguments) == ("columns" in arguments):
        yield _problem("column", "unique takes either column or columns", "write "
                       "`- unique: {column: id}` or `- unique: {columns: [a, b]}`")  # fmt: skip


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
        yield _problem("to", f"{to!r} is no column of a published table", "write it whole: "
                       "silver_cinema.genres.genre_id")  # fmt: skip


def _row_condition(name: str, arguments: Arguments) -> Iterator[Problem]:
    condition = arguments.get("row_condition")
    if isinstance(condition, str) and not condition.lstrip().startswith("col("):
        yield _problem("row_condition", f"{condition!r} is not in GX's own language", "write "
                       'col("country") == "FR"')  # fmt: skip


def _problem(argument: str, problem: str, remedy: str) -> Problem:
    return argument, problem, remedy


_RULES: tuple[Callable[[str, Arguments], Iterator[Problem]], ...] = (
    _mostly,
    _bounds,
    _regexes,
    _regex_missing,
    _one_or_many,
    _compound,
    _quantiles,
    _reference,
    _row_condition,
)
