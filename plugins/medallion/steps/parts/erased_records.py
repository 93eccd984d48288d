"""A part without the records of an erased person.

A blank record stays in the place of each: the others keep their numbers, by which silver,
quarantine and dropped records refer to them. For a gate, which judges records, they are left out.

It is read line by line, or by groups of rows: memory does not grow with the part. Of the other
records no byte changes in a text; in Parquet no value.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from medallion.records import DECIMAL, MESSAGES, RecordLayout
from medallion.sources.formats.compressions import open_compressed

_LARGEST_FIELD_CHARACTERS = 64 * 1024 * 1024
_WRITTEN = ("none", "gzip")
_SPACE = re.compile(r"[ \t\n\r]*")


def _forget(record: object) -> None:
    """The default `keep`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """What goes from a part.

    Attributes:
        numbers: of the records, from 1.
        words: what a line that is not a record must not have; None: such lines stay as they are.
        leaves_out: whether nothing stays in their place.
        keep: gets each record that goes, as it was landed.
    """

    numbers: frozenset[int]
    words: re.Pattern[str] | None = None
    leaves_out: bool = False
    keep: Callable[[object], None] = field(default=_forget)


@dataclass(slots=True, kw_only=True)
class Erased:
    """What went: the numbers of records, and how many lines that are not records."""

    numbers: set[int] = field(default_factory=set)
    lines: int = 0


def why_not(layout: RecordLayout) -> str:
    """Why single records of such a part cannot be rewritten; empty: they can."""
    if layout.format not in _WRITERS:
        return f"a part in the format {layout.format} is rewritten as a whole or not at all"
    if layout.compression not in _WRITTEN:
        return f"a part that is packed by {layout.compression} cannot be packed again alike"
    if layout.with_parent:
        return "its records share the object of another record"
    if any(name not in (DECIMAL, MESSAGES) for name, _ in layout.own):
        return f"its format {layout.format} has details of its own"
    return ""


def erase_records(part: Path, layout: RecordLayout, target: Path, erasing: Erasing) -> Erased:
    """Write a part without some records. `why_not` says which parts that is for.

    Raises:
        UnicodeError, ValueError: the part is not what its layout says.
        OSError: there is no room.
    """
    erased = Erased()
    _WRITERS[layout.format](part, layout, target, erasing, erased)
    return erased


@contextmanager
def _open_target(target: Path, layout: RecordLayout) -> Iterator[IO[bytes]]:
    """Bytes in, packed as the part is; the same bytes give the same file."""
    with target.open("wb") as raw:
        if layout.compression != "gzip":
            yield raw
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
            yield cast("IO[bytes]", packed)


