"""How far the extraction of a REST source has come, for a later try to go on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from medallion.sources.http.api import Call
from medallion.sources.rest.pages import PageReader


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far the reading is: after each whole page it goes into the journal, as JSON."""

    lists: int = 0
    """Read to their end."""
    pages: int = 0
    ignored: int = 0
    read: int = 0
    """Of the list that is being read: its pages, its records, and its total as the API says it."""
    records: int = 0
    total: int | None = None
    following: Mapping[str, Any] | None = None
    """Its next request; None where the list is not begun, or `ended`."""
    ended: bool = False
    watched: list[Any] | None = None
    """What the cursor's watch has seen."""
    trail: list[Any] = field(default_factory=list)
    """The pages of the list that were read last, where its total may fall."""
    again: int = 0
    """Pages that were asked for a second time, for the list had shrunk."""

    def to_json(self) -> dict[str, Any]:
        """As the journal has it: `Progress(**value)`."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def call(self, first: Call) -> Call | None:
        """The next request of the list."""
        if self.ended:
            return None
        return Call(**self.following) if self.following else first

    def add_page(self, reader: PageReader, following: Call | None) -> None:
        """Count a page that is landed, and remember the next request of its list."""
        self.pages += 1
        self.read, self.records, self.total = reader.read, reader.records, reader.total
        self.following, self.ended = following.to_json() if following else None, following is None
        self.trail = reader.trail.kept()

    def end_list(self, reader: PageReader) -> None:
        """Count a list that was read to its end; the next one begins at its first page."""
        self.ignored += reader.ignored
        self.again += reader.trail.again
        self.lists += 1
        self.read, self.records, self.total = 0, 0, None
        self.following, self.ended, self.trail = None, False, []
