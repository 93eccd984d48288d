"""Copies of landed parts that are not written as the engines read them; the parts stay as they are.

Each takes the place of the one before in the folder: the disk holds one part at a time.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from medallion.disk import is_passing
from medallion.errors import LakeUnavailable
from medallion.records import RecordLayout
from medallion.sources.formats.table import FORMATS
from medallion.sources.formats.text_copies import open_text

_LARGEST_FIELD_CHARACTERS = 64 * 1024 * 1024


def readable(part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
    """The part and its layout if the engines can read it as it is; else those of a copy that they
    can.

    Raises:
        DataRejected: its values cannot be read exactly.
        SourceRefused, SetupError: it is not what was landed.
        LakeUnavailable: there is no room for the copy.
    """
    with room_for(part):
        return FORMATS[layout.format].readable(part, layout, folder)


def with_one_line_end(part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
    """A copy in which every record ends in LF; line ends inside fields are kept.

    DuckDB's CSV reader takes mixed line ends only in a lenient mode, which loses fields silently.

    Raises:
        LakeUnavailable: there is no room for the copy.
    """
    copy = folder / "one-line-end"
    dialect: dict[str, Any] = {"delimiter": layout.delimiter, "quotechar": layout.quote}
    csv.field_size_limit(_LARGEST_FIELD_CHARACTERS)
    with (
        room_for(part),
        open_text(part, layout) as source,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target, lineterminator="\n", **dialect)
        writer.writerows(row for row in csv.reader(source, **dialect) if row)
    return copy, replace(layout, encoding="utf-8", compression="none")


@contextmanager
def room_for(part: Path) -> Iterator[None]:
    """Say of a full disk that it is one, and which folder is on it: the next try may find room."""
    try:
        yield
    except OSError as error:
        if not is_passing(error):
            raise
        raise LakeUnavailable(
            f"{part.name} cannot be copied for the engine: {error.strerror or error}",
            remedy=f"make room in {tempfile.gettempdir()} (TMPDIR)",
        ) from None
