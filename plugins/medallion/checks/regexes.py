"""Regular expressions among the arguments of checks: what is wrong with them, how they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from medallion.checks.pattern_reader import (
    POSTGRES,
    RE2,
    PatternRefused,
    RegexEngine,
    write_for,
)
from medallion.names import Layer

ENGINES: Mapping[Layer, RegexEngine] = {
    Layer.BRONZE: RE2,
    Layer.SILVER: POSTGRES,
    Layer.GOLD: POSTGRES,
}
_ARGUMENTS = ("regex", "regex_list")


def regex_problems(arguments: Mapping[str, Any], layer: Layer) -> Iterator[tuple[str, str, str]]:
    """(argument, problem, remedy) for each pattern that the layer's engine cannot read. Bronze is
    matched by RE2, silver and gold by PostgreSQL.

    >>> [problem for _, problem, _ in regex_problems({"regex": "(a"}, Layer.SILVER)]
    ["'(a' cannot be matched in silver: a ( is not closed"]
    """
    for key in _ARGUMENTS:
        listed = arguments.get(key)
        for pattern in listed if isinstance(listed, list | tuple) else (listed,):
            if not isinstance(pattern, str):
                continue
            try:
                write_for(ENGINES[layer], pattern)
            except PatternRefused as refused:
                problem = f"{pattern!r} cannot be matched in {layer}: {refused.problem}"
                yield key, problem, refused.remedy


def rewrite_patterns(arguments: Mapping[str, Any], engine: RegexEngine) -> dict[str, Any]:
    """The arguments with each pattern rewritten for the engine; `regex_problems` must have found
    nothing."""
    found = dict(arguments)
    for key in _ARGUMENTS:
        if isinstance(found.get(key), str):
            found[key] = write_for(engine, found[key])
        elif key in found:
            found[key] = [write_for(engine, pattern) for pattern in found[key]]
    return found
