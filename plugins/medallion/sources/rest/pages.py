"""Reading a REST source page by page: every page once, in order, to the end that the API gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from medallion.errors import MedallionError, SourceRefused, SourceUnavailable
from medallion.sources.http.api import Answer, Call
from medallion.sources.http.client import JsonClient
from medallion.sources.rest.paging import Page, Paging
from medallion.sources.rest.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page that was read and can be trusted as far as it goes."""

    answer: Answer
    records: list[Any]
    following: Call | None
    """The request of the next page."""


@dataclass(slots=True, kw_only=True)
class PageReader:
    """Reads one list. What leads nowhere new, or never ends, is refused."""

    client: JsonClient
    paging: Paging
    selection: Selection
    read: int = 0
    """Pages."""
    records: int = 0
    total: int | None = None
    """What the API said last."""
    ignored: int = 0
    """Answers whose status says that there is nothing to read."""
    trusted: bool = True
    """Nothing was found that speaks against what was read."""
    _seen: dict[object, int] = field(default_factory=dict)
    _last: list[Any] = field(default_factory=list)

    def pages(self, first: Call, following: Call | None) -> Iterator[ReadPage]:
        """Every page from the following one on: the first, or where an earlier try has ended.

        Raises:
            SourceRefused: a page was there before, there are too many, or one cannot be read.
            SourceUnavailable: records went while they were paged through, or fewer came than the
                API says that there are.
        """
        call = following
        while call is not None:
            with self._distrusting():
                self._guard(call)
            answer = self.client.ask(call)
            with self._distrusting():
                page = self._ignore(answer) if answer.ignored else self._page(call, answer, first)
            if page is None:
                break
            yield page
            call = page.following
        with self._distrusting():
            self._hold_end(first)

    @contextmanager
    def _distrusting(self) -> Iterator[None]:
        """What is refused in here speaks against what was read before, too."""
        try:
            yield
        except MedallionError:
            self.trusted = False
            raise

    def _page(self, call: Call, answer: Answer, first: Call) -> ReadPage:
        records = self.selection.of(answer)
        self.read += 1
        self.records += len(records)
        page = Page(
            number=self.read,
            call=call,
            answer=answer,
            records=len(records),
            so_far=self.records,
            last=records[-1] if records else None,
        )
        self._hold_total(page)
        self._hold_progress(page, records)
        return ReadPage(
            answer=answer, records=records, following=self.paging.next_call(page, first)
        )

    def _guard(self, call: Call) -> None:
        """A request that was made before would go round for ever; so may one that never was."""
        key = (call.url, tuple(call.params.items()), call.json)
        if key in self._seen:
            raise SourceRefused(
                f"{self.client.describe(call)}: page {self.read} leads back to page "
                f"{self._seen[key]}: the pages go round in a circle",
                remedy="does `pagination` name the right place, and the right parameter? Where the "
                "API names a next page on its last one, too, add `has_more` or `is_last` (where "
                "its body says so) or `stop_after_empty_page: true`",
            )
        if self.read >= self.paging.most_pages():
            raise SourceRefused(
                f"{self.client.describe(call)}: there are more than {self.paging.most_pages()} "
                "pages",
                remedy="narrow the query, ask for more records a page, or raise "
                "`pagination.max_pages`",
            )
        self._seen[key] = self.read + 1

    def _ignore(self, answer: Answer) -> ReadPage | None:
        """Nothing to read, says the status: no records at all, or no further page."""
        self.ignored += 1
        if self.read and not self.paging.asks_beyond():
            raise SourceRefused(
                f"{answer.name}: page {self.read} names this as the next one, and its status "
                "says that there is nothing: what follows would be missing",
                remedy="tell the API's owner; ignoring is for queries that find nothing",
            )
        return None

    def _hold_total(self, page: Page) -> None:
        """A total that falls: records moved up, from pages not yet read to pages already read."""
        total = self.paging.total(page)
        if total is not None and self.total is not None and total < self.total:
            raise SourceUnavailable(
                f"{page.answer.name}: the total fell from {self.total} to {total} while paging: "
                "records may have slipped to a page that was already read",
                remedy="if it goes on, ask for an order that does not change, for a closed period, "
                "or page by cursor",
            )
        self.total = total

    def _hold_progress(self, page: Page, records: list[Any]) -> None:
        """A page whose records are those of the page before: the API does not turn pages."""
        try:
            same = bool(records) and records == self._last
        except RecursionError:  # deeper than can be compared: max_pages will tell
            same = False
        if same:
            raise SourceRefused(
                f"{page.answer.name}: page {page.number} has the very records of page "
                f"{page.number - 1}",
                remedy="the API takes no notice of the paging: does `pagination` name the "
                "parameter that it knows, and is its last page followed by an empty one? "
                "If not, name the total: total_pages or total_records",
            )
        self._last = records

    def _hold_end(self, first: Call) -> None:
        """As much as the API says that there is."""
        lacking = self.paging.lacking(self.read, self.records, self.total)
        if lacking > 0:
            raise SourceUnavailable(
                f"{self.client.describe(first)}: the pages end after {self.records} records on "
                f"{self.read} pages, and the API says that there are {self.total}: "
                f"{lacking} are lacking",
                remedy="records may have gone meanwhile. If it goes on, "
                "the total counts what the API does not show: leave it out of `pagination`",
            )
