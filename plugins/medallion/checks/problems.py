"""What is wrong with a declared check, found before anything runs. Light: runs at every parse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from medallion.checks.aliases import ALIASES, OTHER_ARGUMENTS, OTHER_WORDS
from medallion.checks.argument_types import day_of, type_problem
from medallion.checks.argument_values import value_problems
from medallion.checks.catalogue import expectation_of, expectations, finds_failing_rows, sees_texts
from medallion.checks.column_kinds import kind_problems
from medallion.checks.declaration import CheckSpec, OnFailure
from medallion.checks.regexes import regex_problems
from medallion.checks.resolve import columns_of
from medallion.checks.row_condition import list_compared_columns
from medallion.closest import closest
from medallion.names import Layer

ENGINES = {Layer.BRONZE: "pandas", Layer.SILVER: "postgres", Layer.GOLD: "postgres"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProblem:
    """One problem with a check. `where` leads to the argument; () is the check itself."""

    where: tuple[str, ...] = ()
    problem: str
    remedy: str


def check_problems(
    check: CheckSpec,
    layer: Layer,
    columns: Sequence[str] | None,
    types: Mapping[str, str] | None = None,
) -> list[CheckProblem]:
    """Everything that is wrong with a check, without importing GX. It raises nothing.

    Args:
        check: as declared.
        layer: bronze checks run in pandas, silver and gold in PostgreSQL.
        columns: of the silver table; None where they are not known before the data is.
        types: by column, its scalar type, of those whose type is known.
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
        found += _value_problems(check, layer)
    if not found and layer is Layer.BRONZE:
        found += _condition_problems(check)
    if not found and types:
        for key, problem, remedy in kind_problems(check.name, check.arguments, types):
            found.append(CheckProblem(where=(key,), problem=problem, remedy=remedy))
    if columns is not None:
        found += _column_problems(check.arguments, columns)
    found += _engine_problems(check, layer)
    found += _on_failure_problems(check, layer)
    return found


def _unknown_name(name: str) -> CheckProblem:
    known = [*ALIASES, *expectations()]
    suggestion = OTHER_WORDS.get(name) or closest(name, known)
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
            yield _unknown_argument(check.name, key, arguments)
        elif problem := type_problem(value, arguments[key]):
            yield CheckProblem(
                where=(key,), problem=f"{key} {problem}", remedy=f"correct {key} of {check.name}"
            )
    for key in required:
        if key not in check.arguments:
            yield CheckProblem(
                problem=f"{check.name} needs {key!r}",
                remedy=f"write `- {check.name}: {{{key}: …}}`",
            )


def _unknown_argument(name: str, key: str, arguments: Mapping[str, str]) -> CheckProblem:
    known = [*arguments, "on_failure", "description", "whole"]
    close = next((word for word in OTHER_ARGUMENTS.get(key, ()) if word in known), None)
    close = close or closest(key, known)
    hint = f"did you mean {close!r}?" if close else f"it takes {', '.join(arguments)}"
    return CheckProblem(where=(key,), problem=f"{name} takes no {key!r}", remedy=hint)


def _value_problems(check: CheckSpec, layer: Layer) -> Iterator[CheckProblem]:
    arguments = check.arguments
    for key, what, how in (
        *value_problems(check.name, arguments),
        *regex_problems(arguments, layer),
    ):
        yield CheckProblem(where=(key,) if key in arguments else (), problem=what, remedy=how)


def _column_problems(
    arguments: Mapping[str, Any], columns: Sequence[str]
) -> Iterator[CheckProblem]:
    for key, column in columns_of(arguments):
        if column not in columns:
            close = closest(column, columns)
            hint = f"did you mean {close!r}?" if close else f"the columns are {', '.join(columns)}"
            yield CheckProblem(where=(key,), problem=f"there is no column {column!r}", remedy=hint)


def _engine_problems(check: CheckSpec, layer: Layer) -> Iterator[CheckProblem]:
    engine, entry = ENGINES[layer], expectation_of(check.name)
    if entry and engine not in entry.engines:
        other = "silver or gold" if layer is Layer.BRONZE else "bronze"
        yield CheckProblem(
            problem=f"{check.name} cannot be checked in {layer}: GX does not know it for {engine}",
            remedy=f"put it on {other}, or use another check",
        )
    elif layer is Layer.BRONZE:
        yield from _date_problems(check)


def _date_problems(check: CheckSpec) -> Iterator[CheckProblem]:
    """GX compares a bound that reads like a date with dates only."""
    bounds = {key for key in ("min_value", "max_value") if day_of(check.arguments.get(key))}
    if _asks_for_age(check) or bounds:
        yield CheckProblem(
            where=tuple(sorted(bounds)[:1]),
            problem=f"{check.name} cannot be checked in bronze: a landing holds no dates yet, only "
            "their texts",
            remedy="put it on silver or gold",
        )


def _asks_for_age(check: CheckSpec) -> bool:
    alias = ALIASES.get(check.name)
    return alias is not None and alias.of_moments


def _condition_problems(check: CheckSpec) -> Iterator[CheckProblem]:
    """A landing's column is seen as texts or as numbers, and by one check not as both."""
    as_texts = sees_texts(check.name, check.arguments)
    own = {column for key, column in columns_of(check.arguments) if key != "row_condition"}
    for column, kind in list_compared_columns(check.arguments.get("row_condition")):
        if kind is date:
            why = "a landing holds no dates yet, only their texts"
        elif column in own and kind is (object if as_texts else str):
            seen = ("texts", "a number") if as_texts else ("numbers", "a text")
            why = f"the check sees {column} as {seen[0]}, its row_condition compares {seen[1]}"
        else:
            continue
        yield CheckProblem(
            where=("row_condition",),
            problem=f"{check.name} cannot be checked in bronze: {why}",
            remedy="put it on silver or gold",
        )


def _on_failure_problems(check: CheckSpec, layer: Layer) -> Iterator[CheckProblem]:
    if check.on_failure is not OnFailure.QUARANTINE:
        return
    where = ("on_failure",)
    if layer is Layer.BRONZE:
        yield CheckProblem(
            where=where,
            problem="bronze keeps the source's own bytes: no row of it can be quarantined",
            remedy="put the check on silver with on_failure: quarantine; here, fail or warn",
        )
    elif not finds_failing_rows(check.name):
        entry = expectations().get(check.name)
        why = (
            "cannot quarantine: its failing rows are not to be found one by one"
            if entry and entry.looks_at_rows
            else "does not judge single rows: none of them can be quarantined"
        )
        yield CheckProblem(
            where=where, problem=f"{check.name} {why}", remedy="use on_failure: fail or warn"
        )
    elif "row_condition" in check.arguments:
        yield CheckProblem(
            where=where,
            problem="rows cannot be quarantined by a check with a row_condition",
            remedy="use on_failure: fail or warn, or leave row_condition out",
        )