class _Lines:
    """Lines for `csv.reader`, which takes as many as a record has: those it has taken last."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._taken.append(line)
        return line

    def take(self) -> str:
        """The lines since the last call, as they are in the file."""
        taken = "".join(self._taken)
        self._taken.clear()
        return taken


def _erase_from_csv(
    part: Path, layout: RecordLayout, target: Path, erasing: Erasing, erased: Erased
) -> None:
    csv.field_size_limit(_LARGEST_FIELD_CHARACTERS)
    width, number = len(layout.columns), 0
    errors = "surrogateescape" if layout.encoding.lower().replace("_", "-") == "utf-8" else "strict"
    coded: dict[str, Any] = {"encoding": layout.encoding, "errors": errors, "newline": ""}
    with (
        open_compressed(part, layout.compression, part.name) as content,
        _open_target(target, layout) as packed,
    ):
        written = io.TextIOWrapper(packed, **coded)
        lines = _Lines(io.TextIOWrapper(content, **coded))
        rows = csv.reader(lines, delimiter=layout.delimiter, quotechar=layout.quote)
        next(rows, None)  # the header
        written.write(lines.take())
        for row in rows:
            text = lines.take()
            if not row:
                pass
            elif len(row) != width:
                text = _hide(text, erasing, erased)
            else:
                number += 1
                if number in erasing.numbers:
                    erased.numbers.add(number)
                    erasing.keep(dict(zip(layout.columns, row, strict=True)))
                    text = "" if erasing.leaves_out else _blank_row(text, layout)
            written.write(text)
        written.flush()
        written.detach()


def _blank_row(text: str, layout: RecordLayout) -> str:
    """As many fields, all empty; of a single one the quotes say that it is there."""
    end = text[len(text.rstrip("\r\n")) :]
    width = len(layout.columns)
    return (layout.delimiter * (width - 1) if width > 1 else layout.quote * 2) + end


def _hide(text: str, erasing: Erasing, erased: Erased) -> str:
    """A line that is not a record, and stays none, without its words if one of them is looked
    for."""
    if erasing.words is None or erasing.leaves_out or not erasing.words.search(text):
        return text
    erased.lines += 1
    return re.sub(r"\w", "x", text)


def _erase_json_lines(
    part: Path, layout: RecordLayout, target: Path, erasing: Erasing, erased: Erased
) -> None:
    number = 0
    with (
        open_compressed(part, layout.compression, part.name) as content,
        _open_target(target, layout) as written,
    ):
        for line in content:
            if layout.records_path:
                text, number = _erase_in_list(line.decode(), layout, number, erasing, erased)
                written.write(text.encode())
                continue
            if line.strip():
                number += 1
                if number in erasing.numbers or _is_broken_with(line, erasing):
                    erased.numbers.add(number)
                    erasing.keep(_read_json(line))
                    end = line[len(line.rstrip(b"\r\n")) :]
                    written.write(b"" if erasing.leaves_out else b"{}" + end)
                    continue
            written.write(line)


def _is_broken_with(line: bytes, erasing: Erasing) -> bool:
    """Whether a line is not JSON at all, and has one of the words: it is a record in quarantine."""
    if erasing.words is None or erasing.leaves_out:
        return False
    return bool(erasing.words.search(line.decode(errors="replace"))) and isinstance(
        _read_json(line), str
    )


def _read_json(line: bytes) -> object:
    """The value; of a line that is not JSON its text."""
    try:
        return json.loads(line)
    except ValueError:
        return line.decode(errors="replace")


def _erase_in_list(
    text: str, layout: RecordLayout, number: int, erasing: Erasing, erased: Erased
) -> tuple[str, int]:
    """A document with the records of its list, and the number of the last of them."""
    spans = _find_elements(text, layout.records_path.split("."))
    if spans is None:
        return text, number
    (start, end), elements = spans
    kept = []
    for first, last in elements:
        number += 1
        element = text[first:last]
        if number in erasing.numbers:
            erased.numbers.add(number)
            erasing.keep(_read_json(element.encode()))
            element = "{}"
            if erasing.leaves_out:
                continue
        kept.append(element)
    if erased.numbers or erasing.leaves_out:
        text = f"{text[:start]}[{','.join(kept)}]{text[end:]}"
    return text, number


def _find_elements(
    text: str, path: list[str]
) -> tuple[tuple[int, int], list[tuple[int, int]]] | None:
    """(where the list at a path begins and ends, where each of its elements does); None: there is
    none."""
    at = _skip(text, 0)
    for step in path:
        found = next((value for key, value in _list_members(text, at) if key == step), None)
        if found is None:
            return None
        at = found
    if not text.startswith("[", at):
        return None
    elements, end = _walk(text, at)
    return (at, end), elements


def _list_members(text: str, at: int) -> list[tuple[str, int]]:
    """(key, where its value begins) of the object that begins there; none of another value."""
    if not text.startswith("{", at):
        return []
    decoder, members = json.JSONDecoder(), []
    at = _skip(text, at + 1)
    while not text.startswith("}", at):
        key, at = decoder.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        members.append((key, at))
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text.startswith(",", at) else at
    return members


def _walk(text: str, at: int) -> tuple[list[tuple[int, int]], int]:
    """Where the elements of the list that begins there begin and end, and where the list ends."""
    decoder, elements = json.JSONDecoder(), []
    at = _skip(text, at + 1)
    while not text.startswith("]", at):
        _, end = decoder.raw_decode(text, at)
        elements.append((at, end))
        at = _skip(text, end)
        at = _skip(text, at + 1) if text.startswith(",", at) else at
    return elements, at + 1


def _skip(text: str, at: int) -> int:
    """Where the next character is that is not white space.

    Raises:
        ValueError: the text ends before.
    """
    found = _SPACE.match(text, at)
    at = found.end() if found else at
    if at >= len(text):
        raise ValueError("the document is cut")
    return at


def _erase_parquet(
    part: Path, layout: RecordLayout, target: Path, erasing: Erasing, erased: Erased
) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetFile(part) as source:
        schema = source.schema_arrow
        if not erasing.leaves_out and (needed := [one.name for one in schema if not one.nullable]):
            raise ValueError(f"{needed[0]} takes no NULL")
        packed = source.metadata.row_group(0).column(0).compression if source.num_row_groups else ""
        codec = packed if packed not in ("", "UNCOMPRESSED") else "NONE"
        with pq.ParquetWriter(target, schema, compression=codec) as writer:
            before = 0
            for group in range(source.num_row_groups):
                table = source.read_row_group(group)
                writer.write_table(_erase_rows(table, before, erasing, erased))
                before += table.num_rows


def _erase_rows(table: Any, before: int, erasing: Erasing, erased: Erased) -> Any:
    """Rows of which `before` others came before."""
    import pyarrow as pa
    import pyarrow.compute as pc

    goes = [number - before - 1 for number in sorted(erasing.numbers)]
    goes = [at for at in goes if 0 <= at < table.num_rows]
    if not goes:
        return table
    erased.numbers.update(before + at + 1 for at in goes)
    for row in table.take(pa.array(goes)).to_pylist():
        erasing.keep(row)
    positions, gone = pa.array(range(table.num_rows)), set(goes)
    if erasing.leaves_out:
        return table.filter(pc.invert(pc.is_in(positions, value_set=pa.array(goes))))
    places = pa.array([None if at in gone else at for at in range(table.num_rows)])
    return table.take(places)


_WRITERS: dict[str, Callable[[Path, RecordLayout, Path, Erasing, Erased], None]] = {
    "csv": _erase_from_csv,
    "jsonl": _erase_json_lines,
    "parquet": _erase_parquet,
}
