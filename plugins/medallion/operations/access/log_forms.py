"""The forms in which PostgreSQL writes its log, each with files of its own: text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from medallion.operations.access.entries import MARK, PREFIX, Entry, read_entry, split_entries
from medallion.operations.access.json_entries import read_json_entries, split_lines
from medallion.warehouse.journal.collection import LogState


class LogForm(Protocol):
    """One of them."""

    @property
    def ending(self) -> str:
        """Of the names of its files."""

    def find_problem(self, state: LogState) -> str:
        """Why what the server writes in it cannot be read; empty: it can."""

    def split(self, content: bytes, *, is_whole: bool) -> tuple[list[bytes], int]:
        """The entries of a stretch from the beginning of a line on, and the bytes that they take.

        Args:
            is_whole: nothing follows what stands last.
        """

    def read(self, raw: bytes) -> Sequence[Entry]:
        """What an entry says; empty: it is not one of this form."""

    def is_expected(self, raw: bytes) -> bool:
        """Whether something that cannot be read should have been an entry."""


class TextLog:
    """`log_destination = stderr`, with our prefix."""

    ending = ".log"

    def find_problem(self, state: LogState) -> str:
        """Only by our prefix an entry is known."""
        if state.prefix == PREFIX:
            return ""
        return "log_line_prefix of the server is not the one of docs/access-journal.md"

    def split(self, content: bytes, *, is_whole: bool) -> tuple[list[bytes], int]:
        """Lines that begin with a tab belong to the entry before."""
        return split_entries(content, is_whole=is_whole)

    def read(self, raw: bytes) -> Sequence[Entry]:
        """By the prefix."""
        entry = read_entry(raw)
        return () if entry is None else (entry,)

    def is_expected(self, raw: bytes) -> bool:
        """Others write into the same file: the server's libraries, who starts it."""
        return raw.startswith(MARK.encode())


class JsonLog:
    """`log_destination = jsonlog`, whatever the prefix."""

    ending = ".json"

    def find_problem(self, state: LogState) -> str:
        """Its fields have names."""
        return ""

    def split(self, content: bytes, *, is_whole: bool) -> tuple[list[bytes], int]:
        """A line is an entry."""
        return split_lines(content)

    def read(self, raw: bytes) -> Sequence[Entry]:
        """A message, and what belongs to it."""
        return read_json_entries(raw)

    def is_expected(self, raw: bytes) -> bool:
        """Nobody else writes into such a file."""
        return True


TEXT, JSON = TextLog(), JsonLog()
ENDINGS = (TEXT.ending, JSON.ending)


def form_of(name: str) -> LogForm:
    """Of a file of the log, by its name. One that the server was rotated to has another ending."""
    return JSON if name.endswith(JSON.ending) else TEXT


def choose_form(state: LogState) -> LogForm:
    """The one that is read. A server may write both, and no entry counts twice: then the text is,
    where it has our prefix."""
    is_text = state.is_text and not TEXT.find_problem(state)
    return JSON if state.is_json and not is_text else TEXT
