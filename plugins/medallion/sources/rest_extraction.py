"""One extraction of a REST source: the pages of a list, or of one list for each parent."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from medallion.sources.base import Landing
from medallion.sources.body_parts import BodyParts
from medallion.sources.cursor import NOTE, CursorWatch
from medallion.sources.http_client import JsonClient
from medallion.sources.rest_body import at
from medallion.sources.rest_calls import Calls
from medallion.sources.rest_pages import PageReader
from medallion.sources.rest_parents import ForEach, Parent, Parents
from medallion.sources.rest_selection import Selection

if TYPE_CHECKING:
    from medallion.sources.rest import RestSource

SAY_EVERY_PAGES = 50


@dataclass(slots=True, kw_only=True)
class Extraction:
    """Reads what the spec asks for and lands it."""

    source: RestSource
    client: JsonClient
    calls: Calls
    landing: Landing
    log: logging.Logger
    _counts: Counter[str] = field(default_factory=Counter)
    _total: int | None = None

    @property
    def selection(self) -> Selection:
        """What of each body is taken."""
        source = self.source
        return Selection(
            records=source.records,
            single_record=source.single_record,
            error=source.responses.error or "",
            with_parent=source.for_each is not None,
        )

    def run(self) -> None:
        """Land every page.

        Raises:
            SourceUnavailable: the API does not answer, or what it lists moves while it is read.
            SourceRefused: it says no, or sends something else than the spec says.
        """
        parents = self._parents(self.source.for_each) if self.source.for_each else [None]
        watch = CursorWatch(self.calls.cursor) if self.calls.cursor else None
        with BodyParts(self.landing, "pages") as parts:
            for number, parent in enumerate(parents):
                self._list(parent, parts, watch)
                if parent:
                    self.landing.progress(number + 1, len(parents), "parents")
        if watch:
            self.landing.note(NOTE, watch.note())
        for name in ("pages", "answers_ignored"):
            self.landing.note(name, self._counts[name])
        if self.source.for_each is None:
            self.landing.note("total_said", self._total)

    def _list(self, parent: Parent | None, parts: BodyParts, watch: CursorWatch | None) -> None:
        """Every page of one list."""
        selection = self.selection
        calls = replace(self.calls, values=parent.texts) if parent else self.calls
        reader = PageReader(client=self.client, paging=self.source.pagination, selection=selection)
        landed = parent.landed if parent else b""
        for page in reader.pages(calls.first(self.source)):
            for document, count in selection.documents(page.answer, len(page.records), landed):
                parts.add(document, count)
            if watch:
                for record in page.records:
                    watch.see(at(record, watch.field))
            self._counts["pages"] += 1
            if not parent:
                self.landing.progress(reader.read, None, "pages")
        self._counts["answers_ignored"] += reader.ignored
        self._total = reader.total

    def _parents(self, asked: ForEach) -> list[Parent | None]:
        """What is asked for of the other list's records: read to its end before the first of them
        is used, for a list that is read slowly moves meanwhile.
        """
        selection = Selection(records=asked.records, error=self.source.responses.error or "")
        reader = PageReader(client=self.client, paging=asked.pagination, selection=selection)
        parents = Parents(asked=asked)
        for page in reader.pages(self.calls.first(asked)):
            for number, record in enumerate(page.records, start=1):
                parents.add(record, f"{page.answer.name}: record {number}")
            if reader.read % SAY_EVERY_PAGES == 0:
                self.log.info("%d pages of `for_each` read", reader.read)
        found = parents.all()
        self.log.info(
            "for_each: %d records on %d pages, %d of them repeated, %d without what is selected; "
            "%d requests or more follow",
            reader.records, reader.read, parents.repeated, parents.skipped, len(found),
        )  # fmt: skip
        self.landing.note("parents", len(found))
        self.landing.note("parents_pages", reader.read)
        self.landing.note("parents_repeated", parents.repeated)
        self.landing.note("parents_skipped", parents.skipped)
        self._counts["answers_ignored"] += reader.ignored
        return list(found)
