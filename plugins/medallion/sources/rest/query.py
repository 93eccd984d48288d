"""The JSON body of a POST, for search APIs that take no query parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import JsonValue

Body = dict[str, JsonValue]
Place = tuple[str | int, ...]


def texts_in(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Each text of a JSON value, with its place.

    >>> list(texts_in({"a": ["x", 1]}))
    [(('a', 0), 'x')]
    """
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield from texts_in(below, (*place, key))
    elif isinstance(value, list | tuple):
        for at, below in enumerate(value):
            yield from texts_in(below, (*place, at))


def fill_in(value: Any, fill: Callable[[str], Any], without: Callable[[str], bool]) -> Any:
    """The value with each text filled in; keys and entries with a text that is left out are gone.

    >>> fill_in({"a": ["x", "-"], "b": "-"}, str.upper, lambda text: text == "-")
    {'a': ['X']}
    """
    if isinstance(value, str):
        return fill(value)
    if isinstance(value, Mapping):
        return {
            key: fill_in(below, fill, without)
            for key, below in value.items()
            if not (isinstance(below, str) and without(below))
        }
    if isinstance(value, list | tuple):
        kept = (below for below in value if not (isinstance(below, str) and without(below)))
        return [fill_in(below, fill, without) for below in kept]
    return value


def with_value(body: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The body with a value at a dotted path.

    >>> with_value({"page": {"size": 10}}, "page.number", 2)
    {'page': {'size': 10, 'number': 2}}
    """
    name, _, rest = path.partition(".")
    below = body.get(name)
    inner = below if isinstance(below, Mapping) else {}
    return {**body, name: with_value(inner, rest, value) if rest else value}
