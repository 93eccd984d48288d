"""An author's expression as DuckDB's own parser reads it, with the place of each part.

Who checks and who runs are one reader: they cannot differ in where a text or a comment ends. Places
are offsets in bytes of UTF-8, as DuckDB counts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from medallion.cleaning.duckdb.asking import engine

_BEFORE, _AFTER = b"SELECT (\n", b"\n)"
_BLANKS = ("\u00a0", *map(chr, range(0x2000, 0x200E)), "\u202f", "\u205f", "\u3000", "\ufeff")
"""What DuckDB takes for a blank between words, and makes one byte of before it counts."""

_DEEP = "it is nested too deep"
_DEEPEST = 200
"""Brackets within brackets, and parts within parts: a sum of so many columns. Python's own limit,
which depends on who calls, is not reached."""

_STEPS = {b"(": 1, b"[": 1, b"{": 1, b")": -1, b"]": -1, b"}": -1}


class NotRead(ValueError):
    """DuckDB's parser refuses the text; `offset` is in characters."""

    def __init__(self, problem: str, offset: int = 0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of an expression.

    Attributes:
        kind: FUNCTION, COLUMN_REF, CASE …: DuckDB's class of it; `detail` is its type within that.
        name: of a function or an operator, of a type, or what a constant says.
        path: what comes before a function's name, or the parts of a column's name.
        start, end: the part as it was written, its brackets excluded; `end` is 0 where no part of
            it was.
        added: whether the parser added it around what was written: the cast in `b IS TRUE`.
        plain: whether a function has nothing but its arguments: no DISTINCT, ORDER BY or FILTER.
    """

    kind: str
    detail: str
    name: str = ""
    path: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    added: bool = False
    plain: bool = True
    is_try: bool = False
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """Itself and everything in it, from the outside in."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read: the text that can be put between brackets, and its tree."""

    text: str
    tree: Node


def read(text: str) -> Read:
    """One expression, and nothing behind it but semicolons.

    Raises:
        NotRead: it is something else.
    """
    try:
        said = text.encode()
    except UnicodeEncodeError as error:
        raise NotRead("it has half of a character in it", error.start) from None
    if b"\0" in said:
        raise NotRead("it has a NUL character in it", text.index("\0"))
    said = _without_last_semicolon(_with_plain_blanks(text, said))
    _is_one_bracket(said)
    tree = _node(_only_item(_parse(said)))
    return Read(text=said.decode(), tree=_place(tree, _brackets(said)))


def _only_item(statements: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    items = statements[0]["node"].get("select_list", []) if len(statements) == 1 else []
    if len(items) != 1:
        raise NotRead("it is more than one expression")
    item: Mapping[str, Any] = items[0]
    return item


def function_kinds(name: str) -> frozenset[str]:
    """What DuckDB has by a name: `scalar`, `aggregate`, `macro`, `table` …; empty if nothing."""
    asked = "SELECT DISTINCT function_type FROM duckdb_functions() WHERE function_name = ?"
    return frozenset(kind for (kind,) in engine().execute(asked, [name]).fetchall())


def _parse(said: bytes) -> Sequence[Mapping[str, Any]]:
    asked = (_BEFORE + said + _AFTER).decode()
    row = engine().execute("SELECT json_serialize_sql(?)", [asked]).fetchone()
    try:
        answer = json.loads(row[0] if row else "{}")
    except RecursionError:
        raise NotRead(_DEEP) from None
    if "statements" not in answer:
        raise _not_read(said, answer)
    statements: Sequence[Mapping[str, Any]] = answer["statements"]
    return statements


def _not_read(said: bytes, answer: Mapping[str, Any]) -> NotRead:
    at = int(answer.get("position") or 0) - len(_BEFORE)
    if at >= len(said.rstrip()):
        return NotRead("a part of it is missing", _characters(said, len(said.rstrip())))
    return NotRead(str(answer.get("error_message")), _characters(said, max(at, 0)))


def _is_one_bracket(said: bytes) -> None:
    """Put between brackets of ours, the text stays between them: it closes none that it did not
    open, and no statement ends in it."""
    tokens = _tokens(said)
    if all(kind == "comment" for *_, kind in tokens):
        raise NotRead("it is empty")
    depth = 0
    for start, sign, kind in tokens:
        depth += _STEPS.get(sign, 0) if kind == "operator" else 0
        if depth > _DEEPEST:
            raise NotRead(_DEEP, _characters(said, start))
        if depth < 0:
            raise NotRead("it closes a bracket that it does not open", _characters(said, start))
        if kind == "operator" and sign == b";":
            raise NotRead("it is more than one statement", _characters(said, start))


def _tokens(said: bytes) -> list[tuple[int, bytes, str]]:
    """By DuckDB's scanner: where each token starts, its first sign, and its kind."""
    import duckdb

    found = duckdb.tokenize(said.decode())
    return [(start, said[start : start + 1], kind.name) for start, kind in found]


def _characters(said: bytes, offset: int) -> int:
    return len(said[:offset].decode(errors="replace"))


def _without_last_semicolon(said: bytes) -> bytes:
    found = bytearray(said)
    for start, sign, kind in reversed(_tokens(said)):
        if kind == "operator" and sign == b";":
            found[start : start + 1] = b" "
        elif kind != "comment":
            break
    return bytes(found)


def _with_plain_blanks(text: str, said: bytes) -> bytes:
    """The text with blanks in place of each strange one between words, as long in bytes.

    Within quotes they belong to a text, and stay.
    """
    if not any(blank in text for blank in _BLANKS):
        return said
    found, meant = said, _without_places(_parse(said))
    for at, character in enumerate(text):
        if character in _BLANKS:
            start, length = len(text[:at].encode()), len(character.encode())
            tried = found[:start] + b" " * length + found[start + length :]
            if _without_places(_parse(tried)) == meant:
                found = tried
    return found


def _without_places(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        return {
            key: _without_places(value)
            for key, value in tree.items()
            if not key.startswith("query_location")
        }
    return [_without_places(value) for value in tree] if isinstance(tree, list) else tree


def _node(tree: Mapping[str, Any], depth: int = 0) -> Node:
    if depth > _DEEPEST:
        raise NotRead(_DEEP)
    start, length = tree["query_location"] - len(_BEFORE), tree["query_location_length"]
    written = start < 1 << 31  # of some operators too it gives no place
    order = tree.get("order_bys") or {}
    literal = tree.get("literal") or {}
    function = tree.get("function_name")
    names: list[str] = tree.get("column_names", [])
    before = [tree["catalog"], tree["schema"]] if function else names
    return Node(
        kind=tree["class"],
        detail=literal.get("kind") or tree["type"],
        name=function or tree.get("type_name") or literal.get("text") or "",
        path=tuple(part for part in before if part),
        start=start if written else 0,
        end=start + length if written and length else 0,
        added=not written and (function or "cast").isidentifier(),
        plain=not (tree.get("filter") or order.get("orders") or tree.get("distinct")),
        is_try=bool(tree.get("try_cast")),
        children=tuple(_node(part, depth + 1) for part in _parts(tree)),
    )


def _parts(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The parts right below one, in their order."""
    left: list[Any] = [*tree.values()][::-1]
    while left:
        value = left.pop()
        if isinstance(value, Mapping) and "class" in value:
            yield value
        elif isinstance(value, Mapping | list):
            left += [*(value.values() if isinstance(value, Mapping) else value)][::-1]


def _brackets(said: bytes) -> list[tuple[int, int]]:
    """Each bracket that is not in a text or a comment: its place, and 1 or -1."""
    return [
        (start, _STEPS[sign])
        for start, sign, kind in _tokens(said)
        if kind == "operator" and sign in _STEPS
    ]


def _place(node: Node, brackets: Sequence[tuple[int, int]]) -> Node:
    """The node from the start of its first part to the end of its last. DuckDB gives some only by
    their operator, and leaves out what is between brackets."""
    children = tuple(_place(child, brackets) for child in node.children)
    places = [(part.start, part.end) for part in (node, *children) if part.end]
    if not places:
        return replace(node, children=children)
    start, end = min(start for start, _ in places), max(end for _, end in places)
    lowest = depth = 0
    for at, step in brackets:
        if start <= at < end:
            depth += step
            lowest = min(lowest, depth)
    before = [at for at, step in brackets if at < start and step > 0]
    after = [at for at, step in brackets if at >= end and step < 0]
    missing = depth - lowest
    return replace(
        node,
        children=children,
        start=before[lowest] if lowest else start,
        end=after[missing - 1] + 1 if missing else end,
    )
