"""Reads one list page by page: every page once, in order, to the end that the API reports.

    request → guard (a loop, too many pages) → answer → records
        the total fell: does the page join the pages before? no → go back (http/shrinking_lists.py)
        yes → the page is yielded, landed, and only then written to the journal → next request
    no next request → as many records as the total says?

What is refused on the way also casts doubt on pages read before (`trusted`): a later try must not
continue from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from medallion.errors import MedallionError, SourceRefused, SourceUnavailable
from medallion.sources.http.ahead import Ahead
from medallion.sources.http.api import Answer, Call
from medallion.sources.http.client import JsonClient
from medallion.sources.http.shrinking_lists import Step, Trail
from medallion.sources.rest.paging import Page, Paging
from medallion.sources.rest.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page that joins the pages before it."""

    answer: Answer
    records: list[Any]
    following: Call | None
    """The request of the next page."""
    left_out: frozenset[int] = frozenset()
    """Places on the page of records that an earlier page had: they are not among `records`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An answer whose records are read, before it is known whether it may follow the last page."""

    step: Step
    page: Page
    records: list[Any]
    fell: bool
    """The total is less than it was."""
    grew: bool
    """It is more: records that came first may have moved a whole page to the next place."""


@dataclass(slots=True, kw_only=True)
class PageReader:
    """Reads one list. A request that leads nowhere new, or a list that never ends, is refused."""

    client: JsonClient
    ahead: Ahead
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
    trail: Trail = field(default_factory=Trail)
    """The pages read last, where the API says a total: it may fall."""
    _seen: dict[object, int] = field(default_factory=dict)
    _last: list[Any] = field(default_factory=list)
    _ahead: tuple[Page, int | None] | None = None
    """The page that the reading went back from last, and the total that it said."""

    def pages(self, first: Call, following: Call | None) -> Iterator[ReadPage]:
        """Every page from `following` on: the first, or where an earlier try ended.

        Raises:
            SourceRefused: a page was read before, there are too many, or one cannot be read.
            SourceUnavailable: more records went while paging than can be followed up, or fewer came
                than the API reports.
        """
        call = following
        while call is not None:
            with self._distrusting():
                self._guard(call)
            # A page that was read on the way back is not asked for a second time.
            answer = self._in_hand(call) or self._ask(call)
            with self._distrusting():
                if answer.ignored:
                    if self._ends_at(answer):
                        break
                    call = self._go_back(Step.of(call, self.read, self.records, ()))
                    continue
                found = self._find(call, answer)
            if found.fell or found.grew:
                self.ahead.forget()
            if not self.trail.joins(found.step, fell=found.fell):  # what was read stays trusted
                with self._distrusting():
                    call = self._go_back(found.step)
                self._ahead = (found.page, self.total)
                continue
            with self._distrusting():
                page = self._page(found, first)
                if page.following:
                    known = self.paging.list_known_calls(found.page, first)
                    self.ahead.expect(each for each in known if self._in_hand(each) is None)
            yield page
            call = page.following
        with self._distrusting():
            self._hold_end(first)

    def _ask(self, call: Call) -> Answer:
        """The answer to a request. One that was asked for before its turn may be older than that of
        the page before, and is no use where the list has changed between them."""
        was_early = self.ahead.has(call)
        answer = self.ahead.ask(call)
        if was_early and self.total is not None and self._total_of(call, answer) != self.total:
            self.ahead.forget()
            answer = self.ahead.ask(call)
        return answer

    def _total_of(self, call: Call, answer: Answer) -> int | None:
        """What an answer says; what the page before said, where it cannot be read."""
        if answer.ignored:
            return None
        page = Page(number=0, call=call, answer=answer, records=0, so_far=0)
        with suppress(SourceRefused):
            return self.paging.total(page)
        return self.total

    @contextmanager
    def _distrusting(self) -> Iterator[None]:
        """What is refused in here speaks against what was read before, too."""
        try:
            yield
        except MedallionError:
            self.trusted = False
            raise

    def _find(self, call: Call, answer: Answer) -> _Found:
        """What a page has; whether it follows the pages before it is still to be seen."""
        records = self.selection.of(answer)
        page = Page(
            number=self.read + 1,
            call=call,
            answer=answer,
            records=len(records),
            so_far=self.records + len(records),
            last=records[-1] if records else None,
        )
        total = self.paging.total(page)
        before, self.total = self.total, total
        change = 0 if total is None or before is None else total - before
        # Without a total nothing says that the list has shrunk: no digests are kept for it.
        step = Step.of(call, self.read, self.records, () if total is None else records)
        return _Found(
            step=step,
            page=page,
            records=records,
            fell=change < 0,
            grew=change > 0,
        )

    def _page(self, found: _Found, first: Call) -> ReadPage:
        page, records = found.page, found.records
        self.read, self.records = page.number, page.so_far
        # A list that grows at its front shows the same records on the next page, and is not stuck.
        if not found.grew:
            self._hold_progress(page, records)
        self._last = records
        left_out = frozenset[int]() if self.total is None else self.trail.add(found.step)
        fresh = [record for at, record in enumerate(records) if at not in left_out]
        following = self.paging.next_call(page, first)
        return ReadPage(answer=page.answer, records=fresh, following=following, left_out=left_out)

    def _in_hand(self, call: Call) -> Answer | None:
        """The answer that the reading went back from, where the list has stayed as it was then."""
        page, total = self._ahead or (None, None)
        return page.answer if page and page.call == call and total == self.total else None

    def _go_back(self, step: Step) -> Call:
        """The page to read again, for records that went may have moved others behind it."""
        before = self.trail.back(step)
        self.read, self.records, self._last = before.pages, before.records, []
        # The pages after it are requested again, and that is not a loop.
        self._seen = {key: number for key, number in self._seen.items() if number <= self.read}
        return before.call

    def _guard(self, call: Call) -> None:
        """Refuse a request that was made before (a loop), and more than max_pages."""
        key = call.key
        if key in self._seen:
            raise SourceRefused(
                f"{self.client.describe(call)}: page {self.read} leads back to page "
                f"{self._seen[key]}: the pages form a loop",
                remedy="does `pagination` name the right place, and the right parameter? Where the "
                "API names a next page on its last one, too, add `has_more` or `is_last` (where "
                "its body says so) or `stop_after_empty_page: true`. An API that tracks the "
                "position itself and repeats one cursor cannot be read: a lost answer would be a "
                "lost page",
            )
        if self.read >= self.paging.most_pages():
            raise SourceRefused(
                f"{self.client.describe(call)}: there are more than {self.paging.most_pages()} "
                "pages",
                remedy="narrow the query, ask for more records a page, or raise "
                "`pagination.max_pages`; where empty pages follow the last one, write "
                "`stop_after_empty_page: true`",
            )
        self._seen[key] = self.read + 1

    def _ends_at(self, answer: Answer) -> bool:
        """Nothing to read, says the status: no records at all, or no further page.

        Where the total says that there is more, the list may have shrunk: the page before knows.
        """
        self.ignored += 1
        if self.read and not self.paging.asks_beyond():
            raise SourceRefused(
                f"{answer.name}: page {self.read} names this as the next one, and its status "
                "says that there is nothing: what follows would be missing",
                remedy="report it to the API's owner; ignoring is for queries that find nothing",
            )
        lacking = self.paging.lacking(self.read, self.records, self.total)
        return lacking <= 0 or self.records == 0 or self.trail.is_again

    def _hold_progress(self, page: Page, records: list[Any]) -> None:
        """A page whose records are those of the page before: the API does not turn pages."""
        try:
            same = bool(records) and records == self._last
        except RecursionError:  # deeper than can be compared: max_pages will tell
            same = False
        if same:
            raise SourceRefused(
                f"{page.answer.name}: page {page.number} has the same records as page "
                f"{page.number - 1}",
                remedy="the API ignores the paging: does `pagination` name the "
                "parameter that it knows, and is its last page followed by an empty one? "
                "If not, name the total: total_pages or total_records",
            )

    def _hold_end(self, first: Call) -> None:
        """As much as the API says that there is."""
        lacking = self.paging.lacking(self.read, self.records, self.total)
        if lacking > 0:
            raise SourceUnavailable(
                f"{self.client.describe(first)}: the pages end after {self.records} records on "
                f"{self.read} pages, and the API says that there are {self.total}: "
                f"{lacking} are missing",
                remedy="records may have been deleted while paging. If it persists, "
                "the total counts what the API does not show: leave it out of `pagination`",
            )
