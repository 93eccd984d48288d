"""A body that is too large for one line of a part, split into several documents.

DuckDB reads no JSON document of more than 16 MiB, and needs many times its size to clean it. The
records of a larger body are cut out of its text, so that numbers keep all their digits, and put
into documents of their own, at the same path. What is around the list is not landed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

WHOLE_BYTES = 4 * 1024 * 1024
"""A body up to this size is landed as it is."""
PIECE_BYTES = 4 * 1024 * 1024
"""A piece has no more, unless a single record has."""
LARGEST_RECORD = 15 * 1024 * 1024

_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\n\r]*")


def pieces(
    body: bytes, path: str, left_out: frozenset[int] = frozenset()
) -> Iterator[tuple[bytes, int]]:
    """Documents that hold the list's records at `path`, each with how many; at least one.

    Args:
        body: valid JSON, in which there is a list at `path`, or null.
        path: dotted; empty where the body is the list.
        left_out: places of records in the list, from 0, that are in no piece.

    >>> list(pieces(b'{"a": {"b": [1.10, {}]}, "c": 3}', "a.b"))
    [(b'{"a":{"b":[1.10,{}]}}', 2)]
    """
    names = path.split(".") if path else []
    before = b"".join(b"{%s:" % json.dumps(name).encode() for name in names) + b"["
    after = b"]" + b"}" * len(names)
    held: list[bytes] = []
    size = 0
    for at, record in enumerate(_records(body.decode("utf-8"), names)):
        if at in left_out:
            continue
        if held and size + len(record) > PIECE_BYTES:
            yield before + b",".join(held) + after, len(held)
            held, size = [], 0
        held.append(record)
        size += len(record)
    yield before + b",".join(held) + after, len(held)


def _records(text: str, names: list[str]) -> Iterator[bytes]:
    """Each record's own bytes, cut out and not written again: numbers keep their digits."""
    at = _past_blanks(text, 0)
    for name in names:
        at = _value_of(text, at, name)
    if text[at] != "[":  # null
        return
    at = _past_blanks(text, at + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        yield text[at:end].encode("utf-8")
        at = _past_comma(text, end)


def _value_of(text: str, at: int, name: str) -> int:
    """Where the value of a key begins, in the object at `at`; of a repeated key, the last."""
    found = -1
    at = _past_blanks(text, at + 1)
    while text[at] != "}":
        key, end = _DECODER.raw_decode(text, at)
        begin = _past_blanks(text, _past_blanks(text, end) + 1)
        if key == name:
            found = begin
        _, end = _DECODER.raw_decode(text, begin)
        at = _past_comma(text, end)
    return found


def _past_comma(text: str, at: int) -> int:
    at = _past_blanks(text, at)
    return _past_blanks(text, at + 1) if text[at] == "," else at


def _past_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at
