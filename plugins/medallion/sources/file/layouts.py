"""Which of a source's layouts a file has: the first one whose names are in its header."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import SourceRefused
from medallion.sources.formats.compressions import Compression, open_compressed
from medallion.sources.formats.encodings import EncodingWatch
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.layout_keys import LayoutSpec, with_layout

if TYPE_CHECKING:
    from medallion.sources.file.source import FileSource

_HEAD_BYTES = 256 * 1024
_MOST_LISTED = 10


def choose_layout(
    source: FileSource, format_: FileFormat, path: Path, name: str, compression: Compression
) -> tuple[int, FileSource]:
    """The number of a file's layout, from 1, and the source as it is for such files; 0 and the
    source itself where it has no layouts.

    Args:
        source: of all files of the pattern.
        format_: its format.
        path: the file.
        name: the file's in messages.
        compression: the file's.

    Raises:
        SourceRefused: the file's header has the names of no layout.
    """
    if not source.layouts:
        return 0, source
    refusals: list[str] = []
    for number, layout in enumerate(source.layouts, start=1):
        said: FileSource = with_layout(source, layout)
        try:
            found = _find_header(said, format_, path, name, compression)
        except SourceRefused as refused:
            refusals.append(f"layout {number}: {refused.problem.removeprefix(f'{name}: ')}")
            continue
        if set(layout.header_has) <= set(found):
            return number, said
        refusals.append(f"layout {number} finds {_lacking(layout, found)}")
    raise SourceRefused(
        f"{name} is of none of the layouts: {'; '.join(refusals)}",
        remedy="add a layout whose `header_has` names columns of this file, fix the file, or make "
        "the pattern narrower",
    )


def _find_header(
    said: FileSource, format_: FileFormat, path: Path, name: str, compression: Compression
) -> tuple[str, ...]:
    encoding = ""
    if format_.is_text:
        encoding = find_encoding(path, name, compression, format_.read_declared_encoding(said))
    file = FileAtHand(path=path, name=name, compression=compression, encoding=encoding)
    return format_.find_header(file, said)


def find_encoding(
    path: Path, name: str, compression: Compression, declared: str | None = None
) -> str:
    """The encoding of a text by its beginning: the declared one, or what it seems to be.

    Raises:
        SourceRefused: the declared one is wrong, or none can be found.
    """
    watch = EncodingWatch(path=name, declared=declared)
    with open_compressed(path, compression, name) as content:
        watch.feed(content.read(_HEAD_BYTES))
    return watch.conclude()


def _lacking(layout: LayoutSpec, found: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, found[:_MOST_LISTED]))
    lacks = ", ".join(repr(one) for one in layout.header_has if one not in found)
    return f"{shown}{' …' if len(found) > _MOST_LISTED else ''}, without {lacks}"
