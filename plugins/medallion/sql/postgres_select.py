"""One SELECT, read with PostgreSQL's own parser: what it names, and why it is refused.

The tree is only inspected. The server gets the author's text, with the run's values inserted and
its semicolon blanked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from medallion.sql.libpg_query import SqlSyntaxError, Token, character_of, parse, scan
from medallion.sql.nesting import deepest, length_problem, nesting_problem
from medallion.sql.placeholders import (
    Placeholder,
    origin_of,
    parameters_in_place,
    placeholders_of,
    splice_values,
)
from medallion.sql.postgres_tree import MOST_PROBLEMS, Relation, walk
from medallion.sql.problem import QueryProblem, problem_at

_NUMBERED = re.compile(r"\$\d+")
_DEEP = "the query nests deeper than can be followed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectText:
    """The result of reading one SELECT.

    Attributes:
        text: the author's, with a blank for each semicolon: it can be wrapped, on lines of its
            own.
        placeholders: in order.
        relations: the tables that it reads, without its CTEs' names.
        problems: why it may not run; the other attributes are empty then.
    """

    text: str
    placeholders: tuple[Placeholder, ...] = ()
    relations: tuple[Relation, ...] = ()
    problems: tuple[QueryProblem, ...] = ()

    def with_values(self, values: Mapping[str, str]) -> str:
        """The text that the server gets: our SQL in each placeholder's place.

        >>> read = read_select("select * from a where b > :since", {"since"})
        >>> read.with_values({"since": "DATE '2026-01-31'"})
        "select * from a where b > DATE '2026-01-31'"
        """
        return splice_values(self.text, self.placeholders, values)

    def origin(self, values: Mapping[str, str], offset: int) -> int:
        """Where the author wrote what the server complains about: the offset in his text of one in
        `with_values(…)`."""
        return origin_of(self.text, self.placeholders, values, offset)


def read_select(
    text: str, placeholders: Collection[str], *, what: str = "a query", remedy: str = ""
) -> SelectText:
    """Read one SELECT; no server is asked, and nothing is raised.

    Args:
        text: as its author wrote it.
        placeholders: the names that may follow a colon.
        what: the subject of "… is one SELECT".
        remedy: the remedy for anything else.
    """
    try:
        tokens, places, statements = _parse(text, frozenset(placeholders))
        _only_select(text, statements, what, remedy)
    except _Refused as refused:
        return SelectText(text=text, problems=refused.problems)
    found = walk(text, tokens, statements[0]["stmt"])
    return SelectText(
        text=_without_semicolons(text, tokens),
        placeholders=places,
        relations=found.relations,
        problems=found.problems,
    )


def select_tree(text: str, placeholders: Collection[str]) -> Mapping[str, Any] | None:
    """The raw parse tree of a text in which `read_select` finds one SELECT; else None."""
    try:
        statements = _parse(text, frozenset(placeholders))[-1]
        _only_select(text, statements, "", "")
    except _Refused:
        return None
    tree: Mapping[str, Any] = statements[0]["stmt"]
    return tree


_Parsed = tuple[Sequence[Token], tuple[Placeholder, ...], Sequence[Mapping[str, Any]]]


@lru_cache(maxsize=4)
def _parse(text: str, placeholders: frozenset[str]) -> _Parsed:
    """The tokens, placeholders and statements of a text. Several look at the same one in turn: for
    its tables, for its columns, for its words. Nobody changes what is in it.
    """
    tokens = _tokens(text, placeholders)
    places = placeholders_of(tokens, placeholders)
    return tokens, places, _statements(text, tokens, places, placeholders)


class _Refused(Exception):
    """The text is not read any further."""

    def __init__(self, *problems: QueryProblem) -> None:
        super().__init__()
        self.problems = problems


def _tokens(text: str, known: Collection[str]) -> list[Token]:
    """The tokens of a text that is within bounds, without its comments."""
    too_long = length_problem(text)
    if too_long:
        raise _Refused(too_long)
    try:
        tokens = [token for token in scan(text) if not token.is_comment]
    except SqlSyntaxError as error:
        raise _Refused(_syntax_problem(text, error)) from None
    numbered = [token for token in tokens if _NUMBERED.fullmatch(token.text)][:MOST_PROBLEMS]
    if numbered:
        raise _Refused(*(_unknown(text, token.start, token.text, known) for token in numbered))
    too_deep = nesting_problem(text, tokens)
    if too_deep:
        raise _Refused(too_deep)
    return tokens


def _statements(
    text: str, tokens: Sequence[Token], places: Sequence[Placeholder], known: Collection[str]
) -> Sequence[Mapping[str, Any]]:
    try:
        return parse(parameters_in_place(text, places))
    except SqlSyntaxError as error:
        unknown = _unknown_name(text, tokens, error, known)
        raise _Refused(unknown or _syntax_problem(text, error)) from None
    except RecursionError:
        where = deepest(tokens)
        raise _Refused(problem_at(text, where, _DEEP, "split it into several queries")) from None


def _only_select(
    text: str, statements: Sequence[Mapping[str, Any]], what: str, remedy: str
) -> None:
    if len(statements) == 1 and "SelectStmt" in statements[0]["stmt"]:
        return
    said = f"{len(statements)} statements" if len(statements) != 1 else "another statement"
    place = character_of(text, statements[1].get("stmt_location", 0)) if statements[1:] else 0
    place += len(text[place:]) - len(text[place:].lstrip())
    raise _Refused(
        problem_at(
            text,
            place if statements else 0,
            f"{what} is one SELECT; this is {said}",
            remedy or "leave one SELECT (a WITH before it is welcome)",
        )
    )


def _without_semicolons(text: str, tokens: Sequence[Token]) -> str:
    """Every semicolon between tokens is before or behind the one statement."""
    found = list(text)
    for token in tokens:
        if token.text == ";":
            found[token.start] = " "
    return "".join(found)


def _syntax_problem(text: str, error: SqlSyntaxError) -> QueryProblem:
    return problem_at(
        text,
        error.offset,
        f"PostgreSQL cannot read this: {error.message}",
        "correct the SQL: it is PostgreSQL 18's",
    )


def _unknown_name(
    text: str, tokens: Sequence[Token], error: SqlSyntaxError, known: Collection[str]
) -> QueryProblem | None:
    """The syntax error at the colon of a `:name` that nothing is known of."""
    for at, token in enumerate(tokens[:-1]):
        following = tokens[at + 1]
        if token.text == ":" and token.start == error.offset and following.start == token.end:
            return _unknown(text, token.start, f":{following.text}", known)
    return None


def _unknown(text: str, offset: int, shown: str, known: Collection[str]) -> QueryProblem:
    names = ", ".join(f":{name}" for name in known)
    remedy = f"known: {names}" if names else "write the value itself"
    return problem_at(text, offset, f"{shown} is not known here", remedy)
