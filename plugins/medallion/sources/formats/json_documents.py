"""A JSON document a file: its records found where the spec says, however large it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from medallion.errors import SourceRefused
from medallion.model import SpecModel
from medallion.prose import list_some
from medallion.records import RecordLayout
from medallion.sources.base.source import KeyProblem
from medallion.sources.formats.compressions import open_compressed
from medallion.sources.formats.encodings import display_name, pass_mark
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.json_entries import KEYS_AS, VALUES_AS, make_record
from medallion.sources.formats.json_scanner import JsonScanner
from medallion.sources.formats.lost_letters import IN_JSON

LARGEST_RECORD = 15 * 1024 * 1024
"""The engine reads no line of more than 16 MiB."""

_SHOWN_KEYS = 12
_LINE_BREAKS = bytes.maketrans(b"\r\n", b"  ")
_KINDS = {b"{": "an object", b'"': "a text", b"t": "true", b"f": "false", b"n": "null"}


class DocumentKeys(SpecModel):
    """What an author may say of a JSON document."""

    records: str = ""
    """json: where the document holds the list of records: data.items; left out where it is the
    list itself."""
    single_record: bool = False
    """json: the document itself, an object, is one record."""
    keys_as: str | None = Field(default=None, min_length=1, max_length=100)
    """json: at the place of the records is an object, {"FR": {…}, "DE": {…}}. What is under each
    key is a record (of a list, each object in it), and its key becomes the field of this name."""
    values_as: str | None = Field(default=None, min_length=1, max_length=100)
    """json: with `keys_as`, whatever is under a key becomes the field of this name: {"USD": 1.08}
    has the records {currency: USD, rate: 1.08}."""


def json_records(said: DocumentKeys) -> Iterator[KeyProblem]:
    """A JSON document is one record, or has a list of them at a place: a dotted path of keys."""
    if said.records and said.single_record:
        yield KeyProblem(
            key="single_record",
            problem="the document is one record, and `records` names a list in it",
            remedy="keep one of the two",
        )
    elif said.records and not all(said.records.split(".")):
        yield KeyProblem(
            key="records",
            problem=f"{said.records!r} is not a path of keys",
            remedy="write the keys with a dot between them: data.items",
        )


def json_keys(said: DocumentKeys) -> Iterator[KeyProblem]:
    """The keys of an object of records become a field, with a name that a column can read."""
    if said.keys_as and said.single_record:
        yield KeyProblem(
            key=KEYS_AS,
            problem="the document is one record, and `keys_as` makes a record of each of its keys",
            remedy="keep one of the two",
        )
    if said.values_as and not said.keys_as:
        yield KeyProblem(
            key=VALUES_AS,
            problem="`values_as` is about the values of an object whose keys are a field",
            remedy="add `keys_as: currency`, a name for the keys",
        )
    if said.values_as and said.values_as == said.keys_as:
        yield KeyProblem(
            key=VALUES_AS,
            problem=f"the keys are called {said.keys_as} already",
            remedy="give the values a name of their own",
        )
    for key, field in ((KEYS_AS, said.keys_as), (VALUES_AS, said.values_as)):
        if field and any(sign in field for sign in ".[]"):
            yield KeyProblem(
                key=key,
                problem=f"{field!r} is read as a path into a record, not as a field's name",
                remedy="write it without dots and brackets",
            )


class JsonDocument(FileFormat):
    """A file is one document, which contains a list of records or is one record."""

    keys = DocumentKeys
    rules = (json_records, json_keys)
    suffixes = (".json", ".geojson")
    writes_lost_letters = IN_JSON
    has_columns = False

    def examine(self, file: FileAtHand, said: DocumentKeys) -> tuple[RecordLayout, int]:
        """The layout and the number of records at the place that the source names."""
        own = tuple(
            (key, field)
            for key, field in ((KEYS_AS, said.keys_as), (VALUES_AS, said.values_as))
            if field
        )
        return examine(file, said.records, single=said.single_record, own=own)

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """A copy in JSON Lines, each record spelled as in the document."""
        copy = folder / "records.jsonl"
        with copy.open("wb") as target:
            for record in records_of(part, part.name, layout):
                target.write(record)
                target.write(b"\n")
        return copy, RecordLayout(format="jsonl")


def examine(
    file: FileAtHand, records: str, *, single: bool, own: tuple[tuple[str, str], ...] = ()
) -> tuple[RecordLayout, int]:
    """A document's layout and its number of records.

    Args:
        records: the place of the records.
        single: the document is one record.
        own: pairs of `keys_as` and `values_as` with the names that they give.

    Raises:
        SourceRefused: it is not JSON, or has no list of records at the named place.
    """
    if file.encoding not in ("utf-8", "utf-8-sig", "ascii"):
        raise SourceRefused(
            f"{file.name} is {display_name(file.encoding)}: JSON is UTF-8",
            remedy="have the file written in UTF-8",
        )
    layout = RecordLayout(
        format="json",
        compression=file.compression,
        records_path=records,
        single_record=single,
        own=own,
    )
    return layout, sum(1 for _ in records_of(file.path, file.name, layout))


def records_of(path: Path, name: str, layout: RecordLayout) -> Iterator[bytes]:
    """Each record as it is spelled, on one line.

    Raises:
        SourceRefused: as `examine`, also after some records.
    """
    with open_compressed(path, layout.compression, name) as content:
        pass_mark(content)
        scanner = JsonScanner(content, name, LARGEST_RECORD)
        found = _single(scanner, name) if layout.single_record else _list(scanner, name, layout)
        for record in found:
            # Valid JSON has line breaks between its tokens only.
            yield record.translate(_LINE_BREAKS)
        if scanner.peek():
            raise scanner.refusal("the document has ended")


def _single(scanner: JsonScanner, name: str) -> Iterator[bytes]:
    if scanner.peek() != b"{":
        raise SourceRefused(
            f"{name} is {_kind(scanner.peek())}, and one record is an object",
            remedy="where it is a list of records, remove `single_record`",
        )
    yield _small(scanner, scanner.value(), name)


def _list(scanner: JsonScanner, name: str, layout: RecordLayout) -> Iterator[bytes]:
    steps = layout.records_path.split(".") if layout.records_path else []
    for number, step in enumerate(steps):
        _enter(scanner, name, steps[: number + 1], step)
    first = scanner.peek()
    own = dict(layout.own)
    if own and first == b"{":
        yield from _entries(scanner, name, own)
    elif own and first == b"[":
        raise SourceRefused(
            f"{name}: {_place(steps)} is a list, and `keys_as` reads an object of records",
            remedy="remove `keys_as`: the records of a list have no keys",
        )
    elif first == b"[":
        yield from _items(scanner, name)
    elif first != b"n" or scanner.value() != b"null":  # a null list is an empty one
        raise _no_list(scanner, name, layout.records_path)
    for step in reversed(steps):
        _leave(scanner, name, step)


def _items(scanner: JsonScanner, name: str) -> Iterator[bytes]:
    scanner.take(b"[")
    if scanner.peek() == b"]":
        scanner.take(b"]")
        return
    while True:
        yield _small(scanner, scanner.value(), name)
        if scanner.take(b",", b"]") == b"]":
            return


def _entries(scanner: JsonScanner, name: str, own: dict[str, str]) -> Iterator[bytes]:
    """A record for what is under each key; for each of them, where that is a list."""
    first = True
    for key in _keys(scanner):
        kind = scanner.peek()
        if first and VALUES_AS not in own and kind not in (b"{", b"["):
            raise SourceRefused(
                f"{name}: under the key {key[:40]!r} is {_kind(kind)}, and a record is an object",
                remedy="where the values themselves are the data, name them too: "
                "`values_as: value`",
            )
        first = False
        if kind == b"[" and VALUES_AS not in own:
            found = _items(scanner, name)
        else:
            found = iter((_small(scanner, scanner.value(), name),))
        for value in found:
            yield make_record(key, value, own, name)


def _enter(scanner: JsonScanner, name: str, path: list[str], step: str) -> None:
    """Go into an object, up to the value of a key."""
    if scanner.peek() != b"{":
        raise SourceRefused(
            f"{name}: nothing at `{'.'.join(path)}`: "
            f"{_place(path[:-1])} is {_kind(scanner.peek())}",
            remedy="fix `records`, the dotted path of the list in the document",
        )
    seen = []
    for key in _keys(scanner):
        if key == step:
            return
        seen.append(key[:40])
        scanner.skip()
    raise SourceRefused(
        f"{name}: nothing at `{'.'.join(path)}`: {_place(path[:-1])} has {_list_keys(seen)}",
        remedy="fix `records`, the dotted path of the list in the document",
    )


def _leave(scanner: JsonScanner, name: str, step: str) -> None:
    """Go out of an object: what else it has is not a record."""
    while scanner.take(b",", b"}") == b",":
        if scanner.text() == step:
            raise SourceRefused(
                f"{name} has the key {step!r} twice: which of them holds the records?",
                remedy="have the file written with each key once",
            )
        scanner.take(b":")
        scanner.skip()


def _keys(scanner: JsonScanner) -> Iterator[str]:
    """The keys of an object; whoever takes one goes past its value."""
    scanner.take(b"{")
    if scanner.peek() == b"}":
        scanner.take(b"}")
        return
    while True:
        key = scanner.text()
        scanner.take(b":")
        yield key
        if scanner.take(b",", b"}") == b"}":
            return


def _small(scanner: JsonScanner, record: bytes, name: str) -> bytes:
    if len(record) > LARGEST_RECORD:
        raise SourceRefused(
            f"{name} has a record of {len(record):,} bytes, and {LARGEST_RECORD:,} are the most",
            remedy="is it the list of records? Name its place in `records`",
        )
    return record


def _no_list(scanner: JsonScanner, name: str, records: str) -> SourceRefused:
    first = scanner.peek()
    if not first:
        return SourceRefused(f"{name} is empty", remedy="an empty document is written []")
    if records or first != b"{":
        where = f"`{records}`" if records else "the document"
        keyed = "; where each of its keys has a record, say `keys_as: key`" if first == b"{" else ""
        return SourceRefused(
            f"{name}: no list of records: {where} is {_kind(first)}",
            remedy=f"name the place of the list in `records` (data.items){keyed}",
        )
    seen = []
    for key in _keys(scanner):
        seen.append(key[:40])
        scanner.skip()
    return SourceRefused(
        f"{name}: no list of records: the document is an object with {_list_keys(seen)}",
        remedy="name the place of the list in `records` (data.items), say `single_record: true` "
        "where the document is one record, `keys_as: key` where each of its keys has a record, or "
        "`format: jsonl` where each line is one",
    )


def _list_keys(keys: list[str]) -> str:
    if not keys:
        return "no keys"
    return f"the keys {list_some(keys, _SHOWN_KEYS)}"


def _place(path: list[str]) -> str:
    return f"`{'.'.join(path)}`" if path else "the document"


def _kind(first: bytes) -> str:
    return _KINDS.get(first, "a list" if first == b"[" else "a number")
