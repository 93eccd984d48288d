"""What the JSON schema of a spec says at a place: descriptions, keys, values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from medallion.authoring.files import is_test_file
from medallion.authoring.key_paths import KeyPath
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec
from medallion.spec.models.unit_tests import TestsSpec
from medallion.spec.schema import schema

Node = Mapping[str, Any]
_CHOICES = ("anyOf", "oneOf", "allOf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A key or a value that may stand somewhere, and what it means."""

    name: str
    description: str = ""
    kind: str = ""
    """The JSON type of its value, or its choices, in words."""


class Schema:
    """One schema, walked along key paths. Where it has choices, all of them are followed."""

    def __init__(self, root: Node) -> None:
        self._root = root

    def describe(self, path: KeyPath) -> str:
        """What the key at the end of a path means, in Markdown; empty where nothing says it."""
        if not path:
            return ""
        nodes = self._nodes(path[:-1])
        last = path[-1]
        for node in nodes:
            if isinstance(last, str) and (found := node.get("properties", {}).get(last)):
                return self._markdown(last, found)
        for found in self._nodes(path):
            if found.get("description"):
                return self._markdown(str(last), found)
        return ""

    def keys(self, path: KeyPath) -> tuple[Word, ...]:
        """The keys that a mapping at a path may have, in the schema's order."""
        found: dict[str, Word] = {}
        for node in self._nodes(path):
            for name, value in node.get("properties", {}).items():
                found.setdefault(
                    name,
                    Word(name=name, description=self._describe(value), kind=self._kind(value)),
                )
        return tuple(found.values())

    def values(self, path: KeyPath) -> tuple[str, ...]:
        """The values that a key at a path may have, where they are listed or shown as examples."""
        found: dict[str, None] = {}
        for node in self._nodes(path):
            for value in (*node.get("enum", ()), *node.get("examples", ())):
                found[_text(value)] = None
            if "const" in node:
                found[_text(node["const"])] = None
            if node.get("type") == "boolean":
                found |= {"true": None, "false": None}
        return tuple(found)

    def _nodes(self, path: KeyPath) -> list[Node]:
        nodes = list(self._alternatives(self._root))
        for part in path:
            nodes = [
                one for node in nodes for child in _children(node, part)
                for one in self._alternatives(child)
            ]  # fmt: skip
        return nodes

    def _alternatives(self, node: Node) -> Iterator[Node]:
        """The node itself, and all that it refers to or chooses from."""
        yield node
        if "$ref" in node:
            name = str(node["$ref"]).rpartition("/")[2]
            yield from self._alternatives(self._root["$defs"][name])
        for choice in _CHOICES:
            for one in node.get(choice, ()):
                yield from self._alternatives(one)

    def _describe(self, node: Node) -> str:
        return next(
            (str(one["description"]) for one in self._alternatives(node) if one.get("description")),
            "",
        )

    def _kind(self, node: Node) -> str:
        kinds: dict[str, None] = {}
        for one in self._alternatives(node):
            if "enum" in one:
                kinds[" | ".join(map(_text, one["enum"]))] = None
            elif "const" in one:
                kinds[_text(one["const"])] = None
            elif isinstance(one.get("type"), str) and one["type"] != "null":
                kinds[one["type"]] = None
        return " or ".join(kinds)

    def _markdown(self, name: str, node: Node) -> str:
        kind, default = self._kind(node), node.get("default")
        lines = [f"**{name}**" + (f": {kind}" if kind else "")]
        if said := self._describe(node):
            lines.append(said)
        if default not in (None, "", [], {}) and not isinstance(default, dict | list):
            lines.append(f"Default: `{_text(default)}`")
        return "\n\n".join(lines)


@cache
def schema_of(path: str) -> Schema | None:
    """The schema of a file, by its path below the project; None of one without."""
    if not path.startswith("specs/") or not path.endswith(".yaml"):
        return None
    if is_test_file(path):
        return Schema(schema(TestsSpec))
    return Schema(schema(DomainSpec if path.endswith("/domain.yaml") else PipelineSpec))


def _children(node: Node, part: str | int) -> Iterator[Node]:
    if isinstance(part, int):
        items = node.get("items")
        if isinstance(items, dict):
            yield items
        return
    if (found := node.get("properties", {}).get(part)) is not None:
        yield found
        return
    for pattern, found in node.get("patternProperties", {}).items():
        if re.search(pattern, str(part)):
            yield found
    if isinstance(node.get("additionalProperties"), dict):
        yield node["additionalProperties"]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
