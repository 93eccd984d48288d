"""Limits on an SQL text, checked on its tokens before a parser recurses into it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from medallion.sql.libpg_query import Token
from medallion.sql.problem import QueryProblem, problem_at

LONGEST = 100_000
"""Characters of one query."""
MOST_COMMENTS = 1_000
DEEPEST = 50
"""Brackets, subqueries and CASE in one another."""
LONGEST_CHAIN = 200
"""Operators in a row, set operations or joins at one level: the parser nests each in the next."""

_OPENING = frozenset(("(", "[", "case"))
_CLOSING = frozenset((")", "]", "end"))
_LINKS = frozenset(("union", "intersect", "except", "join"))
_SEPARATORS = frozenset(
    (*(",", "and", "or", "when", "then", "else", "select", "from", "where", "on", "having", "by"),)
)
_OPERATOR_WORDS = frozenset(("not", "at", "collate", "is", "like", "ilike", "similar", "between"))
_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?]+|::")
_REMEDY = "split it into common table expressions (WITH …), or into several tables"


def length_problem(text: str) -> QueryProblem | None:
    """The problem of a text that is too long or has too many comments, which may nest; else
    None."""
    if len(text) > LONGEST:
        problem = f"the query has {len(text):,} characters, and {LONGEST:,} are the most"
        return problem_at(text, LONGEST, problem, "split it into several tables")
    if text.count("/*") > MOST_COMMENTS:
        problem = f"the query has more than {MOST_COMMENTS:,} comments"
        return problem_at(text, text.rindex("/*"), problem, "leave some of them out")
    return None


def nesting_problem(text: str, tokens: Sequence[Token]) -> QueryProblem | None:
    """The problem of a text that nests too deep, with the place; else None."""
    operators, links = [0], [0]
    for token in tokens:
        word = token.word
        if word in _OPENING:
            operators.append(0)
            links.append(0)
        elif word in _CLOSING and len(operators) > 1:
            operators.pop()
            links.pop()
        elif word in _LINKS:
            links[-1] += 1
        elif word in _SEPARATORS:
            operators[-1] = 0
        elif word in _OPERATOR_WORDS or _OPERATOR.fullmatch(word):
            operators[-1] += 1
        if len(operators) > DEEPEST:
            problem = f"the query nests brackets, subqueries or CASE more than {DEEPEST} deep"
            return problem_at(text, token.start, problem, _REMEDY)
        if operators[-1] > LONGEST_CHAIN or links[-1] > LONGEST_CHAIN:
            problem = f"the query chains more than {LONGEST_CHAIN} operators, joins or UNIONs"
            return problem_at(text, token.start, problem, _REMEDY)
    return None


def deepest(tokens: Sequence[Token]) -> int:
    """The offset of the deepest nesting: for a tree that could not be followed after all."""
    depth = most = place = 0
    for token in tokens:
        depth += (token.word in _OPENING) - (token.word in _CLOSING)
        if depth > most:
            most, place = depth, token.start
    return place
