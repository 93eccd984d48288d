"""An organisation's own rules: CEL expressions over one table, evaluated in the guarded process.

CEL (https://cel.dev) has no loops, no assignments and no way to anything that it is not given. Its
library ends what nests deeper than 32 levels or goes through more than 10,000 elements; what takes
long in spite of that, the guarded process ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cel_expr_python import cel

_PLACE = re.compile(r"ERROR: <input>:\d+:(\d+): (.*?)(?: \(in container ''\))?(?: \||$)")
_STATUS = re.compile(r"^[A-Z_]+: (.*?)(?: \[[A-Z_]+\])?$")


class ExpressionFailed(Exception):
    """The expression has no answer for a table: it names what is not there, or is of another
    type."""


def expression_problem(expression: str, sample: Mapping[str, Any]) -> str:
    """Why an expression cannot be used; empty if it can.

    Args:
        expression: CEL, true of what keeps the rule.
        sample: the variables that it may name, with values of their types: it is tried on them.
    """
    try:
        holds(expression, sample)
    except ExpressionFailed as failed:
        return str(failed)
    return ""


def holds(expression: str, variables: Mapping[str, Any]) -> bool:
    """Whether an expression is true of what the variables say.

    >>> holds("size(table.grants) > 0", {"table": {"grants": ["bi_reader"]}})
    True

    Raises:
        ExpressionFailed: it has no answer, or one that is neither true nor false.
    """
    try:
        answer = _compile(expression, tuple(variables)).eval(data=dict(variables))
    except RuntimeError as error:
        raise ExpressionFailed(_reason(str(error))) from None
    value = answer.value()
    if not isinstance(value, bool):
        kind = answer.type().name()
        wrong = f"it gives a value of the type {kind.lower()}, and is to be true or false"
        raise ExpressionFailed(_reason(str(value)) if kind == "ERROR" else wrong)
    return value


@lru_cache(maxsize=256)
def _compile(expression: str, variables: tuple[str, ...]) -> cel.Expression:
    """Once for the tables of all specs that a process reads.

    Raises:
        RuntimeError: it is not CEL, or names a variable or a function that there is not.
    """
    return _environment(variables).compile(expression)


@cache
def _environment(variables: tuple[str, ...]) -> cel.Env:
    from cel_expr_python import cel

    kind = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    return cel.NewEnv(variables=dict.fromkeys(variables, kind))


def _reason(text: str) -> str:
    """What the library says, on one line, without the expression itself, which the place shows.

    >>> _reason('NOT_FOUND: Key not found in map : "nme"')
    'there is no key "nme"'
    """
    line = " ".join(text.split())
    if found := _PLACE.search(line):
        return f"character {found[1]}: {found[2].partition(' expecting {')[0]}"
    status = _STATUS.match(line)
    return (status[1] if status else line).replace("Key not found in map :", "there is no key")
