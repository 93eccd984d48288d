"""What of an XML document is a record: the element that comes again and again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat


@dataclass(slots=True)
class _Counted:
    """How often each path was found, and which came twice within one element above."""

    paths: Counter[str] = field(default_factory=Counter)
    twice: dict[str, None] = field(default_factory=dict)
    open: list[tuple[str, Counter[str]]] = field(default_factory=list)

    def start(self, raw: str, attributes: dict[str, str]) -> None:
        name = raw.rpartition(" ")[2]
        above, seen = self.open[-1] if self.open else ("", Counter())
        path = f"{above}/{name}"
        self.paths[path] += 1
        seen[path] += 1
        if seen[path] > 1:
            self.twice[path] = None
        self.open.append((path, Counter()))

    def end(self, raw: str) -> None:
        self.open.pop()


def find_record(head: bytes) -> dict[str, Any]:
    r"""`record` and `lists` of a document; empty where it is none.

    >>> find_record(b"<a><b><c/><c/></b><b/></a>")
    {'record': '/a/b', 'lists': ['c']}

    Args:
        head: its first bytes; it may be cut anywhere.
    """
    counted = _Counted()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = counted.start
    parser.EndElementHandler = counted.end
    try:
        parser.Parse(head, False)
    except (expat.ExpatError, ValueError, LookupError):  # the landing says what is wrong
        if not counted.paths:
            return {}
    record = _record(counted)
    if not record:
        return {}
    inside = f"{record}/"
    lists = [
        path.removeprefix(inside).replace("/", ".")
        for path in counted.twice
        if path.startswith(inside)
    ]
    return {"record": record} | ({"lists": lists} if lists else {})


def _record(counted: _Counted) -> str:
    """The outermost path that comes more than once within its parent; of several the commonest;
    else the root's first child, or the root."""
    again = [path for path in counted.twice if counted.paths[path.rpartition("/")[0]] <= 1]
    if again:
        least = min(path.count("/") for path in again)
        outer = [path for path in again if path.count("/") == least]
        return max(outer, key=lambda path: counted.paths[path])
    return next(iter(counted.paths), "")
