"""An XML document a file: its records found where the spec says, read by a copy in JSON Lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.sources.base.source import KeyProblem
from medallion.sources.formats.compressions import Compression, open_compressed
from medallion.sources.formats.encodings import BOMS, codec_name
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.lost_letters import (
    IN_XML,
    LostLetterWatch,
    WatchedContent,
    count_lost_letters,
)

_HEAD_BYTES = 256
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_RECORD, _LISTS, _NAMESPACES = "record", "lists", "namespaces"
_Name = Annotated[str, Field(min_length=1, max_length=1000)]


class XmlKeys(SpecModel):
    """What an author says of an XML document."""

    record: str = ""
    """xml: the element that is a record, by its path from the root: /catalogue/book."""
    lists: tuple[_Name, ...] = Field(default=(), strict=False, max_length=1000)
    """xml: elements of a record that are lists, also where there is one: [authors.author]."""
    namespaces: dict[_Name, _Name] = {}
    """xml: a prefix for the names of a namespace: {g: "http://base.google.com/ns/1.0"} calls its
    elements g:price, whatever prefix the file has. Other names have none."""


def xml_record(said: XmlKeys) -> Iterator[KeyProblem]:
    """A record of an XML document is an element, named by its path from the root."""
    steps = said.record.removeprefix("/").split("/")
    if not said.record:
        yield KeyProblem(
            key=_RECORD,
            problem="which element is a record is not said",
            remedy="add `record: /catalogue/book`, its path from the root",
        )
    elif not said.record.startswith("/") or not all(steps):
        yield KeyProblem(
            key=_RECORD,
            problem=f"{said.record!r} is not a path of elements from the root",
            remedy="write the elements' names with a slash before each: /catalogue/book",
        )


class XmlDocument(FileFormat):
    """Elements of one path are the records; what each holds is read as from JSON."""

    keys = XmlKeys
    rules = (xml_record,)
    suffixes = (".xml", ".rss", ".atom")
    is_text = False  # a document says its encoding itself
    has_columns = False

    def examine(self, file: FileAtHand, said: XmlKeys) -> tuple[RecordLayout, int]:
        """The layout and the number of records at the path that the source names."""
        layout = RecordLayout(
            format="xml",
            compression=file.compression,
            own=(
                (_RECORD, said.record),
                (_LISTS, json.dumps(list(said.lists))),
                (_NAMESPACES, json.dumps(dict(said.namespaces))),
            ),
        )
        watch = LostLetterWatch(IN_XML)
        with _records(file.path, file.name, layout, watch) as found:
            records = sum(1 for _ in found)
        encoding = _read_encoding(file)
        if watch.may_be_in(encoding):
            counted = count_lost_letters(file.path, file.compression, file.name, IN_XML, encoding)
            if counted:
                file.remarks.lost[file.name] = counted
        if not records:
            file.remarks.warnings.append(
                f"{file.name}: there is no element at `{said.record}`: it holds no record"
            )
        return layout, records

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """A copy in JSON Lines."""
        from medallion.sources.formats.xml_records import as_line

        copy = folder / "records.jsonl"
        with (
            copy.open("w", encoding="utf-8", newline="\n") as target,
            _records(part, part.name, layout) as found,
        ):
            target.writelines(f"{as_line(record)}\n" for record in found)
        return copy, RecordLayout(format="jsonl")

    def facts(self, layout: RecordLayout) -> Mapping[str, object]:
        """Nothing: the source says all of it."""
        return {}


def _read_encoding(file: FileAtHand) -> str:
    """The encoding that a document says itself, by its mark or in its first line."""
    with open_compressed(file.path, file.compression, file.name) as content:
        head = content.read(_HEAD_BYTES)
    marked = next((codec for mark, codec, _ in BOMS if head.startswith(mark)), "")
    said = _DECLARED.match(head)
    return marked or (said and codec_name(said[1].decode())) or "utf-8"


@contextmanager
def _records(
    part: Path, name: str, layout: RecordLayout, watch: LostLetterWatch | None = None
) -> Iterator[Iterator[dict[str, Any]]]:
    """The records of a part; a watch sees its bytes.

    Raises:
        SourceRefused: in the block: it is not such a document.
    """
    from medallion.sources.formats.xml_records import XmlShape, records_of

    own = dict(layout.own)
    shape = XmlShape(
        record=tuple(own[_RECORD].removeprefix("/").split("/")),
        lists=frozenset(json.loads(own[_LISTS])),
        namespaces={uri: prefix for prefix, uri in json.loads(own[_NAMESPACES]).items()},
    )
    compression: Compression = layout.compression
    with open_compressed(part, compression, name) as content:
        yield records_of(WatchedContent(content, watch) if watch else content, name, shape)
