"""Whether a check and its values fit the type of their column: found before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

from medallion.checks.aliases import ALIASES, Problem
from medallion.checks.argument_types import day_of
from medallion.checks.catalogue import expectation_of
from medallion.checks.resolve import columns_of

_KINDS = {
    **dict.fromkeys(("smallint", "integer", "bigint", "real", "double", "decimal"), "number"),
    **dict.fromkeys(("date", "timestamp", "timestamptz"), "moment"),
    **dict.fromkeys(("text", "boolean", "time", "uuid"), ""),
}
_SETS = ("values", "value_set")
_BOUNDS = ("min_value", "max_value")
_TEXT_ONLY = ("regex", "regex_list", "like_pattern", "like_pattern_list")


def kind_problems(
    name: str, arguments: Mapping[str, Any], types: Mapping[str, str]
) -> Iterator[Problem]:
    """Each value, and each check, that cannot apply to its column's type.

    Args:
        name: the check's.
        arguments: as declared.
        types: by column, its scalar type as specs write it; only those that are known.
    """
    column = arguments.get("column")
    scalar = types.get(column, "") if isinstance(column, str) else ""
    kind = _KINDS.get(scalar) or scalar
    if kind:
        yield from _find_set_problems(arguments, scalar, kind)
        yield from _find_bound_problems(name, arguments, scalar, kind)
        yield from _find_text_problems(name, arguments, scalar)
    alias = ALIASES.get(name)
    if alias and alias.of_moments and scalar and kind != "moment":
        yield "column", f"{column} is {scalar}, and has no age", "name a date or a timestamp"
    entry = expectation_of(name)
    if entry and entry.traits.compares_order:
        yield from _find_order_problems(arguments, types)


def _find_set_problems(arguments: Mapping[str, Any], scalar: str, kind: str) -> Iterator[Problem]:
    for key in _SETS:
        listed = arguments.get(key)
        for value in listed if isinstance(listed, list | tuple) else ():
            if value is not None and not _fits(value, kind):
                remedy = f'write "{value}"' if kind == "text" else f"write values of {scalar}"
                yield key, f"the column is {scalar}, and never {value!r}", remedy
                break


def _find_bound_problems(
    name: str, arguments: Mapping[str, Any], scalar: str, kind: str
) -> Iterator[Problem]:
    entry = expectation_of(name)
    if entry is None or not entry.traits.bounds_values:
        return
    for key in _BOUNDS:
        bound = arguments.get(key)
        if bound is not None and (kind not in ("number", "moment") or not _fits(bound, kind)):
            problem = f"the column is {scalar}, which {bound!r} is not a bound of"
            yield key, problem, "numbers bound numbers, dates and times bound dates and times"


def _find_text_problems(name: str, arguments: Mapping[str, Any], scalar: str) -> Iterator[Problem]:
    patterns = [key for key in _TEXT_ONLY if key in arguments]
    entry = expectation_of(name)
    of_texts = bool(patterns) or (entry is not None and entry.traits.of_text_columns)
    if scalar != "text" and of_texts:
        yield (
            "column",
            f"{name} looks at texts, and {arguments['column']} is {scalar}",
            "ask it of a column of type text, or of the landing's field on bronze",
        )


def _find_order_problems(
    arguments: Mapping[str, Any], types: Mapping[str, str]
) -> Iterator[Problem]:
    """Texts have the order of the database's language; two kinds have none."""
    pair = {
        key: types[column]
        for key, column in columns_of(arguments)
        if key in ("column_A", "column_B") and column in types
    }
    for key, scalar in pair.items():
        if scalar == "text":
            problem = f"{arguments[key]} is text, which has no order of its own"
            yield key, problem, "compare numbers, dates or times"
            return
    if len({_KINDS.get(scalar) or scalar for scalar in pair.values()}) > 1:
        problem = f"{' and '.join(pair.values())} cannot be compared"
        yield "column_B", problem, "compare columns of one kind"


def _fits(value: object, kind: str) -> bool:
    """Whether a value can be one of a column's."""
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "moment":
        return day_of(value) is not None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "time":
        return isinstance(value, time) or (isinstance(value, str) and _is_time(value))
    return isinstance(value, str) or (isinstance(value, date) and kind not in ("text", "uuid"))


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return True
