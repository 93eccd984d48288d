"""The parts of a manifest that stand elsewhere in it: `$ref`, and `*ref(…)` of older ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from medallion.workbench.imports.base.node import Defaults, Leftovers, Node, mapping
from medallion.workbench.imports.base.yaml_values import join_parts

_OLD = re.compile(r"\*ref\((.+)\)")
_DEEPEST = 16
_MOST_PARTS = 20_000
"""Of one schema: references to references double what they name."""


class References:
    """Follows references within one document; one that leads nowhere is reported."""

    def __init__(self, data: Mapping[str, Any], leftovers: Leftovers) -> None:
        self._data = data
        self.leftovers = leftovers
        self.used: set[str] = set()
        self._nodes: dict[str, Node] = {}
        self._parts = 0

    def node(self, owner: Node, key: str) -> Node:
        """A mapping below, with what it refers to."""
        owner.use(key)
        return self.open(owner.peek(key), owner.at(key))

    def nodes(self, owner: Node, key: str) -> list[Node]:
        """The mappings of a list below, each with what it refers to."""
        listed = owner.peek(key)
        if not isinstance(listed, list):
            return []
        owner.use(key)
        return [self.open(one, f"{owner.at(key)}[{at}]") for at, one in enumerate(listed)]

    def open(self, value: object, place: str) -> Node:
        """A value as a mapping. Keys beside a reference come before those of what it names."""
        if place in self._nodes:
            return self._nodes[place]
        said, target = self._follow(value, place)
        own = {key: one for key, one in mapping(value).items() if key != "$ref"}
        usual = Defaults(own=own, place=target) if target else None
        node = Node({**said, **own}, place, self.leftovers, usual)
        node.drop("$ref")
        if not isinstance(value, Mapping) and not target and value is not None:
            self.leftovers.leave(place, "it is not a mapping")
        self._nodes[place] = node
        return node

    def plain(self, value: Any, place: str) -> Any:
        """A value with all references in it followed, for a JSON schema. Of one that leads back to
        what it is in there is the type alone: of a comment with answers, which are comments."""
        self._parts = 0
        found = self._plain(value, place, ())
        if self._parts > _MOST_PARTS:
            self.leftovers.leave(place, f"its references make more than {_MOST_PARTS:,} parts")
        return found

    def _plain(self, value: Any, place: str, within: tuple[str, ...], depth: int = 0) -> Any:
        self._parts += 1
        if depth > 4 * _DEEPEST or self._parts > _MOST_PARTS:
            return {}
        if isinstance(value, Mapping):
            target = self.target(value)
            if target in within:
                return {key: one for key, one in mapping(self._at(target)).items() if key == "type"}
            said, _ = self._follow(value, place)
            own = {**said, **{key: one for key, one in value.items() if key != "$ref"}}
            inside = (*within, target) if target else within
            return {
                key: self._plain(one, join_parts(place, str(key)), inside, depth + 1)
                for key, one in own.items()
            }
        if isinstance(value, list):
            return [
                self._plain(one, f"{place}[{at}]", within, depth + 1)
                for at, one in enumerate(value)
            ]
        return value

    def list_schemas(self) -> Iterator[tuple[str, object]]:
        """The parts of `schemas` that something refers to, by their places."""
        for place in sorted(one for one in self.used if one.startswith("schemas.")):
            yield place, self._at(place)

    def target(self, value: object) -> str:
        """The place that a value refers to; empty: it refers to none."""
        named = value.get("$ref") if isinstance(value, Mapping) else value
        if not isinstance(named, str):
            return ""
        if named.startswith("#/"):
            return named.removeprefix("#/").replace("/", ".")
        found = _OLD.fullmatch(named.strip())
        return found[1].strip() if found else ""

    def report(self) -> None:
        """Report what nobody has read of all parts that were opened."""
        for node in self._nodes.values():
            node.report_unread()

    def list_unused(self, place: str = "definitions") -> Iterator[str]:
        """The parts of `definitions` and the like that nothing refers to, as far up as they go."""
        yield from self._find_unused(self._at(place), place)

    def _find_unused(self, value: object, place: str) -> Iterator[str]:
        if any(one == place or place.startswith(f"{one}.") for one in self.used):
            return
        if not any(one.startswith(f"{place}.") for one in self.used):
            yield place
        else:
            for key, one in mapping(value).items():
                yield from self._find_unused(one, join_parts(place, str(key)))

    def _follow(self, value: object, place: str) -> tuple[Mapping[str, Any], str]:
        """What a value refers to in the end, each step below the one before it, and where that is;
        the value itself where it refers to nothing."""
        found: Mapping[str, Any] = mapping(value)
        last = ""
        for _ in range(_DEEPEST):
            target = self.target(value)
            if not target:
                break
            self.used.add(target)
            value = self._at(target)
            if value is None:
                self.leftovers.leave(place, f"{target} is not in the document")
                break
            own = {key: one for key, one in found.items() if key != "$ref"}
            found, last = {**mapping(value), **own}, target
        return {key: one for key, one in found.items() if key != "$ref"}, last

    def _at(self, place: str) -> object:
        found: object = self._data
        for name in place.split("."):
            found = mapping(found).get(name)
        return found
