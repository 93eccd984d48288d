"""The encoding of a text file: declared and checked, or detected."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from medallion.errors import SourceRefused
from medallion.sources.formats.single_bytes import CANDIDATES, find_other, guess

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
"""A file's first bytes, the codec that reads them and the rest, and the one that reads the rest."""

ASCII_BASED = frozenset(
    ("ascii", "utf-8", "utf-8-sig", "iso8859-1", "cp1252", "cp850", "mac-roman", "iso8859-15")
)
"""A byte below 128 is that ASCII character in these, and nothing else."""

_NOT_C1 = bytes(code for code in range(256) if not 0x80 <= code < 0xA0)
_UNDEFINED_1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
_ISO = ("iso8859-1", "iso8859-15")
_SHOWN = {"iso8859-1": "Latin-1", "iso8859-15": "ISO-8859-15"}
_SPOKEN = {"iso8859-1": "latin-1", "cp1252": "windows-1252", "utf-8-sig": "utf-8 with a BOM"}
_MOST_WORDS = 400
_MOST_LOOKED_AT = 20_000
_MOST_LETTERS = 15
"""Of a word, on either side of bytes beyond ASCII."""
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_LARGE_BYTES = 4 * 1024 * 1024
"""Read so far: from here on numpy is worth its import."""
_LETTER = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") | set(
    range(0x80, 0x100)
)


def display_name(encoding: str) -> str:
    """The usual name of an encoding: `windows-1252` for Python's `cp1252`.

    >>> display_name("cp1252")
    'windows-1252'
    """
    return _SPOKEN.get(encoding, encoding)


def codec_name(encoding: str) -> str | None:
    """Python's name of a text encoding; None if it knows none.

    >>> codec_name("Windows-1252"), codec_name("klingon")
    ('cp1252', None)
    """
    try:
        "a".encode(encoding)  # refuses codecs that are not of text, such as `hex`
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        return None


def has_one_byte_letters(codec: str) -> bool:
    """Whether each byte is a character in it: bytes that are UTF-8 are never meant so."""
    return len(bytes(range(256)).decode(codec, "replace")) == 256


def _count_lines(chunk: bytes, *, large: bool) -> int:
    """Line ends. numpy takes a quarter of the time, and lets other threads work meanwhile."""
    if not large:
        return chunk.count(b"\n")
    import numpy as np

    return int(np.count_nonzero(np.frombuffer(chunk, dtype=np.uint8) == ord("\n")))


def pass_mark(content: BinaryIO) -> None:
    """Skip a UTF-8 byte order mark, if the content can be peeked at."""
    peek = getattr(content, "peek", None)
    if peek is not None and peek(3)[:3] == codecs.BOM_UTF8:
        content.read(3)


def _doubt(path: str, encoding: str, words: Sequence[str]) -> str:
    gives = " and ".join(f"“{word}”" for word in words)
    return (
        f"{path} is not UTF-8, and its encoding is not certain: it is read as "
        f"{display_name(encoding)}{gives and f', which gives {gives}'}. Declare its `encoding`"
    )


