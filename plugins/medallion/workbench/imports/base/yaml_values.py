"""YAML as other tools write it, with anchors and merge keys, within limits.

Specs are read more strictly (`spec.yaml.loader`): there an anchor hides what a reader should see.
In a dag-factory or dbt file it is everyday.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from medallion.errors import SetupError
from medallion.spec.yaml.scalars import resolve_scalar

MOST_VALUES = 1_000_000
"""Scalars, lists and mappings of one file, each alias counted with all that it repeats."""
MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class _Value:
    """A value, and how many values it is made of."""

    value: Any
    size: int


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come."""

    path: str
    anchor: str | None
    items: list[_Value] = field(default_factory=list)
    is_mapping: bool = False

    def place_of_next(self) -> str:
        """Of the value that comes next; empty where a key does."""
        if not self.is_mapping:
            return f"{self.path}[{len(self.items)}]"
        if len(self.items) % 2 == 0:
            return ""
        return join_parts(self.path, str(self.items[-1].value))

    def close(self) -> _Value:
        size = 1 + sum(item.size for item in self.items)
        if not self.is_mapping:
            return _Value([item.value for item in self.items], size)
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key, item in zip(self.items[::2], self.items[1::2], strict=True):
            if key.value == "<<":
                for one in item.value if isinstance(item.value, list) else [item.value]:
                    merged = {**(one if isinstance(one, Mapping) else {}), **merged}
            else:
                own[str(key.value)] = item.value
        return _Value({**merged, **own}, size)


def join_parts(path: str, key: str) -> str:
    """The place of a key: `tasks.load`."""
    return f"{path}.{key}" if path else key


def read_yaml(text: str) -> tuple[Any, dict[str, int]]:
    """The first document, and the line of each of its values by its place.

    >>> read_yaml("a: &one {b: 1}\\nc: *one")
    ({'a': {'b': 1}, 'c': {'b': 1}}, {'': 1, 'a': 1, 'a.b': 1, 'c': 2})

    Raises:
        SetupError: it is not YAML, or too large or too deep once its aliases are written out.
    """
    lines: dict[str, int] = {}
    try:
        return _build(yaml.parse(text, Loader=yaml.CSafeLoader), lines), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        said = getattr(error, "problem", None) or "it cannot be read"
        raise SetupError(f"this is not YAML{where}: {said}", remedy="name a whole file") from None


def _build(events: Iterator[Event], lines: dict[str, int]) -> Any:
    opened: list[_Open] = []
    known: dict[str, _Value] = {}
    total = 0
    for event in events:
        place = opened[-1].place_of_next() if opened else ""
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            _note(lines, opened, place, event)
            is_mapping = isinstance(event, MappingStartEvent)
            opened.append(_Open(place, event.anchor, is_mapping=is_mapping))
            _hold(len(opened), MAX_DEPTH, "levels")
            continue
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            ended = opened.pop()
            found, anchor = ended.close(), ended.anchor
        elif isinstance(event, AliasEvent):
            found, anchor = _of_alias(event, known), None
            total += found.size
        elif isinstance(event, ScalarEvent):
            found, anchor = _Value(_scalar(event), 1), event.anchor
            total += 1
        else:
            continue
        _hold(total, MOST_VALUES, "values")
        _note(lines, opened, place, event)
        if anchor:
            known[anchor] = found
        if not opened:
            return found.value
        opened[-1].items.append(found)
    return None


def _note(lines: dict[str, int], opened: list[_Open], place: str, event: Event) -> None:
    if event.start_mark and (place or not opened):
        lines.setdefault(place, event.start_mark.line + 1)


def _of_alias(event: AliasEvent, known: Mapping[str, _Value]) -> _Value:
    found = known.get(event.anchor or "")
    if found is None:
        raise SetupError(
            f"the alias *{event.anchor} has no anchor before it",
            remedy="an alias can only repeat what is whole",
        )
    return found


def _scalar(event: ScalarEvent) -> Any:
    if event.implicit[0] and not event.style:
        return resolve_scalar(event.value)
    return event.value


def _hold(number: int, most: int, what: str) -> None:
    if number > most:
        raise SetupError(
            f"it has more than {most:,} {what}", remedy="import a smaller one, or its parts"
        )
