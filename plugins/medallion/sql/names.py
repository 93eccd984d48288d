"""The functions and types of PostgreSQL that an author's SQL may name.

The lists beside this file come from the embedded server's catalogue (`python -m
medallion.local.builtins`); a test compares.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from medallion.closest import closest
from medallion.sql.refused_functions import class_of

FUNCTIONS_FILE = Path(__file__).with_name("allowed_functions.txt")
TYPES_FILE = Path(__file__).with_name("allowed_types.txt")
AGGREGATES_FILE = Path(__file__).with_name("aggregates.txt")
CATALOGUE = "pg_catalog"
"""The schema of everything that is built in: the only one that a function or type may be in."""


@cache
def list_allowed_functions() -> frozenset[str]:
    """The names of allowed functions, without schema. Everything else is refused."""
    return _read_names(FUNCTIONS_FILE)


@cache
def list_allowed_types() -> frozenset[str]:
    """The names of allowed types, as the parser writes them (`int4`)."""
    return _read_names(TYPES_FILE)


@cache
def aggregates() -> frozenset[str]:
    """The names of those among the allowed functions that make one value of several rows."""
    return _read_names(AGGREGATES_FILE)


def function_problem(path: tuple[str, ...]) -> tuple[str, str] | None:
    """(problem, remedy) if a function may not be called; None if it may.

    >>> function_problem(("pg_sleep",))[0]
    'the function pg_sleep is refused: it waits, locks, or speaks to other sessions'

    Args:
        path: its name as PostgreSQL resolves it, with the schema if there is one.
    """
    *schema, name = path
    builtin = not schema or schema == [CATALOGUE]
    if builtin and (name in list_allowed_functions() or name in list_allowed_types()):
        return None
    shown = ".".join(path)
    refused = class_of(name)
    if refused is not None:
        return f"the function {shown} is refused: it {refused.does}", refused.instead
    if not builtin:
        return (
            f"the function {shown} is refused: only PostgreSQL's own functions may be called",
            "write what it does into the SELECT",
        )
    close = closest(name, list_allowed_functions(), cutoff=0.75)
    hint = f"did you mean {close}? " if close else ""
    return (
        f"the function {shown} is not among those that SQL may call here",
        f"{hint}These are PostgreSQL 18's own that only compute; a function of one's own does not "
        "exist: write what it does into the SELECT",
    )


def type_problem(path: tuple[str, ...]) -> tuple[str, str] | None:
    """(problem, remedy) if a type may not be named; None if it may.

    >>> type_problem(("money",)), type_problem(("pg_authid",))[0]
    (None, 'the type pg_authid is not among those that SQL may name here')
    """
    *schema, name = path
    if (not schema or schema == [CATALOGUE]) and name in list_allowed_types():
        return None
    shown = ".".join(path)
    if name.startswith("reg"):
        return (
            f"the type {shown} is refused: its values are looked up in the catalogue",
            "SQL here reads published tables, and nothing else",
        )
    if schema and schema != [CATALOGUE]:
        return (
            f"the type {shown} is refused: only PostgreSQL's own types of data may be named",
            "name the columns; a row's type is not needed",
        )
    close = closest(name, list_allowed_types(), cutoff=0.75)
    return (
        f"the type {shown} is not among those that SQL may name here",
        f"did you mean {close}?" if close else "name one of PostgreSQL's own types of data",
    )


def _read_names(file: Path) -> frozenset[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
