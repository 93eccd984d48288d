"""PostgreSQL 18's own scanner and parser, in this process, without a server.

libpg_query is the parser of the server as a library; the wheel `postgast` brings it. Its C
interface is called here directly: the wheel's Python part decodes protocol buffers, which takes
0.3 s to import and stops at 100 levels. Offsets are in characters; the library counts bytes, but
for the places of errors.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LIBRARIES = {"darwin": "libpg_query.dylib", "win32": "pg_query.dll"}
_START, _END = 1, 2
"""The numbers of a scanned token's fields."""


class SqlSyntaxError(ValueError):
    """PostgreSQL cannot parse the text; `offset` is the character at which it stopped."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token, which may be a comment, with its offsets in characters."""

    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The text in small letters, for comparison with keywords."""
        return self.text.lower()

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment. No operator starts with -- or /*."""
        return self.text.startswith(("--", "/*"))


class _Error(ctypes.Structure):
    _fields_ = (
        ("message", ctypes.c_char_p),
        ("funcname", ctypes.c_char_p),
        ("filename", ctypes.c_char_p),
        ("lineno", ctypes.c_int),
        ("cursorpos", ctypes.c_int),
        ("context", ctypes.c_char_p),
    )


class _Parsed(ctypes.Structure):
    _fields_ = (
        ("tree", ctypes.c_char_p),
        ("stderr", ctypes.c_char_p),
        ("error", ctypes.POINTER(_Error)),
    )


class _Scanned(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("stderr", ctypes.c_char_p),
        ("error", ctypes.POINTER(_Error)),
    )


def parse(text: str) -> list[dict[str, Any]]:
    """The statements of a text: PostgreSQL's raw parse tree as JSON values.

    Every `location` in it is a byte of the text in UTF-8; 0 is left out.

    Raises:
        SqlSyntaxError: the parser refuses it.
        RecursionError: the tree is deeper than Python can follow.
    """
    library, encoded = _library(), _encode(text)
    result = library.pg_query_parse(encoded)
    try:
        _raise_error(result)
        statements = json.loads(result.tree).get("stmts", [])
    finally:
        library.pg_query_free_parse_result(result)
    return list(statements)


def scan(text: str) -> list[Token]:
    """The tokens of a text, from the server's own scanner.

    >>> [token.text for token in scan("select 'a;b' -- c")]
    ['select', "'a;b'", '-- c']

    Raises:
        SqlSyntaxError: a string, a quoted name or a comment does not end, or similar.
    """
    library, encoded = _library(), _encode(text)
    result = library.pg_query_scan(encoded)
    try:
        _raise_error(result)
        message = ctypes.string_at(result.data, result.length)
    finally:
        library.pg_query_free_scan_result(result)
    places = list(_places(message))
    if not encoded.isascii():
        places = list(_in_characters(encoded, places))
    return [Token(text=text[start:end], start=start, end=end) for start, end in places]


def character_of(text: str, byte: int) -> int:
    """The offset in characters of an offset in UTF-8 bytes.

    >>> character_of("é = 1", 3)
    2
    """
    return len(text.encode()[: max(byte, 0)].decode("utf-8", "ignore"))


def _in_characters(encoded: bytes, places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The places of tokens, which follow one another, in characters instead of bytes."""
    byte = character = 0
    for start, end in places:
        first = character + len(encoded[byte:start].decode())
        byte, character = end, first + len(encoded[start:end].decode())
        yield first, character


def _encode(text: str) -> bytes:
    """The text as C reads it: it would stop at a NUL, and never see what stands behind."""
    if "\0" in text:
        raise SqlSyntaxError("the text has a NUL character", text.index("\0"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise SqlSyntaxError("the text has a character that is not Unicode", error.start) from None


def _raise_error(result: _Parsed | _Scanned) -> None:
    """The place of an error is counted in characters, from 1."""
    if result.error:
        error = result.error.contents
        message = (error.message or b"it cannot be read").decode("utf-8", "replace")
        raise SqlSyntaxError(message, max(error.cursorpos - 1, 0))


def _places(message: bytes) -> Iterator[tuple[int, int]]:
    """Where each token of a ScanResult (pg_query.proto) begins and ends: tokens are its field 2,
    messages of whole numbers. Hot: an author's file has hundreds.
    """
    at, length = 0, len(message)
    while at < length:
        key, at = _number(message, at)
        value, at = _number(message, at)
        if key & 7 != 2:
            continue
        if key >> 3 == 2:
            yield _place(message, at, at + value)
        at += value


def _place(message: bytes, at: int, until: int) -> tuple[int, int]:
    start = end = 0
    while at < until:
        key, value = message[at], message[at + 1]
        at += 2
        if value > 127:
            value, at = _number(message, at - 1)
        if key >> 3 == _START:
            start = value
        elif key >> 3 == _END:
            end = value
    return start, end


def _number(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


@cache
def _library() -> Any:
    spec = find_spec("postgast")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("postgast is not installed")
    name = LIBRARIES.get(sys.platform, "libpg_query.so")
    library = ctypes.CDLL(str(Path(spec.submodule_search_locations[0]) / name))
    for function, kind in (("parse", _Parsed), ("scan", _Scanned)):
        call, free = f"pg_query_{function}", f"pg_query_free_{function}_result"
        getattr(library, call).argtypes, getattr(library, call).restype = [ctypes.c_char_p], kind
        getattr(library, free).argtypes, getattr(library, free).restype = [kind], None
    return library
