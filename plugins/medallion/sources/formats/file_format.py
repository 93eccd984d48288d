"""What a file format is: how a file lands, and how the engines read the part that it became."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.sources.formats.compressions import Compression
from medallion.sources.formats.encodings import display_name


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAtHand:
    """A file on this machine: itself, or the copy of a remote one."""

    path: Path
    name: str
    """What messages call it."""
    compression: Compression
    encoding: str = ""
    """As it was found out; of text only."""


class FileFormat(ABC):
    """One format. It has no state; `table.FORMATS` has one of each."""

    keys: type[SpecModel] | None = None
    """The keys of a source that say something of this format only."""
    is_text: bool = True
    """Whether a file has an encoding, which is found out before it is examined."""
    has_columns: bool = True
    """Whether all records have the layout's columns; else each has its own fields, as in JSON."""

    @abstractmethod
    def examine(self, file: FileAtHand, said: Any) -> tuple[RecordLayout, int]:
        """How a file's records are read, and how many it has.

        Args:
            file: to be read from its beginning to its end.
            said: what the source says; it has the format's `keys`.

        Raises:
            SourceRefused: it is not of this format, or not what the source says.
        """

    @abstractmethod
    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """The part where the engines read it as it is; else a copy in the folder that they do.

        They read CSV and JSON Lines in UTF-8, plain or gzip, and Parquet.

        Raises:
            DataRejected: its values cannot be read exactly.
            SourceRefused, SetupError: it is not what was landed.
        """

    def facts(self, layout: RecordLayout) -> Mapping[str, object]:
        """What was found out of the files, for the manifest."""
        return {"encoding": display_name(layout.encoding)}
