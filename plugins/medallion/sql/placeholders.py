"""Finds `:name` in an SQL text with PostgreSQL's scanner, and replaces it by offset.

The rest of the text stays as its author wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from medallion.sql.libpg_query import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A `:name` in a text; the offsets include the colon."""

    name: str
    start: int
    end: int


def placeholders_of(tokens: Sequence[Token], names: Collection[str]) -> tuple[Placeholder, ...]:
    """The places where one of these names follows a colon.

    A colon before another name is SQL: an array slice, `a[1:n]`.
    """
    return tuple(
        Placeholder(name=name.text, start=colon.start, end=name.end)
        for colon, name in pairwise(tokens)
        if colon.text == ":" and name.text in names and name.start == colon.end
    )


def parameters_in_place(text: str, placeholders: Sequence[Placeholder]) -> str:
    """The text for the parser: `$1` in each placeholder's place, padded so that no offset
    changes.

    >>> parameters_in_place("a > :since", [Placeholder(name="since", start=4, end=10)])
    'a >  $1   '
    """
    found = list(text)
    for place in placeholders:
        # The space before it keeps `select:run_id` two words.
        found[place.start : place.end] = " $1".ljust(place.end - place.start)
    return "".join(found)


def splice_values(text: str, placeholders: Sequence[Placeholder], values: Mapping[str, str]) -> str:
    """The text with SQL of ours in each placeholder's place.

    >>> splice_values("a > :b", [Placeholder(name="b", start=4, end=6)], {"b": "DATE '2026-01-01'"})
    "a > DATE '2026-01-01'"
    """
    parts, at = [], 0
    for place in placeholders:
        before = text[at : place.start]
        parts += [before, " " if _is_word(before[-1:]) else "", values[place.name]]
        at = place.end
    return "".join((*parts, text[at:]))


def origin_of(
    text: str, placeholders: Sequence[Placeholder], values: Mapping[str, str], offset: int
) -> int:
    """The character of a text that a character of `splice_values(…)` came from.

    >>> origin_of("a > :b", [Placeholder(name="b", start=4, end=6)], {"b": "now()"}, 7)
    4
    """
    longer = 0
    for place in placeholders:
        start = place.start + longer
        space = _is_word(text[place.start - 1 : place.start])
        end = start + space + len(values[place.name])
        if offset < end:
            return min(offset - longer, place.start)
        longer = end - place.end
    return offset - longer


def _is_word(character: str) -> bool:
    return character.isalnum() or (character != "" and character in "_$")
