"""Something wrong in a text of SQL, with its place."""

from __future__ import annotations

from dataclasses import dataclass

_WIDTH = 100
"""Of the piece of a long line that is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryProblem:
    """Something wrong in a text of SQL; line and column from 1, 0 where there is no place."""

    line: int = 0
    column: int = 0
    problem: str
    remedy: str = ""


class QueryNotRead(Exception):
    """A text of SQL that is refused; `problem` has the place, and what its author can do."""

    def __init__(self, problem: QueryProblem) -> None:
        super().__init__(problem.problem)
        self.problem = problem


def place_of_offset(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset in characters.

    >>> place_of_offset("select 1\\nfrom a", 14)
    (2, 6)
    """
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


def excerpt(text: str, offset: int) -> str:
    """The line of an offset with a caret below it, cut to 100 characters.

    >>> print(excerpt("select 1\\nfrom a", 14))
        2 | from a
          |      ^
    """
    line, column = place_of_offset(text, offset)
    said = "".join(c if c.isprintable() else " " for c in text.split("\n")[line - 1])
    start = max(0, column - _WIDTH // 2) if len(said) > _WIDTH else 0
    gutter = f"{line:>5} | "
    shown = said[start : start + _WIDTH].rstrip()
    return f"{gutter}{shown}\n{'| ':>{len(gutter)}}{' ' * (column - 1 - start)}^"


def problem_at(text: str, offset: int, problem: str, remedy: str) -> QueryProblem:
    """A problem whose line and column are worked out from an offset."""
    line, column = place_of_offset(text, offset)
    return QueryProblem(line=line, column=column, problem=problem, remedy=remedy)