@dataclass(slots=True)
class EncodingWatch:
    """Sees every chunk of a file, and concludes its encoding at the end."""

    path: str
    declared: str | None = None
    shows_words: bool = False
    """Whether a message may show words of the file."""
    _head: bytes = b""
    _offset: int = 0
    _lines: int = 0
    _not_utf8: str = ""
    """Where the first byte is that is not UTF-8, in words."""
    _utf8_letters: bool = False
    """Whether there was a letter of several bytes before it."""
    _nul: str = ""
    _non_ascii: bool = False
    _c1: set[int] = field(default_factory=set)
    _words: set[bytes] = field(default_factory=set)
    """Words with bytes beyond ASCII, of a text that is not UTF-8."""
    _looked_at: int = 0
    doubt: str = ""
    """What to warn of, once it is concluded: the encoding is likely, and not certain."""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8")
    )

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        """Take the next bytes; `final` with the last."""
        if len(self._head) < 4:
            self._head += chunk[:4]
        if not self._nul and (at := chunk.find(0)) >= 0:
            self._nul = self._place(chunk, at)
        if not chunk.isascii():
            self._non_ascii = True
        if not self._not_utf8:
            self._decode(chunk, final)
        if self._not_utf8 or self.declared is not None:
            # Without a declaration it is asked only of a text that is ASCII up to its first byte
            # that is not UTF-8.
            self._c1.update(chunk.translate(None, _NOT_C1))
        if self._not_utf8 and self._looked_at < _MOST_LOOKED_AT and len(self._words) < _MOST_WORDS:
            self._collect(chunk)
        self._lines += _count_lines(chunk, large=self._offset >= _LARGE_BYTES)
        self._offset += len(chunk)

    def _decode(self, chunk: bytes, final: bool) -> None:
        try:
            self._decoder.decode(chunk, final)
            self._utf8_letters |= not chunk.isascii()
        except UnicodeDecodeError as error:
            self._utf8_letters |= not error.object[: error.start].isascii()
            # The decoder may have kept the last bytes of the chunk before.
            self._c1.update(error.object.translate(None, _NOT_C1))
            self._not_utf8 = self._place(chunk, error.start - len(error.object) + len(chunk))

    def _collect(self, chunk: bytes) -> None:
        """Keep some words that say which single-byte encoding it is."""
        for found in _BEYOND_ASCII.finditer(chunk):
            start, end = found.span()
            self._looked_at += 1
            if end - start > _MOST_LETTERS:
                continue
            first = max(start - _MOST_LETTERS, 0)
            while start > first and chunk[start - 1] in _LETTER:
                start -= 1
            last = min(end + _MOST_LETTERS, len(chunk))
            while end < last and chunk[end] in _LETTER:
                end += 1
            self._words.add(chunk[max(start - 1, 0) : end + 1])
            if len(self._words) >= _MOST_WORDS or self._looked_at >= _MOST_LOOKED_AT:
                return

    def _place(self, chunk: bytes, at: int) -> str:
        line = self._lines + 1 + chunk.count(b"\n", 0, max(at, 0))
        return f"the byte at offset {self._offset + at} (line {line})"

    def conclude(self) -> str:
        """The codec to read the file with. Call it after the last `feed`.

        Raises:
            SourceRefused: the declared encoding is wrong, or none can be found.
        """
        found = [codecs for bom, *codecs in BOMS if self._head.startswith(bom)]
        marked = found[0] if found else []
        if self.declared is None:
            encoding = marked[0] if marked else self._find()
        else:
            declared = codec_name(self.declared)
            if declared is None:
                raise SourceRefused(
                    f"{self.path}: there is no encoding {self.declared!r}",
                    remedy="write utf-8, latin-1, windows-1252, utf-16 …, or leave it out",
                )
            encoding = self._check(declared, marked)
        if self._nul and encoding in ASCII_BASED:
            raise SourceRefused(
                f"{self.path}: {self._nul} is NUL: it is not a text file, or damaged",
                remedy="write the file again; UTF-16 without its mark has to be declared as "
                "`encoding: utf-16-le` or `utf-16-be`",
            )
        return encoding

    def _find(self) -> str:
        if not self._not_utf8:
            return "utf-8"
        if self._utf8_letters:
            raise SourceRefused(
                f"{self.path} is UTF-8, but {self._not_utf8} is not: it is damaged, or put "
                "together from files of different encodings",
                remedy="fix the file; if it is right as it is, declare its `encoding`",
            )
        impossible = bool(self._c1 & _UNDEFINED_1252)
        found = guess(self._words, without_usual=impossible)
        usual = found.encoding == "cp1252"
        if usual and impossible:
            raise SourceRefused(
                f"{self.path} is not UTF-8 ({self._not_utf8} is not), nor Windows-1252 or Latin-1",
                remedy="is it a text file? If so, declare its encoding in the spec",
            )
        if not found.certain:
            self.doubt = _doubt(self.path, found.encoding, found.words if self.shows_words else ())
        if not usual:
            return found.encoding
        return "cp1252" if self._c1 else "iso8859-1"

    def _check(self, declared: str, marked: list[str]) -> str:
        if marked and declared not in marked:
            raise self._wrong(f"it begins with the mark of {display_name(marked[-1])}", marked[0])
        if declared in ("utf-8", "utf-8-sig"):
            if self._not_utf8:
                raise self._wrong(f"{self._not_utf8} is not UTF-8", self._instead())
            return marked[0] if marked else "utf-8"
        if declared in ("utf-16", "utf-32") and not marked:
            problem = f"it does not begin with the mark of {declared}"
            raise self._wrong(problem, f"{declared}-le" if self._nul else self._instead())
        if has_one_byte_letters(declared) and self._non_ascii and not self._not_utf8:
            raise self._wrong("all of it is valid UTF-8", "utf-8")
        if declared in _ISO and self._c1:
            problem = f"it has bytes that {_SHOWN[declared]} has no letter for"
            raise self._wrong(problem, "cp1252")
        self._note_doubt(declared)
        return marked[0] if marked else declared

    def _note_doubt(self, declared: str) -> None:
        """Note what the text would say in another encoding, if that is plainly the right one."""
        read = "cp1252" if declared == "iso8859-1" else declared
        if not self._words or read not in CANDIDATES:
            return
        found = find_other(self._words, read)
        if found is None:
            return
        gives = f": “{found.read}” would be “{found.meant}”" if self.shows_words else ""
        self.doubt = (
            f"{self.path} is read as {self.declared}, as its `encoding` says, and looks like "
            f"{display_name(found.encoding)}{gives}. Fix `encoding`, or the file"
        )

    def _instead(self) -> str:
        """What it may be; nothing where even that must not be shown."""
        try:
            return self._find()
        except SourceRefused:
            return ""

    def _wrong(self, why: str, instead: str) -> SourceRefused:
        looks = f"it reads as {display_name(instead)}: declare that, or leave `encoding` out"
        return SourceRefused(
            f"{self.path} is not {self.declared}: {why}",
            remedy=looks if instead else "declare the encoding that it is written in",
        )
