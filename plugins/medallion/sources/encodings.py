"""In which encoding a text file is written: declared and checked, or found out."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

from medallion.errors import SourceRefused

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_C1_CONTROLS = bytes(range(0x80, 0xA0))
_NOT_C1 = bytes(code for code in range(256) if not 0x80 <= code < 0xA0)
_UNDEFINED_1252 = b"\x81\x8d\x8f\x90\x9d"
_SINGLE_BYTE = ("iso8859-1", "cp1252")
_SPOKEN = {"iso8859-1": "latin-1", "cp1252": "windows-1252", "utf-8-sig": "utf-8 with a BOM"}


def spoken(encoding: str) -> str:
    """The name that people write: `windows-1252` for Python's `cp1252`."""
    return _SPOKEN.get(encoding, encoding)


def codec_name(encoding: str) -> str | None:
    """Python's own name of an encoding, None where it knows none of this name."""
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return None


@dataclass(slots=True)
class EncodingWatch:
    """Looks at every chunk of a file, and says at its end how the file is written."""

    path: str
    declared: str | None = None
    _head: bytes = b""
    _offset: int = 0
    _utf8_error: int | None = None
    _non_ascii: bool = False
    _c1: set[int] = field(default_factory=set)
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8")
    )

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        """Look at the next bytes."""
        if len(self._head) < 4:
            self._head += chunk[:4]
        if not chunk.isascii():
            self._non_ascii = True
            self._c1.update(chunk.translate(None, _NOT_C1))
        if self._utf8_error is None:
            try:
                self._decoder.decode(chunk, final)
            except UnicodeDecodeError as error:
                self._utf8_error = max(
                    0, self._offset + error.start - len(error.object) + len(chunk)
                )
        self._offset += len(chunk)

    def conclude(self) -> str:
        """The codec to read the file with.

        Raises:
            SourceRefused: the declared encoding is not the file's, or none can be found.
        """
        marked = next((codec for bom, codec in BOMS if self._head.startswith(bom)), None)
        if self.declared is None:
            return marked or self._found()
        declared = codec_name(self.declared)
        if declared is None:
            raise SourceRefused(
                f"{self.path}: there is no encoding {self.declared!r}",
                remedy="write utf-8, latin-1, windows-1252, utf-16 …, or leave it out",
            )
        return self._checked(declared, marked)

    def _found(self) -> str:
        if self._utf8_error is None:
            return "utf-8"
        if self._c1 & set(_UNDEFINED_1252):
            raise SourceRefused(
                f"{self.path} is not UTF-8 (byte {self._utf8_error}), nor Windows-1252 or Latin-1",
                remedy="is it a text file? If so, declare its encoding in the spec",
            )
        return "cp1252" if self._c1 else "iso8859-1"

    def _checked(self, declared: str, marked: str | None) -> str:
        if marked and marked != declared and not (declared == "utf-8" and marked == "utf-8-sig"):
            raise self._wrong(f"it begins with the mark of {spoken(marked)}", marked)
        if declared in ("utf-8", "utf-8-sig"):
            if self._utf8_error is not None:
                problem = f"the byte at offset {self._utf8_error} is not UTF-8"
                raise self._wrong(problem, self._found())
            return marked or "utf-8"
        if declared in _SINGLE_BYTE and self._non_ascii and self._utf8_error is None:
            raise self._wrong("all of it is valid UTF-8", "utf-8")
        if declared == "iso8859-1" and self._c1:
            raise self._wrong("it has bytes that Latin-1 has no letter for", "cp1252")
        return declared

    def _wrong(self, why: str, instead: str) -> SourceRefused:
        return SourceRefused(
            f"{self.path} is not {self.declared}: {why}",
            remedy=f"it reads as {spoken(instead)}: declare that, or leave `encoding` out",
        )
