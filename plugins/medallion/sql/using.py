"""Where in a text a name of `JOIN … USING (…)` stands: PostgreSQL's tree does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from medallion.sql.libpg_query import Token, character_of, scan


def using_offset(text: str, join: Mapping[str, Any], name: str) -> int:
    """The character of a name in the USING of a join; 0 where it is not found.

    USING follows what is joined, and is between as many brackets as JOIN does.

    Args:
        text: the text that was parsed.
        join: the node of the join.
        name: one of its names.
    """
    places = sorted(character_of(text, place) for place in _locations([join["larg"], join["rarg"]]))
    tokens = [token for token in scan(text) if not token.is_comment]
    depths = list(_depths(tokens))
    if not places:
        return 0
    within = [
        depth
        for token, depth in zip(tokens, depths, strict=True)
        if places[0] <= token.start <= places[-1]
    ]
    for at, token in enumerate(tokens[:-1]):
        behind = token.start > places[-1] and depths[at] == min(within, default=0)
        if behind and token.word == "using" and tokens[at + 1].text == "(":
            return _in_brackets(tokens[at + 2 :], name)
    return places[-1]


def _in_brackets(tokens: Sequence[Token], name: str) -> int:
    for token in tokens:
        if name in (token.word, token.text.strip('"').replace('""', '"')):
            return token.start
        if token.text == ")":
            break
    return tokens[0].start


def _depths(tokens: Sequence[Token]) -> Iterator[int]:
    """How many brackets are open at each token; a bracket is within itself."""
    depth = 0
    for token in tokens:
        depth += token.text == "("
        yield depth
        depth -= token.text == ")"


def _locations(tree: Any) -> Iterator[int]:
    todo = [tree]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value
        elif isinstance(value, Mapping):
            if "location" in value:
                yield int(value["location"])
            todo += value.values()
