"""The files of a project that a source names, one or several by a pattern; compressed or not."""

from __future__ import annotations

import difflib
import glob
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, cast

from medallion.errors import SourceRefused

Compression = Literal["none", "gzip"]

MOST_FILES = 10_000


def files_of(root: Path, path: str) -> list[Path]:
    """The files that a path names, resolved and sorted; `*`, `?` and `[…]` make it a pattern.

    Raises:
        SourceRefused: there is none, or one is outside the project's folder.
    """
    root = root.resolve()
    if not glob.has_magic(path) or (root / path).is_file():
        return [_inside(root, path)]
    found = glob.iglob(path, root_dir=root, recursive=True)  # noqa: PTH207  # no hidden files
    names = sorted(name for name in found if (root / name).is_file())
    if not names:
        raise SourceRefused(
            f"no file is named like {path}", remedy="patterns are relative to the project"
        )
    if len(names) > MOST_FILES:
        raise SourceRefused(
            f"{len(names):,} files are named like {path}, and {MOST_FILES:,} are the most",
            remedy="make the pattern narrower",
        )
    return [_inside(root, name) for name in names]


def part_names(root: Path, files: list[Path]) -> list[str]:
    """A name for each file's part, without what readers take for a pattern or a folder."""
    if len(files) == 1:
        return [_plain(files[0].name)]
    root = root.resolve()
    return [
        f"{number:05d}_{_plain(str(file.relative_to(root)))}" for number, file in enumerate(files)
    ]


def compression_of(file: Path, declared: Compression | None) -> Compression:
    """As declared, or as the name's ending says."""
    return declared or ("gzip" if file.suffix.lower() == ".gz" else "none")


@contextmanager
def opened(file: Path, compression: Compression, name: str) -> Iterator[BinaryIO]:
    """The file's content. `name` is what messages call it.

    Raises:
        SourceRefused: in the block too: it is no gzip, or ends in the middle.
    """
    if compression == "none":
        with file.open("rb") as raw:
            yield raw
        return
    try:
        with gzip.open(file, "rb") as content:
            yield cast("BinaryIO", content)
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SourceRefused(
            f"{name} is not gzip, or damaged: {error}",
            remedy="declare `compression: none`, or mend the file",
        ) from None
    except EOFError:
        raise SourceRefused(
            f"{name} ends in the middle: it was cut, or is still being written",
            remedy="write such a file under another name and rename it when it is whole",
        ) from None


def _inside(root: Path, path: str) -> Path:
    file = (root / path).resolve()
    if not file.is_relative_to(root):
        raise SourceRefused(
            f"{path} is outside the project's folder",
            remedy="name a file below it, relative to it",
        )
    if file.is_file():
        return file
    names = [f.name for f in file.parent.iterdir()] if file.parent.is_dir() else []
    close = difflib.get_close_matches(file.name, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise SourceRefused(
        f"there is no file {path}", remedy=f"{hint}Paths are relative to the project"
    )


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)
