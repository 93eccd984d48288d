"""The rows of a delimited text with the lines on which they begin, comments left out."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

from medallion.errors import SourceRefused
from medallion.sources.formats.record_count import LARGEST_FIELD_CHARACTERS

MOST_KEPT = 50
"""Lines that are not read as records, and are kept to be looked at."""
_LONGEST_KEPT = 10_000
"""Characters of such a line."""


class Row(NamedTuple):
    """A row of a table; of no fields if its line is blank."""

    line: int
    """On which it begins, from 1: of a sheet the row's number."""
    fields: list[str]
    breaks: int = 0
    """The line breaks inside of its fields."""
    text: str = ""
    """The line itself, of a text that no delimiter cuts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What separates fields and records in a text."""

    delimiter: str
    quote: str
    """Empty: there are no quotes."""
    escape: str = ""
    comment: str = ""

    def for_csv(self) -> dict[str, Any]:
        """The arguments of Python's csv."""
        quoting = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote or None,
            "quoting": quoting,
            "escapechar": self.escape or None,
            "strict": True,
        }


class DelimitedRows:
    """The rows of a text, read once; `comments` counts the lines that were left out as such."""

    def __init__(self, text: IO[str], dialect: Dialect, name: str, *, skip: int = 0) -> None:
        self._text = text
        self._dialect = dialect
        self._name = name
        self._skip = skip
        self._number = 0
        self._first = 0
        """The line on which the row that is being read begins; 0 before it has any."""
        self._escaped = _escapes(dialect)
        self._skipped: deque[tuple[int, str]] = deque(maxlen=MOST_KEPT)
        self._commented: list[tuple[int, str]] = []
        self.comments = 0

    @property
    def line(self) -> int:
        """The last line that was read, from 1."""
        return self._number

    def __iter__(self) -> Iterator[Row]:
        """Each row, blank ones too.

        Raises:
            SourceRefused: a quote is not closed or is followed by other characters, or a line has
                no end.
            UnicodeError: the text is not in its encoding.
        """
        for _ in range(self._skip):
            line = self._line()
            self._skipped.append((self._number, line[:_LONGEST_KEPT]))
            if not line:
                raise SourceRefused(
                    f"{self._name} has {self._number} lines, but its header should come "
                    f"after {self._skip}",
                    remedy="fix `skip_rows` or `header_row`, or the file",
                )
        csv.field_size_limit(LARGEST_FIELD_CHARACTERS)
        reader = csv.reader(self._lines(), **self._dialect.for_csv())
        while True:
            self._first = 0
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise self._refuse_broken(error) from None
            yield Row(self._first, fields, self._number - self._first)

    def list_skipped(self) -> list[Row]:
        """The last lines that were skipped, each as the row that it would be."""
        return [self._cut(number, line) for number, line in self._skipped]

    def list_comments(self) -> list[Row]:
        """The first lines that were left out as comments, each as the row that it would be."""
        return [self._cut(number, line) for number, line in self._commented]

    def _cut(self, number: int, line: str) -> Row:
        """A line as a row; one of no fields if quotes make no sense in it."""
        try:
            fields = next(csv.reader([self._escaped(line)], **self._dialect.for_csv()), [])
        except csv.Error:
            fields = []
        return Row(number, fields)

    def _lines(self) -> Iterator[str]:
        """Lines for csv, which asks for as many as a row has."""
        comment = self._dialect.comment
        while line := self._line():
            if not self._first:
                if comment and line.startswith(comment):
                    self.comments += 1
                    if len(self._commented) < MOST_KEPT:
                        self._commented.append((self._number, line[:_LONGEST_KEPT]))
                    continue
                self._first = self._number
            yield self._escaped(line)

    def _line(self) -> str:
        line = self._text.readline(LARGEST_FIELD_CHARACTERS)
        if line:
            self._number += 1
        if "\0" in line:
            raise SourceRefused(
                f"{self._name}, line {self._number}: it has NUL characters: it is not a text "
                "file, or damaged",
                remedy="write the file again",
            )
        if len(line) == LARGEST_FIELD_CHARACTERS:
            raise SourceRefused(
                f"{self._name}, line {self._number} has more than {LARGEST_FIELD_CHARACTERS:,} "
                "characters",
                remedy="is it a text file with a line for each record?",
            )
        return line

    def _refuse_broken(self, error: csv.Error) -> SourceRefused:
        quote = self._dialect.quote
        hint = (
            f"is a quote {quote} missing there, or one too many? Fix the file, or declare its "
            "`quote` (`quote: none` if it has none) and `escape`"
        )
        return SourceRefused(
            f"{self._name}, the record from line {self._first} on: {error}",
            remedy=hint if quote else "fix the file, or declare its `escape`",
        )


def _escapes(dialect: Dialect) -> Any:
    """Makes csv drop an escape only before what has a meaning: `\\N` and `\\t` stay two characters.
    An escaped CR LF is one LF, and an escape that ends the text is itself."""
    escape = dialect.escape
    if not escape:
        return str
    meant = {dialect.delimiter, dialect.quote, escape, "\r", "\n"} - {""}

    def keep(found: re.Match[str]) -> str:
        after = found[1] or ""
        if after == "\r\n":
            return f"{escape}\n"
        return found[0] if after in meant else f"{escape}{escape}{after}"

    pair = re.compile(re.escape(escape) + r"(\r\n|[\s\S])?")
    return lambda line: pair.sub(keep, line) if escape in line else line
