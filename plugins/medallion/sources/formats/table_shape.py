"""Where a table is in a file that is more than a header and records: what a source says of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """What is not a record, and where the header is. Each default is that of a plain file."""

    skip_rows: int = 0
    """Lines (rows of a sheet) before the header that are not looked at."""
    header_row: tuple[int, ...] = ()
    """The lines, from 1, on which the header's rows begin."""
    column_names: tuple[str, ...] = ()
    """The names of a table that has no header."""
    skip_footer: int = 0
    """So many records at the end are not records."""
    footer: str = ""
    """The first record that matches this regular expression begins the footer."""
    comment: str = ""
    escape: str = ""
    quoted: bool = True
    """Whether fields may be in quotes."""
    pad_short_rows: bool = False
    trailing_delimiter: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it says nothing: the first line is the header, and all others are records."""
        return self == TableShape()

    @property
    def lines_before(self) -> int:
        """The lines that are passed over without a look at what is in them."""
        return self.header_row[0] - 1 if self.header_row else self.skip_rows

    def pairs(self) -> Pairs:
        """What it says, as a layout keeps it (`RecordLayout.own`).

        >>> TableShape(skip_rows=2, comment="#").pairs()
        (('skip_rows', '2'), ('comment', '"#"'))
        """
        plain = TableShape()
        return tuple(
            (one.name, json.dumps(getattr(self, one.name), ensure_ascii=False))
            for one in fields(self)
            if getattr(self, one.name) != getattr(plain, one.name)
        )

    @classmethod
    def of(cls, own: Pairs) -> TableShape:
        """The shape that a layout keeps; other facts of its format are passed over.

        >>> TableShape.of((("header_row", "[1, 2]"),)).header_row
        (1, 2)
        """
        known = {one.name for one in fields(cls)}
        found: dict[str, Any] = {name: json.loads(text) for name, text in own if name in known}
        listed = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
        return cls(**(found | listed))
