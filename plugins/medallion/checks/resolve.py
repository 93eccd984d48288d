"""A declared check → what GX is asked. Light: runs at every parse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from medallion.checks.aliases import ALIASES
from medallion.checks.declaration import CheckSpec
from medallion.checks.outcome import PlannedCheck
from medallion.checks.row_condition import condition_columns
from medallion.names import Layer

_COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
_COLUMN_LISTS = ("column_list", "columns")


def resolve(check: CheckSpec, layer: Layer, columns: Sequence[str] | None) -> PlannedCheck:
    """The check as GX gets it, for a check in which `check_problems` found nothing.

    The id is the name and the columns (`between_vote_average`), so it stays the same from run to
    run.
    """
    alias = ALIASES.get(check.name)
    expectation, kwargs = alias.resolve(check.arguments) if alias else (check.name, check.arguments)
    whole = ("of_whole",) if check.whole else ()
    return PlannedCheck(
        check_id="_".join([check.name, *_list_asked_columns(check.arguments), *whole]),
        name=check.name,
        expectation=expectation,
        kwargs=kwargs,
        on_failure=check.on_failure,
        description=check.description,
        written=None if kwargs == check.arguments else check.arguments,
        of_whole=check.whole,
    )


def columns_of(arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(argument, column) for each column in a check's arguments, `row_condition` included.

    >>> list(columns_of({"column": "fee", "row_condition": 'col("country") == "FR"'}))
    [('column', 'fee'), ('row_condition', 'country')]
    """
    for key in _COLUMN_ARGUMENTS:
        if isinstance(column := arguments.get(key), str):
            yield key, column
    for key in _COLUMN_LISTS:
        listed = arguments.get(key)
        if isinstance(listed, list | tuple):
            yield from ((key, column) for column in listed if isinstance(column, str))
    if "row_condition" in arguments:
        for column in condition_columns(arguments["row_condition"]):
            yield "row_condition", column


def _list_asked_columns(arguments: Mapping[str, Any]) -> Iterator[str]:
    return (column for key, column in columns_of(arguments) if key != "row_condition")
