"""One extraction of a REST source: the pages of a list, or of one list for each parent."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from medallion.errors import MedallionError, SourceRefused
from medallion.sources.base.cursor import NOTE, CursorWatch
from medallion.sources.base.journal import Kept
from medallion.sources.base.source import Landing
from medallion.sources.formats.json_keys import key_twice_on
from medallion.sources.http.ahead import Ahead
from medallion.sources.http.api import Call
from medallion.sources.http.body_parts import BodyParts
from medallion.sources.http.client import JsonClient
from medallion.sources.http.shrinking_lists import Trail
from medallion.sources.rest.body import at
from medallion.sources.rest.calls import Calls
from medallion.sources.rest.pages import PageReader, ReadPage
from medallion.sources.rest.pagination import OnePage
from medallion.sources.rest.parents import Parent, read_parents
from medallion.sources.rest.selection import Selection

if TYPE_CHECKING:
    from medallion.sources.rest.source import RestSource


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far the reading is. It is written to the journal, as JSON, after each complete page."""

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
        """JSON values for the journal: `Progress(**value)` reverses it."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def call(self, first: Call) -> Call | None:
        """The next request of the list."""
        if self.ended:
            return None
        return Call(**self.following) if self.following else first

    def add_page(self, reader: PageReader, following: Call | None) -> None:
        """Count a landed page, and remember the next request of its list."""
        self.pages += 1
        self.read, self.records, self.total = reader.read, reader.records, reader.total
        self.following, self.ended = following.to_json() if following else None, following is None
        self.trail = reader.trail.list_kept()

    def end_list(self, reader: PageReader) -> None:
        """Count a list that was read to its end; the next begins at its first page."""
        self.ignored += reader.ignored
        self.again += reader.trail.again
        self.lists += 1
        self.read, self.records, self.total = 0, 0, None
        self.following, self.ended, self.trail = None, False, []


class _Stale(Exception):
    """What an earlier try has left leads nowhere any more."""


@dataclass(slots=True, kw_only=True)
class Extraction:
    """Reads what the spec asks for, and lands it."""

    source: RestSource
    client: JsonClient
    ahead: Ahead
    calls: Calls
    landing: Landing
    log: logging.Logger
    request: str
    """A digest of all that the pages depend on."""
    first: int | None = None
    """So many records of each list are enough; None: all are read."""
    _progress: Progress = field(default_factory=Progress)
    _untried: bool = False
    """Resuming an earlier try has brought no page yet."""

    @property
    def selection(self) -> Selection:
        """Where a body has its records, and where it reports an error."""
        source = self.source
        return Selection(
            records=source.records,
            single_record=source.single_record,
            error=source.responses.error or "",
            with_parent=source.for_each is not None,
        )

    def run(self) -> None:
        """Land every page, continuing where an earlier try of this run ended.

        Raises:
            SourceUnavailable: the API does not answer, or the list changes too much while it is
                read.
            SourceRefused: it refuses, or sends something else than the spec says.
        """
        kept = self.landing.journal.resume(self.request)
        if kept and kept.state:
            self._progress = Progress(**kept.state)
            self._untried = True
            self.log.info("resuming after page %d of an earlier try", self._progress.pages)
            self.landing.note("pages_of_earlier_tries", self._progress.pages)
        try:
            self._read(kept)
        except _Stale as stale:
            self.log.info("cannot resume the earlier try, reading everything again: %s", stale)
            self.landing.note("pages_of_earlier_tries", 0)
            self._progress, self._untried = Progress(), False
            self._read(None)

    def _read(self, kept: Kept | None) -> None:
        if kept:
            plan = kept.plan
        else:
            plan = self._plan()
            self.landing.journal.start(self.request, plan)
        for name, value in plan["notes"].items():
            self.landing.note(name, value)
        lists = [Parent(values) for values in plan["parents"]] if self.source.for_each else [None]
        watch = CursorWatch(self.calls.cursor) if self.calls.cursor else None
        progress = self._progress
        if watch and progress.watched:
            watch.go_on(progress.watched)
        with BodyParts(self.landing, "pages", kept) as parts:
            # The parents are those that the journal has: asked again they could come in another
            # order, and the count of lists that were read would skip one.
            left = lists[progress.lists :]
            for number, parent in enumerate(left):
                self._expect(left[number + self._progress.ended :])
                self._list(parent, parts, watch)
                if parent:
                    self.landing.progress(progress.lists, len(lists), "parents")
        if watch:
            self.landing.note(NOTE, watch.note())
        self.landing.note("pages", progress.pages)
        self.landing.note("pages_read_again", progress.again)
        self.landing.note("answers_ignored", progress.ignored + plan["ignored"])

    def _expect(self, parents: Sequence[Parent | None]) -> None:
        """Begin the requests of parents that come next, where each has one page."""
        if isinstance(self.source.pagination, OnePage):
            self.ahead.expect(self._first(parent) for parent in parents if parent)

    def _first(self, parent: Parent) -> Call:
        return replace(self.calls, values=parent.values).first(self.source)

    def _plan(self) -> dict[str, Any]:
        """What is settled before the first page: the parents, read from the other list."""
        if self.source.for_each is None:
            return {"parents": [], "notes": {}, "ignored": 0}
        reader = PageReader(
            client=self.client,
            ahead=self.ahead,
            paging=self.source.for_each.pagination,
            selection=Selection(
                records=self.source.for_each.records, error=self.source.responses.error or ""
            ),
        )
        found = read_parents(reader, self.calls.first(self.source.for_each), self.source.for_each)
        notes = {
            "parents": len(found.all()),
            "parents_pages": reader.read,
            "parents_repeated": found.repeated,
            "parents_skipped": found.skipped,
        }
        self.log.info("for_each: %s; at least as many requests follow", notes)
        parents = [parent.values for parent in found.all()]
        return {"parents": parents, "notes": notes, "ignored": reader.ignored}

    def _list(self, parent: Parent | None, parts: BodyParts, watch: CursorWatch | None) -> None:
        """Land every page of one list, from where the journal says that it was left.

        A list is read by itself: page numbers, totals and the trail begin again with the next.
        """
        calls = replace(self.calls, values=parent.values) if parent else self.calls
        first, progress = calls.first(self.source), self._progress
        reader = PageReader(
            client=self.client,
            ahead=self.ahead,
            paging=self.source.pagination,
            selection=self.selection,
            read=progress.read,
            records=progress.records,
            total=progress.total,
            trail=Trail(progress.trail),
        )
        try:
            for page in reader.pages(first, progress.call(first)):
                self._land(page, reader, parent, parts, watch)
                if self.first is not None and progress.records >= self.first:
                    break
        except MedallionError as error:
            self._doubt(error, reader)
            raise
        progress.end_list(reader)
        if not parent:
            self.landing.note("total_said", reader.total)

    def _land(
        self,
        page: ReadPage,
        reader: PageReader,
        parent: Parent | None,
        parts: BodyParts,
        watch: CursorWatch | None,
    ) -> None:
        """Land one page, and only then let the journal say so: a crash never skips a page."""
        documents = self.selection.documents(
            page.answer, len(page.records), parent.landed if parent else b"", page.left_out
        )
        for document, count in documents:
            parts.add(document, count)
        if watch:
            self._progress.watched = _watch(watch, page.records)
        self._untried = False
        self._progress.add_page(reader, page.following)
        if self._can_go_on(page.following, reader):
            # The bodies of the page and how to continue, in one write: a crash costs the page that
            # is being read, and skips none.
            parts.keep(self._progress.to_json())
        if not parent:
            self.landing.progress(reader.read, None, "pages")

    def _can_go_on(self, following: Call | None, reader: PageReader) -> bool:
        """Whether a later try may begin behind the page that was just landed.

        Not where the next request holds a secret, which is never written down; nor while pages
        are read a second time, when what comes next does not follow from where the list is.
        """
        return following is None or not (self.client.is_secret(following) or reader.trail.is_again)

    def _doubt(self, error: MedallionError, reader: PageReader) -> None:
        """Let no later try resume from pages that are not to be trusted.

        Raises:
            _Stale: they are an earlier try's, and can be read again in this one.
        """
        stale = self._untried and (not reader.trusted or isinstance(error, SourceRefused))
        if stale or not reader.trusted:
            with suppress(OSError):
                self.landing.journal.forget()
        if stale:
            raise _Stale(error.problem) from None


def _watch(watch: CursorWatch, records: Sequence[Any]) -> list[Any]:
    """Show the cursor's watch each record; what it knows by now, as the journal keeps it.

    A record that has the key of the cursor twice, somewhere above its value, counts as one without
    a value: which of the two a reader takes is not defined.
    """
    for record in records:
        sure = key_twice_on(record, watch.field) is None
        watch.see(at(record, watch.field) if sure else None)
    return watch.keep()
