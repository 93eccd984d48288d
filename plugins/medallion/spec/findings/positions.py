"""Key path → line and column, by parsing the text a second time when something is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from medallion.sources.kinds import TABLE_TYPES
from medallion.spec.models.each_table import KEY, list_made

KeyPath = tuple[str | int, ...]
"""("datasets", "movies", "silver", "checks", 0): keys, and positions in lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of a key path in the file; line and column from 1."""

    line: int
    column: int
    key: str


def write_path(path: Sequence[str | int]) -> str:
    """A key path as people write it.

    >>> write_path(("datasets", "movies", "silver", "checks", 0, "between"))
    'datasets.movies.silver.checks[0].between'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class Positions:
    """The places of one file's keys and values."""

    def __init__(self, text: str) -> None:
        """`text` has been accepted by `read_yaml`: no aliases, bounded depth."""
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        if root is None:
            raise ValueError("an empty file has no places")
        self._root: Node = root

    def place(self, path: KeyPath, *, on_key: bool = False) -> Place:
        """The place of the value at `path`, or of its key.

        Parts that the file lacks are skipped: pydantic puts union tags into its locations, and a
        missing key has only its mapping's place. A missing last part stays in the reported key
        path.
        """
        path = self._find_table(path)
        node, followed = self._root, list[str | int]()
        mark = node.start_mark
        for at, part in enumerate(path):
            found = _child(node, part) or _inside_check(node, part)
            if found is None:
                if at == len(path) - 1 and isinstance(part, str):
                    followed.append(part)
                continue
            steps, key_node, node = found
            followed += steps
            mark = key_node.start_mark if on_key and key_node is not None else node.start_mark
        return Place(line=mark.line + 1, column=mark.column + 1, key=write_path(followed))

    def _find_table(self, path: KeyPath) -> KeyPath:
        """Where the author wrote what holds for a dataset that `for_each_table` makes: at the
        table, or at what holds for all of them."""
        if path[:1] != ("datasets",) or len(path) < 2 or self._depth(path[:2]) == 2:
            return path
        if path[1] not in self._made:
            return path
        table, rest = self._made[path[1]], path[2:]
        if not table:
            return (KEY, "listing")
        if rest[:1] == ("source",):
            words = rest[2:] if rest[1:2] and rest[1] in TABLE_TYPES else rest[1:]
            if words[:1] == ("conn_id",):
                return (KEY, *words)
            rest = () if words[:1] in ((), ("table",)) else ("source", *words)
        found: KeyPath = (KEY, "tables", table, *rest)
        most = self._depth(found) - 3
        for holder in ((KEY, "tables", table), (KEY, "defaults")):
            # The cursor of a database's tables stands beside the words on a tool's.
            for own in (rest, rest[1:]) if rest[:2] == ("source", "cursor") else (rest,):
                depth = self._depth((*holder, *own)) - len(holder) + len(rest) - len(own)
                if depth > most:
                    found, most = (*holder, *own), depth
        return found

    @cached_property
    def _made(self) -> Mapping[str | int, str]:
        """By dataset, the table of `for_each_table` that makes it; empty: the listing."""
        found = _child(self._root, KEY)
        raw = {KEY: _plain(found[2])} if found else {}
        return {made.name: made.table for made in list_made(raw)}

    def _depth(self, path: KeyPath) -> int:
        """How many parts of a path are there."""
        node: Node = self._root
        for at, part in enumerate(path):
            found = _child(node, part) or _inside_check(node, part)
            if found is None:
                return at
            node = found[2]
        return len(path)


def _plain(node: Node) -> object:
    """A node's mappings and texts, which is what the names of datasets come from."""
    if isinstance(node, MappingNode):
        return {
            key.value: _plain(value) for key, value in node.value if isinstance(key, ScalarNode)
        }
    return None if node.value in ("null", "~", "") else node.value


_Found = tuple[list[str | int], Node | None, Node]


def _child(node: Node, part: str | int) -> _Found | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == part:
                return [key.value], key, value
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return [part], None, node.value[part]
    return None


def _inside_check(node: Node, part: str | int) -> _Found | None:
    """A check's own keys are below its name: `- between: {on_failure: warn}`."""
    if not isinstance(node, MappingNode) or len(node.value) != 1 or not isinstance(part, str):
        return None
    ((name, body),) = node.value
    if part in ("name", "arguments"):
        return [name.value], name, body
    found = _child(body, part)
    return None if found is None else ([name.value, *found[0]], found[1], found[2])
