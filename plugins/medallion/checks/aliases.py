"""The short names: each an expectation of GX with arguments in the words that people use.

Adding one adds an entry to ALIASES, with a function where its arguments are not GX's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from medallion.durations import duration

Arguments = Mapping[str, Any]
Problem = tuple[str, str, str]
"""The argument concerned, what is wrong, what to do."""

ROWS = "unexpected_rows_expectation"
FOREIGN_KEY = "foreign_key"
AGE = "$now_minus"
"""In place of a value: the moment of the gate less this duration (`{"$now_minus": "26h"}`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A short name: the expectation it names, and the arguments it takes.

    `arguments` maps each name to its type, as the catalogue writes types. `translate` makes GX's
    arguments of them; without it they are GX's own.
    """

    name: str
    expectation: str
    arguments: Mapping[str, str]
    required: tuple[str, ...]
    translate: Callable[[Arguments], tuple[str, Arguments]] | None = None
    problems: Callable[[Arguments], Iterator[Problem]] | None = None
    """What may be wrong with its arguments beyond their types."""
    finds_rows: bool = False
    """Its failing rows can be found, though its expectation does not find them by itself."""
    of_moments: bool = False
    """It asks for the age of a date or a time."""
    refers_to: str = ""
    """The argument that names a column of another published table."""

    def resolve(self, arguments: Arguments) -> tuple[str, Arguments]:
        """The GX expectation type and GX's arguments, for arguments that have already been
        checked."""
        return self.translate(arguments) if self.translate else (self.expectation, arguments)


def _resolve_unique(arguments: Arguments) -> tuple[str, Arguments]:
    """One column, or several together."""
    rest = {key: value for key, value in arguments.items() if key != "columns"}
    columns = arguments.get("columns")
    if not columns:
        return "expect_column_values_to_be_unique", rest
    if len(columns) == 1:
        return "expect_column_values_to_be_unique", {**rest, "column": columns[0]}
    return "expect_compound_columns_to_be_unique", {**rest, "column_list": list(columns)}


def _resolve_accepted_values(arguments: Arguments) -> tuple[str, Arguments]:
    rest = {key: value for key, value in arguments.items() if key != "values"}
    return "expect_column_values_to_be_in_set", {**rest, "value_set": arguments["values"]}


def _resolve_fresh(arguments: Arguments) -> tuple[str, Arguments]:
    return "expect_column_max_to_be_between", {
        "column": arguments["column"],
        "min_value": {AGE: arguments["max_age"]},
    }


def _foreign_key(arguments: Arguments) -> tuple[str, Arguments]:
    """The query is written by the gate, which quotes its names."""
    return ROWS, {FOREIGN_KEY: {"column": arguments["column"], "to": arguments["to"]}}


def _no_age(arguments: Arguments) -> Iterator[Problem]:
    age = arguments.get("max_age")
    if isinstance(age, str) and not duration(age):
        yield "max_age", f"max_age is {age}", "an age is more than nothing: 26h"


_PUBLISHED_COLUMN = re.compile(r"^(silver|gold)_[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")


def _not_one_of_two(arguments: Arguments) -> Iterator[Problem]:
    if ("column" in arguments) == ("columns" in arguments):
        yield (
            "column",
            "unique takes either column or columns",
            "write `- unique: {column: id}` or `- unique: {columns: [a, b]}`",
        )


def _not_a_published_column(arguments: Arguments) -> Iterator[Problem]:
    to = arguments.get("to")
    if isinstance(to, str) and not _PUBLISHED_COLUMN.match(to):
        yield (
            "to",
            f"{to!r} is not a column of a published table",
            "write it whole: silver_cinema.genres.genre_id",
        )


_BOUNDS = {
    "min_value": "number|moment",
    "max_value": "number|moment",
    "strict_min": "boolean",
    "strict_max": "boolean",
}

ALIASES: Mapping[str, Alias] = {
    alias.name: alias
    for alias in (
        Alias(
            name="not_null",
            expectation="expect_column_values_to_not_be_null",
            arguments={"column": "string", "mostly": "number"},
            required=("column",),
        ),
        Alias(
            name="unique",
            expectation="expect_column_values_to_be_unique",
            arguments={"column": "string", "columns": "list", "mostly": "number"},
            required=(),
            translate=_resolve_unique,
            problems=_not_one_of_two,
        ),
        Alias(
            name="accepted_values",
            expectation="expect_column_values_to_be_in_set",
            arguments={"column": "string", "values": "list", "mostly": "number"},
            required=("column", "values"),
            translate=_resolve_accepted_values,
        ),
        Alias(
            name="between",
            expectation="expect_column_values_to_be_between",
            arguments={"column": "string", "mostly": "number", **_BOUNDS},
            required=("column",),
        ),
        Alias(
            name="matches",
            expectation="expect_column_values_to_match_regex",
            arguments={"column": "string", "regex": "string", "mostly": "number"},
            required=("column", "regex"),
        ),
        Alias(
            name="row_count",
            expectation="expect_table_row_count_to_be_between",
            arguments={"min_value": "integer", "max_value": "integer"},
            required=(),
        ),
        Alias(
            name="foreign_key",
            expectation=ROWS,
            arguments={"column": "string", "to": "string"},
            required=("column", "to"),
            translate=_foreign_key,
            problems=_not_a_published_column,
            finds_rows=True,
            refers_to="to",
        ),
        Alias(
            name="fresh",
            expectation="expect_column_max_to_be_between",
            arguments={"column": "string", "max_age": "duration"},
            required=("column", "max_age"),
            translate=_resolve_fresh,
            problems=_no_age,
            of_moments=True,
        ),
    )
}

OTHER_WORDS = {
    "not_empty": "not_null",
    "non_null": "not_null",
    "required": "not_null",
    "no_nulls": "not_null",
    "distinct": "unique",
    "primary_key": "unique",
    "in_set": "accepted_values",
    "allowed_values": "accepted_values",
    "enum": "accepted_values",
    "range": "between",
    "in_range": "between",
    "regex": "matches",
    "pattern": "matches",
    "min_rows": "row_count",
    "count": "row_count",
    "relationships": "foreign_key",
    "reference": "foreign_key",
    "freshness": "fresh",
}
"""What other tools call them."""

OTHER_ARGUMENTS = {
    **dict.fromkeys(("min", "minimum", "min_val", "lower", "gte"), ("min_value",)),
    **dict.fromkeys(("max", "maximum", "max_val", "upper", "lte"), ("max_value",)),
    **dict.fromkeys(("field", "column_name", "name"), ("column",)),
    **dict.fromkeys(
        ("fields", "column_names", "combination_of_columns"), ("columns", "column_list")
    ),
    **dict.fromkeys(("value_set", "allowed_values", "accepted_values", "in"), ("values",)),
    **dict.fromkeys(("values", "allowed_values"), ("values", "value_set")),
    **dict.fromkeys(("pattern", "regexp", "match"), ("regex",)),
    **dict.fromkeys(("ref", "table", "references"), ("to",)),
    **dict.fromkeys(("age", "warn_after", "error_after", "max_delay"), ("max_age",)),
    **dict.fromkeys(("severity", "on_fail", "action", "level"), ("on_failure",)),
    **dict.fromkeys(("notes", "message", "reason"), ("description",)),
    "threshold": ("mostly",),
}
"""What other tools call arguments, and ours for them: the first that the check takes."""
