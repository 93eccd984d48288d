"""What a file format is: how a file is landed, and how the engines read the part it became."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.sources.base.source import KeyProblem
from medallion.sources.formats.column_looks import Looks
from medallion.sources.formats.compressions import Compression
from medallion.sources.formats.encodings import display_name
from medallion.sources.formats.lost_letters import LostLetters


@dataclass(slots=True, kw_only=True)
class Remarks:
    """What a format notes of files while it examines them, beside their layout and records."""

    counts: Counter[str] = field(default_factory=Counter)
    """For the manifest's notes: rows that are not records, for example."""
    warnings: list[str] = field(default_factory=list)
    """For the log, each with the file's name; without values of the data."""
    lost: dict[str, LostLetters] = field(default_factory=dict)
    """By file."""
    looks: dict[str, Looks] = field(default_factory=dict)
    """By file, what the values of its columns look like, if nothing in it names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAtHand:
    """A file on this machine: itself, or the copy of a remote one."""

    path: Path
    name: str
    """What messages call it."""
    compression: Compression
    encoding: str = ""
    """As it was found out; of text only."""
    remarks: Remarks = field(default_factory=Remarks, compare=False)


KeyRule = Callable[[Any], Iterator[KeyProblem]]
"""Judges what a source says, which has the format's `keys`. As with every rule of specs, its name,
with dashes, is its id, and its docstring says what it holds a spec to."""


class FileFormat(ABC):
    """One format. Stateless; `table.FORMATS` has one instance of each."""

    keys: type[SpecModel] | None = None
    """The keys of a source that say something of this format only; `FileSource` takes them from
    here. Each has a docstring, which begins with the format's word."""
    rules: tuple[KeyRule, ...] = ()
    """What the keys' values are held to, of sources in this format."""
    suffixes: tuple[str, ...] = ()
    """How names of such files end, in small letters."""
    is_text: bool = True
    """Whether a file has an encoding, which is found out before it is examined."""
    writes_lost_letters: tuple[bytes, ...] = ()
    """How U+FFFD may be written in a text, beside its bytes in UTF-8."""
    has_columns: bool = True
    """Whether all records have the layout's columns; else each has its own fields, as in JSON."""
    has_header: bool = False
    """Whether a file names its columns in a row, which may be missing or a record."""
    has_sheets: bool = False
    """Whether a file may hold several tables, each under a name."""
    has_delimiter: bool = False
    """Whether a character divides a record's values: which one is found out."""
    values_are_texts: bool = False
    """Whether values are what is written, without types of their own: a test's rows may be in
    delimited text."""

    def has_key(self, key: str) -> bool:
        """Whether a key of a source says something of this format only."""
        return self.keys is not None and key in self.keys.model_fields

    def read_declared_encoding(self, said: Any) -> str | None:
        """The encoding that the source says its files have; None: it is found out."""
        return None

    def find_header(self, file: FileAtHand, said: Any) -> tuple[str, ...]:
        """The columns' names, of a format that `has_header`; only the beginning of a text is read.

        Raises:
            SourceRefused: there is no header where the source says, or not as it says.
        """
        raise NotImplementedError

    @abstractmethod
    def examine(self, file: FileAtHand, said: Any) -> tuple[RecordLayout, int]:
        """A file's layout and its number of records.

        Args:
            file: read from its beginning to its end.
            said: the source, which has the format's `keys`.

        Raises:
            SourceRefused: it is not of this format, or not as the source says.
        """

    @abstractmethod
    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """The part and its layout if the engines can read it; else those of a copy in `folder`.

        They read CSV and JSON Lines in UTF-8, plain or gzip, and Parquet.

        Raises:
            DataRejected: its values cannot be read exactly.
            SourceRefused, SetupError: it is not what was landed.
        """

    def facts(self, layout: RecordLayout) -> Mapping[str, object]:
        """What was detected in the files, for the manifest."""
        return {"encoding": display_name(layout.encoding)}
