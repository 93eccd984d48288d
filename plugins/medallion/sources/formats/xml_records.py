"""The records of an XML document, one at a time, however large it is.

Python's own expat reads it, piece by piece: lxml would hold what it has passed unless each element
is cleared by hand, and defusedxml only wraps the same parser. Nothing is loaded from elsewhere, and
a document that declares entities is refused: what it says would not be what is written in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from xml.parsers import expat

from medallion.errors import SourceRefused
from medallion.sources.formats.compressions import CHUNK_BYTES

DEEPEST = 100
LARGEST_RECORD = 15 * 1024 * 1024
"""Bytes of its JSON. The engine reads no line of more than 16 MiB."""
LARGEST_TAG = 16 * 1024 * 1024
"""Bytes that may be held before a tag, or a comment, ends."""
ATTRIBUTE, TEXT = "@", "#text"
_NIL = "http://www.w3.org/2001/XMLSchema-instance nil"
_SHOWN = 12
_BETWEEN = 4
"""Bytes beside each text: `: `, a comma and a bracket."""
_in_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlShape:
    """What of a document is a record, and how its names are written.

    Attributes:
        record: the names from the root to a record: ("catalogue", "book").
        lists: paths within a record of elements that are lists, also where there is one.
        namespaces: the prefix of each namespace whose names have one.
    """

    record: tuple[str, ...]
    lists: frozenset[str] = frozenset()
    namespaces: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Element:
    """One that is open, within a record."""

    name: str
    path: str
    values: dict[str, Any] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    is_nil: bool = False


class Content(Protocol):
    """Bytes that are read piece by piece."""

    def read(self, size: int = -1, /) -> bytes:
        """The next ones; none at the end."""


def records_of(content: Content, name: str, shape: XmlShape) -> Iterator[dict[str, Any]]:
    """Each record as an object: attributes as `@name`, elements by their names, several of one name
    as a list, the text of an element that has more than text as `#text`. Values are texts; an
    element without any is None.

    Raises:
        SourceRefused: it is not well-formed, declares entities, has nothing at the record's path,
            or a record is too large or too deep.
    """
    reader = _Reader(name, shape)
    fed = 0
    while chunk := content.read(CHUNK_BYTES):
        fed += len(chunk)
        reader.feed(chunk, final=False)
        yield from reader.take()
        if fed - reader.at > LARGEST_TAG + CHUNK_BYTES:
            raise reader.refusal("a tag or a comment does not end", "is it an XML document?")
    reader.feed(b"", final=True)
    yield from reader.take()
    reader.hold_found()


class _Reader:
    def __init__(self, name: str, shape: XmlShape) -> None:
        self._name = name
        self._shape = shape
        self._record = shape.record
        self._names: list[str] = []
        """Of the open elements, up to a record."""
        self._open: list[_Element] = []
        """Those within a record, it included."""
        self._found: list[dict[str, Any]] = []
        self._seen: dict[str, None] = {}
        """Names that are where the path ends to fit."""
        self._fits = 0
        """How many names of the path were found, one within the other."""
        self._size = 0
        self._parser = self._make()

    def _make(self) -> Any:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._entity
        parser.ExternalEntityRefHandler = self._external
        return parser

    @property
    def at(self) -> int:
        """The byte up to which all is read."""
        return int(self._parser.CurrentByteIndex)

    def feed(self, chunk: bytes, *, final: bool) -> None:
        """Parse the next bytes. Raises `SourceRefused` with the place where it is not XML, and
        whether it seems to be cut."""
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            why = expat.ErrorString(error.code)
            cut = error.code in (3, 5)  # no element found, unclosed token
            raise SourceRefused(
                f"{self._name}, line {error.lineno}, column {error.offset + 1}: it is not XML: "
                f"{why}",
                remedy="it was cut, or is still being written: write such a file under another "
                "name and rename it when it is whole"
                if cut
                else "fix what writes the file: `&` and `<` in a text are written &amp; and &lt;",
            ) from None
        except (ValueError, LookupError) as error:
            raise SourceRefused(
                f"{self._name}: the encoding that it names is not one that XML is read in here: "
                f"{error}",
                remedy="have it written in UTF-8; UTF-16, Latin-1, Windows-1252 and others of one "
                "byte a letter are read too",
            ) from None

    def take(self) -> Iterator[dict[str, Any]]:
        """The records that have ended since."""
        found, self._found = self._found, []
        yield from found

    def hold_found(self) -> None:
        """Refuse a document that has not even the place where records would stand."""
        if self._fits < max(len(self._record) - 1, 1):
            place = "/" + "/".join(self._record[: self._fits])
            seen = ", ".join(list(self._seen)[:_SHOWN]) or "nothing"
            raise SourceRefused(
                f"{self._name}: nothing at `/{'/'.join(self._record)}`: below {place} there is "
                f"{seen}",
                remedy="fix `record`, the path of a record's element from the root",
            )

    def refusal(self, problem: str, remedy: str) -> SourceRefused:
        """The error for the present place."""
        return SourceRefused(
            f"{self._name}, line {self._parser.CurrentLineNumber}: {problem}", remedy=remedy
        )

    def _start(self, raw: str, attributes: dict[str, str]) -> None:
        name, space = self._split_name(raw)
        if self._open:
            self._inside(name, space, attributes)
            return
        self._names.append(name)
        if len(self._names) > DEEPEST:
            raise self.refusal(f"elements are more than {DEEPEST} deep", "is `record` right?")
        depth = len(self._names)
        parents_fit = tuple(self._names[:-1]) == self._record[: depth - 1]
        if parents_fit and depth - 1 == self._fits and len(self._seen) < _SHOWN:
            self._seen[name] = None
        if parents_fit and depth <= len(self._record) and name == self._record[depth - 1]:
            if depth > self._fits:
                self._fits, self._seen = depth, {}
            if depth == len(self._record):
                self._size = 0
                self._open.append(self._element(name, "", attributes))

    def _inside(self, name: str, space: str, attributes: dict[str, str]) -> None:
        above = self._open[-1]
        if above.spaces.setdefault(name, space) != space:
            raise self._of_two_namespaces(f"<{above.name}> has elements {name}")
        if len(self._open) >= DEEPEST:
            raise self.refusal(f"elements are more than {DEEPEST} deep", "is `record` right?")
        path = f"{above.path}.{name}" if above.path else name
        self._open.append(self._element(name, path, attributes))

    def _element(self, name: str, path: str, attributes: dict[str, str]) -> _Element:
        found = _Element(name, path)
        self._add(name)
        for raw, value in attributes.items():
            if raw == _NIL:
                found.is_nil = value in ("true", "1")
                continue
            key = self._split_name(raw)[0]
            if found.values.get(f"{ATTRIBUTE}{key}", value) != value:
                raise self._of_two_namespaces(f"<{name}> has attributes {key}")
            self._add(key)
            self._add(value)
            found.values[f"{ATTRIBUTE}{key}"] = value
        return found

    def _end(self, raw: str) -> None:
        if not self._open:
            self._names.pop()
            return
        element = self._open.pop()
        if self._open:
            self._put(self._open[-1].values, element)
            return
        value = _value(element)
        self._found.append(value if isinstance(value, dict) else {TEXT: value})
        self._names.pop()

    def _put(self, into: dict[str, Any], element: _Element) -> None:
        name, value = element.name, _value(element)
        if name in into and isinstance(into[name], list):
            into[name].append(value)
        elif name in into:
            into[name] = [into[name], value]
        else:
            into[name] = [value] if element.path in self._shape.lists else value

    def _of_two_namespaces(self, problem: str) -> SourceRefused:
        return self.refusal(
            f"{problem} of two namespaces",
            "say `namespaces: {prefix: …}` for one of them: its names are prefix:name then",
        )

    def _text(self, text: str) -> None:
        if self._open:
            self._add(text)
            self._open[-1].texts.append(text)

    def _add(self, text: str) -> None:
        """Count what the record is in JSON: bytes, with its quotes and what is escaped."""
        self._size += len(_in_json(text).encode("utf-8", "replace")) + _BETWEEN
        if self._size > LARGEST_RECORD:
            raise self.refusal(
                f"a record of more than {LARGEST_RECORD:,} bytes in JSON",
                "is it the list of records? Name one record's element in `record`",
            )

    def _entity(self, *_: object) -> None:
        raise self.refusal(
            "it declares or uses entities of its own, which are not read",
            "have the file written with its texts in place, and with no other entities than "
            "&amp; &lt; &gt; &quot; &apos;",
        )

    def _external(self, *_: object) -> int:
        self._entity()
        return 0

    def _split_name(self, raw: str) -> tuple[str, str]:
        """A name as the spec writes it, and its namespace."""
        space, _, name = raw.rpartition(" ")
        prefix = self._shape.namespaces.get(space, "")
        return (f"{prefix}:{name}" if prefix else name), space


def _value(element: _Element) -> Any:
    text = "".join(element.texts)
    if element.is_nil:
        return None
    if not element.values:
        return text or None
    if text.strip():
        element.values[TEXT] = text.strip()
    return element.values


def as_line(record: Mapping[str, Any]) -> str:
    """A record as a line of JSON Lines."""
    return json.dumps(record, ensure_ascii=False)
