"""The input as importers read it: each mapping knows which of its keys were read.

What nobody has read is reported at the end, with its place: so an importer cannot leave a key out
in silence, also one that did not exist when it was written. What an importer drops is listed too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from medallion.workbench.imports.base.outcome import NotMapped
from medallion.workbench.imports.base.python_values import Expression
from medallion.workbench.imports.base.yaml_values import join_parts

UNKNOWN = "Medallion has no counterpart, or the importer does not know this key"
NEEDLESS = "a number or a setting of the other tool's own: nothing is lost without it"
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

    def drop(self, place: str) -> None:
        """Something of the input without which nothing is lost."""
        line = self.lines.get(place, 0)
        self.found.append(NotMapped(place=place, why=NEEDLESS, line=line, is_needless=True))

    def in_order(self) -> tuple[NotMapped, ...]:
        """By line where lines are known, each once. What is needless within something else that is
        not mapped is not listed by itself."""
        left = {one.place for one in self.found if not one.is_needless}
        found = [one for one in self.found
                 if not one.is_needless or left.isdisjoint(_list_owners(one.place))]  # fmt: skip
        return tuple(dict.fromkeys(sorted(found, key=lambda one: one.line)))


def _list_owners(place: str) -> Iterator[str]:
    """A place, and each that it is in: `a.b[0]`, `a.b`, `a`, and the whole input."""
    yield place
    yield from (place[:at] for at, one in enumerate(place) if one in ".[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a mapping has from elsewhere in the input: `own` are its own keys, all others are of the
    mapping at `place`."""

    own: Mapping[str, Any]
    place: str


class Node:
    """A mapping of the input. A value of another kind than is asked for counts as unread."""

    def __init__(
        self, value: object, place: str, leftovers: Leftovers, defaults: Defaults | None = None
    ) -> None:
        self.value: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        self.place = place
        self.leftovers = leftovers
        self._defaults = defaults
        self._read: set[str] = set()
        self._dropped: set[str] = set()
        self._below: dict[str, Node] = {}

    def __contains__(self, key: str) -> bool:
        return self.value.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.value)

    def at(self, key: str) -> str:
        """`streams[0].name`: where a key is in the file, for what could not be taken over."""
        usual = self._defaults
        is_default = usual is not None and key not in usual.own
        return join_parts(usual.place if usual and is_default else self.place, key)

    def peek(self, key: str) -> Any:
        """A value, which stays unread."""
        return self.value.get(key)

    def use(self, *keys: str) -> None:
        """Keys whose values were looked at by `peek`, and are in the draft."""
        self._read.update(keys)
        self._dropped.difference_update(keys)

    def take(self, *keys: str) -> Any:
        """The value of the first of these keys that has one; None without any."""
        for key in keys:
            if self.value.get(key) is not None:
                self.use(key)
                return self.value[key]
        return None

    def text(self, *keys: str) -> str:
        """A text, or a number or boolean as one; empty without any."""
        for key in keys:
            found = self.value.get(key)
            if isinstance(found, str | int | float):
                self.use(key)
                return str(found).strip() if not isinstance(found, bool) else str(found).lower()
        return ""

    def texts(self, *keys: str) -> list[str]:
        """The first of these keys that holds texts: a list, or one text as a list of one. Empty
        where none does; what is of another shape stays unread, and is reported."""
        for key in keys:
            found = self.value.get(key)
            listed = [found] if isinstance(found, str) else found
            if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
                self.use(key)
                return list(listed)
        return []

    def flag(self, key: str) -> bool:
        """Whether a boolean is set."""
        found = self.value.get(key)
        if isinstance(found, bool):
            self.use(key)
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
                listed = [(f"{place}[{at}]", one) for at, one in enumerate(found)]
                if any(isinstance(one, Mapping) for one in found):
                    self._leave_others(listed)
                return [self._child(key, one, at) for at, one in listed if isinstance(one, Mapping)]
        return []

    def _leave_others(self, listed: list[tuple[str, Any]]) -> None:
        """Of a list of mappings, what is none and says something."""
        for place, one in listed:
            if not isinstance(one, Mapping) and not says_nothing(one):
                self.leftovers.leave(place, COMPUTED if is_computed(one) else UNKNOWN)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Each key whose value is a mapping."""
        for key, value in self.value.items():
            if isinstance(value, Mapping):
                yield key, self._child(key, value, self.at(key))

    def drop(self, *keys: str) -> None:
        """Keys that nobody needs here: they are listed as such, unless they have been read."""
        self._dropped.update(key for key in keys if key not in self._read)
        self._read.update(keys)

    def drop_value(self, key: str) -> None:
        """A key that has been read, and whose value decides nothing."""
        self._read.discard(key)
        self.drop(key)

    def leave_rest(self, why: str, instead: str = "") -> None:
        """Each key that has not been read, for one reason."""
        for key in self.value:
            if key not in self._read:
                self.leave(key, why, instead)

    def leave(self, key: str, why: str, instead: str = "") -> None:
        """A key that is understood and not mapped; nothing where it is not there."""
        if key in self and self.value[key] not in ([], {}, ""):
            self.use(key)
            self.leftovers.leave(self.at(key), why, instead)

    def leave_all(self, why: str, instead: str = "") -> None:
        """The mapping itself is not mapped, and nothing in it is reported by itself."""
        self.use(*self.value)
        self._below.clear()
        self.leftovers.leave(self.place, why, instead)

    def report_unread(self) -> None:
        """Report each key that nobody has read, here and below; empty ones say nothing."""
        for key, value in self.value.items():
            if key in self._dropped and not says_nothing(value):
                self.leftovers.drop(self.at(key))
            if key in self._read or says_nothing(value):
                continue
            if is_computed(value):
                self.leftovers.leave(self.at(key), COMPUTED, WRITE_VALUE)
            else:
                self.leftovers.leave(self.at(key), UNKNOWN)
        for one in self._below.values():
            one.report_unread()

    def _child(self, key: str, value: object, place: str) -> Node:
        self.use(key)
        if place not in self._below:
            self._below[place] = Node(value, place, self.leftovers, self._defaults_of(key))
        return self._below[place]

    def _defaults_of(self, key: str) -> Defaults | None:
        own = self._defaults.own.get(key) if self._defaults else None
        if self._defaults is None or not isinstance(own, Mapping):
            return None
        return Defaults(own=own, place=join_parts(self._defaults.place, key))


def says_nothing(value: object) -> bool:
    """Whether a value is as if it were not there.

    >>> [says_nothing(one) for one in (None, False, "", [], {}, 0, "x")]
    [True, True, True, True, True, False, False]
    """
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)


def mapping(value: object) -> Mapping[str, Any]:
    """A mapping of the input; an empty one where it is something else."""
    return value if isinstance(value, Mapping) else {}


def is_computed(value: object) -> bool:
    """Whether a Python file computes it, so that it is not known."""
    return isinstance(value, Expression)
