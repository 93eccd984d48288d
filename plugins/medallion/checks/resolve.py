"""A declared check → what GX is asked, or what is wrong with it. Light: runs at every parse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medallion.checks.aliases import ALIASES, OTHER_WORDS, ROWS
from medallion.checks.argument_types import type_problem
from medallion.checks.argument_values import value_problems
from medallion.checks.catalogue import expectations
from medallion.checks.declaration import CheckSpec, OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.checks.suggest import did_you_mean
from medallion.names import Layer

ENGINES = {Layer.BRONZE: "pandas", Layer.SILVER: "postgres", Layer.GOLD: "postgres"}
QUARANTINE_EXPECTATIONS = frozenset(
    {
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_be_null",
        "expect_column_values_to_be_unique",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_be_between",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_not_match_regex",
        "expect_column_values_to_match_regex_list",
        "expect_column_values_to_not_match_regex_list",
        "expect_column_values_to_match_like_pattern",
        "expect_column_values_to_not_match_like_pattern",
        "expect_column_values_to_match_like_pattern_list",
        "expect_column_values_to_not_match_like_pattern_list",
        "expect_column_value_lengths_to_be_between",
        "expect_column_value_lengths_to_equal",
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_equal",
        "expect_compound_columns_to_be_unique",
        "expect_multicolumn_sum_to_equal",
        "expect_select_column_values_to_be_unique_within_record",
    }
)
"""Those whose failing rows can be found exactly (checks/row_conditions.py)."""

COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
COLUMN_LISTS = ("column_list", "columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProblem:
    """What is wrong with a check; `where` leads to the argument, () is the check itself."""

    where: tuple[str, ...] = ()
    problem: str
    remedy: str


def resolve(check: CheckSpec, layer: Layer, columns: Sequence[str] | None) -> PlannedCheck:
    """What GX is asked by a check that `check_problems` finds no fault with.

    The id is stable from run to run: the name and the columns (`between_vote_average`).
    """
    alias = ALIASES.get(check.name)
    expectation, kwargs = alias.resolve(check.arguments) if alias else (check.name, check.arguments)
    named = [str(check.arguments[key]) for key in COLUMN_ARGUMENTS if key in check.arguments]
    for key in COLUMN_LISTS:
        if isinstance(listed := check.arguments.get(key), list | tuple):
            named += [str(column) for column in listed]
    return PlannedCheck(
        check_id="_".join([check.name, *named]),
        name=check.name,
        expectation=expectation,
        kwargs=kwargs,
        on_failure=check.on_failure,
        description=check.description,
    )


def check_problems(
    check: CheckSpec, layer: Layer, columns: Sequence[str] | None
) -> list[CheckProblem]:
    """Everything that is wrong with a check, without importing GX.

    Args:
        check: as declared.
        layer: bronze checks run in pandas, silver and gold in PostgreSQL.
        columns: of the silver table; None where they are not known before the data is.
    """
    alias = ALIASES.get(check.name)
    entry = expectations().get(check.name)
    if alias:
        arguments, required = alias.arguments, alias.required
    elif entry:
        arguments, required = entry.arguments, entry.required
    else:
        return [_unknown_name(check.name)]
    found = list(_argument_problems(check, arguments, required))
    if not found:
        found += [
            CheckProblem(where=(key,) if key in check.arguments else (), problem=what, remedy=how)
            for key, what, how in value_problems(check.name, check.arguments)
        ]
    found += _column_problems(check.arguments, columns)
    found += _engine_problems(check, layer)
    found += _on_failure_problems(check, layer)
    return found


def _unknown_name(name: str) -> CheckProblem:
    known = [*ALIASES, *expectations()]
    suggestion = OTHER_WORDS.get(name) or did_you_mean(name, known)
    remedy = (
        f"did you mean {suggestion!r}?"
        if suggestion
        else f"the short names are {', '.join(ALIASES)}; every expect_… of GX core has its own"
    )
    return CheckProblem(problem=f"there is no check {name!r}", remedy=remedy)


def _argument_problems(
    check: CheckSpec, arguments: Mapping[str, str], required: Sequence[str]
) -> Iterator[CheckProblem]:
    for key, value in check.arguments.items():
        if key not in arguments:
            close = did_you_mean(key, list(arguments))
            hint = f"did you mean {close!r}?" if close else f"it takes {', '.join(arguments)}"
            yield CheckProblem(where=(key,), problem=f"{check.name} takes no {key!r}", remedy=hint)
        elif problem := type_problem(value, arguments[key]):
            yield CheckProblem(
                where=(key,), problem=f"{key} {problem}", remedy=f"mend {key} of {check.name}"
            )
    for key in required:
        if key not in check.arguments:
            yield CheckProblem(
                problem=f"{check.name} needs {key!r}",
                remedy=f"write `- {check.name}: {{{key}: …}}`",
            )


def _column_problems(
    arguments: Mapping[str, Any], columns: Sequence[str] | None
) -> Iterator[CheckProblem]:
    if columns is None:
        return
    for key in COLUMN_ARGUMENTS:
        if key in arguments and arguments[key] not in columns:
            yield _unknown_column(key, arguments[key], columns)
    for key in COLUMN_LISTS:
        listed = arguments.get(key)
        for column in listed if isinstance(listed, list | tuple) else ():
            if column not in columns:
                yield _unknown_column(key, column, columns)


def _unknown_column(key: str, column: object, columns: Sequence[str]) -> CheckProblem:
    close = did_you_mean(str(column), columns)
    hint = f"did you mean {close!r}?" if close else f"the columns are {', '.join(columns)}"
    return CheckProblem(where=(key,), problem=f"there is no column {column!r}", remedy=hint)


def _engine_problems(check: CheckSpec, layer: Layer) -> Iterator[CheckProblem]:
    alias, engine = ALIASES.get(check.name), ENGINES[layer]
    entry = expectations()[alias.expectation if alias else check.name]
    if engine not in entry.engines:
        other = "silver or gold" if layer is Layer.BRONZE else "bronze"
        yield CheckProblem(
            problem=f"{check.name} cannot be checked in {layer}: GX does not know it for {engine}",
            remedy=f"put it on {other}, or use another check",
        )


def _on_failure_problems(check: CheckSpec, layer: Layer) -> Iterator[CheckProblem]:
    if check.on_failure is not OnFailure.QUARANTINE:
        return
    if layer is Layer.BRONZE:
        yield CheckProblem(
            where=("on_failure",),
            problem="bronze keeps the source's own bytes: no row of it can step aside",
            remedy="put the check on silver with on_failure: quarantine; here, fail or warn",
        )
        return
    expectation = resolve(check, layer, None).expectation
    if check.name != "foreign_key" and expectation not in QUARANTINE_EXPECTATIONS:
        yield CheckProblem(
            where=("on_failure",),
            problem=f"{check.name} says nothing of single rows: none of them can be quarantined",
            remedy="use on_failure: fail or warn",
        )
    elif "row_condition" in check.arguments or (expectation == ROWS and check.name == ROWS):
        yield CheckProblem(
            where=("on_failure",),
            problem="rows cannot be quarantined by a check with a row_condition",
            remedy="use on_failure: fail or warn, or leave row_condition out",
        )
