"""Where a cursor is in a spec, by its lines alone: what is being typed is seldom YAML.

Nothing is parsed as YAML here, so no text can be too much for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

ITEM = 0
"""In a path: some entry of a list."""
KeyPath = tuple[str | int, ...]

_KEY = re.compile(
    r"""(?P<key>"[^"]*"|'[^']*'|[^\s'"#:{}\[\],&*!|>%@`][^:#{}\[\],]*?)\s*:(?=\s|$)"""
)
_INDENT = re.compile(r"\s*")
_DASH = re.compile(r"-(\s+|$)")
_WORD = re.compile(r"""[^\s,\[\]{}:'"]*$""")
_MOST_LINES = 5_000
"""That are looked at above the cursor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a cursor stands.

    Attributes:
        path: the keys that lead to the place; `ITEM` for an entry of a list.
        key: the key of whose value the cursor is in, empty where a key is being written.
        prefix: the letters of the word before the cursor.
        is_key: whether a key stands there or is being written.
        siblings: keys that the mapping has on other lines or beside.
    """

    path: KeyPath
    key: str
    prefix: str
    is_key: bool
    siblings: frozenset[str] = frozenset()

    @property
    def whole(self) -> KeyPath:
        """The path of the value, where the cursor is on a key; else of the mapping that it
        is in."""
        return (*self.path, self.key) if self.key else self.path


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a block: how deep each of its parts stands, and what it opens."""

    indent: int
    dashes: tuple[int, ...]
    key: str
    at: int
    """Where the key begins, and `after`: where its value does."""
    after: int


def spot_at(lines: Sequence[str], line: int, column: int) -> Spot:
    """The place of a cursor; line and column from 0, the column in characters.

    >>> spot = spot_at(["datasets:", "  films:", "    silver: {prim"], 2, 17)
    >>> spot.path, spot.is_key, spot.prefix
    (('datasets', 'films', 'silver'), True, 'prim')
    """
    line = min(line, len(lines))
    text = lines[line] if line < len(lines) else ""
    before = text[:column]
    prefix = _find(_WORD, before)
    own = _read(text)
    depth = own.indent if own else len(before)
    path = _above(lines, line, depth, is_item=bool(own and own.dashes))
    if own is None:
        return Spot(path=path, key="", prefix=prefix, is_key=True, siblings=_beside(lines, line))
    path = (*path, *(ITEM for _ in own.dashes))
    if not own.key or column <= own.after - 1:
        return Spot(
            path=path,
            key=own.key,
            prefix=prefix,
            is_key=True,
            siblings=_beside(lines, line),
        )
    return _in_value(text, own, column, path, prefix)


def _in_value(text: str, own: _Line, column: int, path: KeyPath, prefix: str) -> Spot:
    """Within what follows a key: brackets and braces are followed to the cursor."""
    flow = _Flow(key=own.key)
    flow.follow(text, own.after, column)
    if not flow.open:
        return Spot(path=path, key=own.key, prefix=prefix, is_key=False)
    for bracket, owner in flow.open:
        path = (*path, owner) if owner else path
        path = (*path, ITEM) if bracket == "[" else path
    return Spot(
        path=path,
        key=flow.key,
        prefix=prefix,
        is_key=flow.open[-1][0] == "{" and not flow.key,
        siblings=frozenset(flow.beside[-1]) | _flow_keys(text, column),
    )


@dataclass(slots=True)
class _Flow:
    """What is open at a column: each bracket with the key that it is the value of, and the keys
    that stand beside the cursor within it."""

    key: str
    open: list[tuple[str, str]] = field(default_factory=list)
    beside: list[set[str]] = field(default_factory=list)

    def follow(self, text: str, at: int, column: int) -> None:
        """Go from where a value begins to the column."""
        while at < column:
            one = text[at]
            if one == "#" and text[at - 1 : at].isspace():
                return
            found = _KEY.match(text, at) if self.open and text[at - 1] in "{[, " else None
            if found:
                if found.end() > column:
                    return
                self.key = _bare(found["key"])
                self.beside[-1].add(self.key)
                at = found.end()
            elif one in "\"'":
                end = text.find(one, at + 1)
                at = end + 1 if 0 <= end < column else column
            else:
                self._take(one)
                at += 1

    def _take(self, one: str) -> None:
        if one in "{[":
            self.open.append((one, self.key))
            self.beside.append(set())
            self.key = ""
        elif one in "}]" and self.open:
            self.key = self.open.pop()[1]
            self.beside.pop()
        elif one == "," and self.open:
            self.key = ""


def _flow_keys(text: str, column: int) -> frozenset[str]:
    """Keys behind the cursor in the same braces, as far as they close on the line."""
    rest = text[column:].partition("}")[0]
    return frozenset(_bare(one["key"]) for one in _KEY.finditer(rest))


def _above(lines: Sequence[str], line: int, limit: int, *, is_item: bool) -> KeyPath:
    """The keys and lists that a line is within, the outermost first.

    Args:
        lines: of the whole text.
        line: its number.
        limit: where its first part begins; what holds it begins before.
        is_item: it begins with a dash. YAML takes a list that stands no deeper than its key.
    """
    path: list[str | int] = []
    for at in range(line - 1, max(-1, line - _MOST_LINES), -1):
        found = _read(lines[at])
        if found is None:
            continue
        if found.indent < limit:
            if found.key and found.at < limit:
                path.append(found.key)
            path.extend(ITEM for _ in found.dashes)
            limit, is_item = found.indent, bool(found.dashes)
        elif is_item and found.indent == limit and found.key and not found.dashes:
            path.append(found.key)
            is_item = False
        if limit == 0 and not is_item:
            break
    return tuple(path[::-1])


def _beside(lines: Sequence[str], line: int) -> frozenset[str]:
    """The keys of the mapping that a line is in, written one a line."""
    text = lines[line] if line < len(lines) else ""
    indent = len(_find(_INDENT, text)) if text.strip() else len(text)
    known: set[str] = set()
    for step in (-1, 1):
        at = line + step
        while 0 <= at < len(lines) and abs(at - line) < _MOST_LINES:
            found = _read(lines[at])
            at += step
            if found is None or found.indent > indent:
                continue
            if found.indent < indent or found.dashes:
                break
            known.add(found.key)
    return frozenset(known)


def _read(text: str) -> _Line | None:
    """The parts of a line; None of one that is blank or a comment."""
    at = len(_find(_INDENT, text))
    if at >= len(text.rstrip()) or text[at] == "#":
        return None
    indent, dashes = at, list[int]()
    while dash := _DASH.match(text, at):
        dashes.append(at)
        at = dash.end()
    key = _KEY.match(text, at)
    if key is None:
        return _Line(indent, tuple(dashes), "", at, len(text))
    return _Line(indent, tuple(dashes), _bare(key["key"]), at, key.end())


def _bare(key: str) -> str:
    return key[1:-1] if key[:1] in "\"'" and len(key) > 1 else key.strip()


def _find(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text) if pattern is _WORD else pattern.match(text)
    return match.group(0) if match else ""


def line_of_key(lines: Sequence[str], path: KeyPath) -> int | None:
    """The line of a key that begins its line, from 0; None: there is none at this path.

    >>> line_of_key(["datasets:", "  films:", "    silver:"], ("datasets", "films"))
    1
    """
    for number, text in enumerate(lines[:_MOST_LINES]):
        found = _read(text)
        if found is None or found.key != path[-1]:
            continue
        above = _above(lines, number, found.indent, is_item=bool(found.dashes))
        if (*above, *(ITEM for _ in found.dashes), found.key) == path:
            return number
    return None


def lines_of(text: str) -> list[str]:
    """The lines of a text, without their ends."""
    return text.replace("\r\n", "\n").split("\n")
