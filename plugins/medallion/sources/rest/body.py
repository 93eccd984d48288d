"""Places in a JSON body: dotted paths, and messages for paths that lead nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from medallion.errors import SourceRefused
from medallion.sources.formats.json_keys import key_twice_on

ABSENT: Final = object()
"""What is at a place that a body does not have; a null is there."""

_SHOWN_KEYS = 12
_USUAL_MESSAGES = ("message", "error_description", "detail", "error", "title", "errors", "msg")


def at(document: Any, path: str) -> Any:
    """What a body has at a dotted path.

    >>> at({"meta": {"next": None}}, "meta.next"), at([1], "meta") is ABSENT
    (None, True)
    """
    for name in path.split("."):
        if not isinstance(document, Mapping) or name not in document:
            return ABSENT
        document = document[name]
    return document


def sign_at(document: Any, path: str) -> Any:
    """What a body has at a dotted path that leads through its pages; a key may hold dots itself.

    >>> sign_at({"@odata.nextLink": "https://…"}, "@odata.nextLink")
    'https://…'
    """
    if isinstance(document, Mapping):
        if path in document:
            return document[path]
        name, dot, rest = path.partition(".")
        if dot and name in document:
            return sign_at(document[name], rest)
    return ABSENT


def kind_of(value: Any) -> str:
    """A value of JSON in words.

    >>> kind_of({"data": [], "total": 0}), kind_of([]), kind_of("no")
    ('an object with the keys data, total', 'a list', 'a text')
    """
    if isinstance(value, Mapping):
        keys = [str(key)[:40] for key in value]
        more = ", …" if len(keys) > _SHOWN_KEYS else ""
        listed = ", ".join(keys[:_SHOWN_KEYS]) + more
        return f"an object with the keys {listed}" if keys else "an empty object"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "a list"
    return "a text" if isinstance(value, str) else "a number"


def flag_of(value: Any) -> bool | None:
    """A true or false of JSON, also as a text or as 1 and 0; None where it is neither.

    >>> flag_of(False), flag_of("True"), flag_of(2), flag_of(None)
    (False, True, None, None)
    """
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return bool(value) if value in (True, False) else None


def nothing_at(document: Any, path: str) -> str:
    """Where a path ends: the last place that there is, and what is there instead.

    >>> nothing_at({"data": {"rows": []}}, "data.items")
    'nothing at `data.items`: `data` is an object with the keys rows'
    """
    here, seen = document, "the body"
    for name in path.split("."):
        below = at(here, name)
        if below is ABSENT:
            break
        here = below
        seen = f"`{name}`" if seen == "the body" else f"{seen[:-1]}.{name}`"
    return f"nothing at `{path}`: {seen} is {kind_of(here)}"


def hold_once(document: Any, path: str, name: str) -> None:
    """Refuse a repeated key on a path: readers disagree about which one counts.

    Raises:
        SourceRefused: a key on the path is repeated.
    """
    twice = key_twice_on(document, path)
    if twice is not None:
        raise SourceRefused(
            f"{name}: the key `{twice}` is there more than once: what is at `{path}` is not known",
            remedy="report it to the API's owner: an object of JSON has each key once",
        )


def records_at(document: Any, path: str, name: str) -> list[Any]:
    """The list of records; the body itself if the path is empty. null is an empty list: Go writes
    it so.

    >>> records_at({"data": {"items": [1, 2]}}, "data.items", "orders")
    [1, 2]

    Raises:
        SourceRefused: there is no list, or a key on the path is repeated.
    """
    hold_once(document, path, name)
    found = at(document, path) if path else document
    if found is None:
        return []
    if isinstance(found, list):
        return found
    if not path:
        raise SourceRefused(
            f"{name}: the body is not a list of records, it is {kind_of(found)}",
            remedy="name the place of the list in `records` (data.items), or, where the body "
            "itself is one record, write `single_record: true`",
        )
    what = nothing_at(document, path) if found is ABSENT else f"`{path}` is {kind_of(found)}"
    raise SourceRefused(
        f"{name}: no list of records: {what}",
        remedy="fix `records`, the dotted path of the list in the body",
    )


def whole_number_at(document: Any, path: str, name: str, key: str) -> int:
    """A count in a body, which may be written as a text.

    >>> whole_number_at({"meta": {"total": "12"}}, "meta.total", "orders", "total_path")
    12

    Raises:
        SourceRefused: there is none, so the end of the pages is unknown.
    """
    hold_once(document, path, name)
    found = sign_at(document, path)
    if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) < 20:
        return int(found)
    if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
        return found
    what = nothing_at(document, path) if found is ABSENT else f"`{path}` is {kind_of(found)}"
    raise SourceRefused(
        f"{name}: no total: {what}",
        remedy=f"fix `{key}`, or leave it out: pages are then read until one is empty",
    )


def explanation(document: Any, path: str = "", depth: int = 3) -> str:
    """What an error's body says: at the path that the spec names, or where APIs usually say it.

    >>> explanation({"error": {"message": "no such shop"}})
    'no such shop'
    """
    for place in (path, *_USUAL_MESSAGES) if path else _USUAL_MESSAGES:
        found = at(document, place)
        if isinstance(found, Mapping) and found and depth:
            return explanation(found, depth=depth - 1)
        if found is not ABSENT and found:
            return str(found)
    return "no message"
