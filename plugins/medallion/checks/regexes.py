"""Regular expressions of checks: bronze is read by Python, silver and gold by PostgreSQL.

The two agree on most of what people write. Where they do not, PostgreSQL would take the text for
something else without a word, so that is told here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from medallion.names import Layer

_ARGUMENTS = ("regex", "regex_list")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_POSIX_CLASS = re.compile(r"\[:\w+:\]")

_NOT_IN_POSTGRES = {
    "b": ("a backspace", "the edge of a word", r"\y"),
    "B": ("a backslash", "what is no edge of a word", r"\Y"),
}
_ONLY_IN_POSTGRES = frozenset("yYmM")


def regex_problems(arguments: Mapping[str, Any], layer: Layer) -> Iterator[tuple[str, str, str]]:
    """The argument, what is wrong and what to do, for each pattern that its engine cannot read."""
    for key in _ARGUMENTS:
        listed = arguments.get(key)
        for pattern in listed if isinstance(listed, list | tuple) else (listed,):
            if isinstance(pattern, str) and (problem := _problem(pattern, layer)):
                yield key, *problem


def _problem(pattern: str, layer: Layer) -> tuple[str, str] | None:
    if layer is Layer.BRONZE:
        if _POSIX_CLASS.search(pattern):
            return f"{pattern!r}: Python knows no [:classes:]", r"write \d, \w, \s or the letters"
        return _broken(pattern, pattern)
    escapes = set(_ESCAPE.findall(pattern)) if "\\" in pattern else ()
    for letter in escapes:
        if letter in _NOT_IN_POSTGRES:
            means, wanted, instead = _NOT_IN_POSTGRES[letter]
            return (
                f"{pattern!r}: \\{letter} is {means} for PostgreSQL",
                f"{wanted} is {instead} there",
            )
    if "(?P" in pattern:
        return f"{pattern!r}: PostgreSQL knows no named groups", "write ( instead of (?P<name>"
    # What only PostgreSQL knows is taken for something as long that Python can read.
    readable = _POSIX_CLASS.sub("a", pattern) if "[:" in pattern else pattern
    if not _ONLY_IN_POSTGRES.isdisjoint(escapes):
        readable = _ESCAPE.sub(
            lambda found: r"\b" if found[1] in _ONLY_IN_POSTGRES else found[0], readable
        )
    return _broken(pattern, readable)


def _broken(pattern: str, readable: str) -> tuple[str, str] | None:
    try:
        re.compile(readable)
    except re.error as error:
        return f"{pattern!r} is no regular expression: {error}", "mend it"
    return None
