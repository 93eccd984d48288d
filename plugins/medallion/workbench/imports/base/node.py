"""The input as importers read it: each mapping knows which of its keys were read.

What nobody has read is reported at the end, with its place: so an importer cannot leave a key out
in silence, also one that did not exist when it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from medallion.workbench.imports.base.outcome import NotMapped
from medallion.workbench.imports.base.python_values import Expression
from medallion.workbench.imports.base.yaml_values import join_parts

UNKNOWN = "Medallion has no counterpart, or the importer does not know this key"
COMPUTED = "Python computes it, and nothing of the file is run"
WRITE_VALUE = "write its value into the spec"


@dataclass(slots=True)
class Leftovers:
    """What was not mapped, in the order in which it was found."""

    lines: Mapping[str, int] = field(default_factory=dict)
    found: list[NotMapped] = field(default_factory=list)

    def leave(self, place: str, why: str, instead: str = "") -> None:
        """Something of the input that no draft says."""
        line = self.lines.get(place, 0)
        self.found.append(NotMapped(place=place, why=why, instead=instead, line=line))

    def in_order(self) -> tuple[NotMapped, ...]:
        """By line where lines are known, each once."""
        return tuple(dict.fromkeys(sorted(self.found, key=lambda one: one.line)))


class Node:
    """A mapping of the input. A value of another kind than is asked for counts as unread."""

    def __init__(self, value: object, place: str, leftovers: Leftovers) -> None:
        self.value: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        self.place = place
        self.leftovers = leftovers
        self._read: set[str] = set()
        self._below: dict[str, Node] = {}

    def __contains__(self, key: str) -> bool:
        return self.value.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.value)

    def at(self, key: str) -> str:
        """`streams[0].name`: where a key is in the file, for what could not be taken over."""
        return join_parts(self.place, key)

    def peek(self, key: str) -> Any:
        """A value, which stays unread."""
        return self.value.get(key)

    def take(self, *keys: str) -> Any:
        """The value of the first of these keys that has one; None without any."""
        for key in keys:
            if self.value.get(key) is not None:
                self._read.add(key)
                return self.value[key]
        return None

    def text(self, *keys: str) -> str:
        """A text, or a number or boolean as one; empty without any."""
        for key in keys:
            found = self.value.get(key)
            if isinstance(found, str | int | float):
                self._read.add(key)
                return str(found).strip() if not isinstance(found, bool) else str(found).lower()
        return ""

    def texts(self, *keys: str) -> list[str]:
        """The first of these keys that holds texts: a list, or one text as a list of one. Empty
        where none does; what is of another shape stays unread, and is reported."""
        for key in keys:
            found = self.value.get(key)
            listed = [found] if isinstance(found, str) else found
            if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
                self._read.add(key)
                return list(listed)
        return []

    def flag(self, key: str) -> bool:
        """Whether a boolean is set."""
        found = self.value.get(key)
        if isinstance(found, bool):
            self._read.add(key)
        return found is True

    def node(self, *keys: str) -> Node:
        """A mapping below; an empty one without any."""
        for key in keys:
            if isinstance(self.value.get(key), Mapping):
                return self._child(key, self.value[key], self.at(key))
        return Node({}, self.at(keys[0]), self.leftovers)

    def nodes(self, *keys: str) -> list[Node]:
        """The mappings of a list below."""
        for key in keys:
            found = self.value.get(key)
            if isinstance(found, list):
                place = self.at(key)
                return [
                    self._child(key, one, f"{place}[{number}]")
                    for number, one in enumerate(found)
                    if isinstance(one, Mapping)
                ]
        return []

    def items(self) -> Iterator[tuple[str, Node]]:
        """Each key whose value is a mapping."""
        for key, value in self.value.items():
            if isinstance(value, Mapping):
                yield key, self._child(key, value, self.at(key))

    def drop(self, *keys: str) -> None:
        """Keys that mean nothing here, and need no report."""
        self._read.update(keys)

    def leave(self, key: str, why: str, instead: str = "") -> None:
        """A key that is understood and not mapped; nothing where it is not there."""
        if key in self and self.value[key] not in ([], {}, ""):
            self._read.add(key)
            self.leftovers.leave(self.at(key), why, instead)

    def leave_all(self, why: str, instead: str = "") -> None:
        """The mapping itself is not mapped, and nothing in it is reported by itself."""
        self._read.update(self.value)
        self._below.clear()
        self.leftovers.leave(self.place, why, instead)

    def report_unread(self) -> None:
        """Report each key that nobody has read, here and below; empty ones say nothing."""
        for key, value in self.value.items():
            if key in self._read or value in (None, "", [], {}, False):
                continue
            if is_computed(value):
                self.leftovers.leave(self.at(key), COMPUTED, WRITE_VALUE)
            else:
                self.leftovers.leave(self.at(key), UNKNOWN)
        for one in self._below.values():
            one.report_unread()

    def _child(self, key: str, value: object, place: str) -> Node:
        self._read.add(key)
        if place not in self._below:
            self._below[place] = Node(value, place, self.leftovers)
        return self._below[place]


def mapping(value: object) -> Mapping[str, Any]:
    """A mapping of the input; an empty one where it is something else."""
    return value if isinstance(value, Mapping) else {}


def is_computed(value: object) -> bool:
    """Whether a Python file computes it, so that it is not known."""
    return isinstance(value, Expression)
