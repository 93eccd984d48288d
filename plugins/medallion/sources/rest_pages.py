"""Reading a REST source page by page: every page once, in order, to the end that the API gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.base import Landing
from medallion.sources.body_parts import BodyParts
from medallion.sources.http_api import Answer, Call
from medallion.sources.http_client import JsonClient
from medallion.sources.rest_body import ABSENT, at, explanation, kind_of, records_at
from medallion.sources.rest_pagination import Page, Paging
from medallion.sources.rest_pieces import LARGEST_RECORD, WHOLE_BYTES, pieces

ENVELOPE = "records"
"""A body that is itself the list is landed as `{"records": <body>}`."""

_ENDED_BY_STATUS = ("page_number", "offset")
"""Ways of paging in which the API did not name the page: a status may say that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What of a body is taken."""

    records: str
    """The dotted path of the list; empty where the body is the list."""
    single_record: bool
    """The body itself is one record."""
    error: str
    """Where a body says that it is an error, whatever its status."""

    @property
    def records_path(self) -> str:
        """Where the records are in what is landed; empty where each line is one record."""
        return "" if self.single_record else self.records or ENVELOPE

    def of(self, answer: Answer) -> list[Any]:
        """The records of an answer.

        Raises:
            SourceRefused: it says that it is an error, or has no list of records.
        """
        document = answer.document
        if self.error:
            said = at(document, self.error)
            if said is not ABSENT and said:
                raise SourceRefused(
                    f"{answer.name}: {explanation(document, self.error)[:500]}",
                    remedy="the API says so in its body, where the spec's `responses.error` "
                    "points to: mend what is asked for",
                )
        if not self.single_record:
            return records_at(document, self.records, answer.name)
        if isinstance(document, dict):
            return [document]
        raise SourceRefused(
            f"{answer.name}: the body is no record, it is {kind_of(document)}",
            remedy="leave `single_record` out where the body is a list of records",
        )

    def documents(self, answer: Answer, records: int) -> Iterator[tuple[bytes, int]]:
        """The body as it is landed: whole, or in pieces where it is too large; with their records.

        Raises:
            SourceRefused: a record is larger than what can be read back.
        """
        body = answer.body
        if not self.single_record and not self.records:
            body = b'{"%s":%s}' % (ENVELOPE.encode(), body)
        whole = len(body) <= WHOLE_BYTES or self.single_record
        for document, count in [(body, records)] if whole else pieces(body, self.records_path):
            if len(document) > LARGEST_RECORD:
                raise SourceRefused(
                    f"{answer.name}: a record is larger than {LARGEST_RECORD // 1024**2} MiB",
                    remedy="ask for less of it: APIs often let one name the fields",
                )
            yield document, count


@dataclass(slots=True, kw_only=True)
class PageReader:
    """Lands every page. What leads nowhere new, or never ends, is refused."""

    client: JsonClient
    paging: Paging
    selection: Selection
    landing: Landing
    _seen: dict[object, int] = field(default_factory=dict)
    _last: list[Any] = field(default_factory=list)
    _pages: int = 0
    _records: int = 0
    _total: int | None = None
    _ignored: int = 0

    def read(self, first: Call) -> None:
        """Every page from the first request on.

        Raises:
            SourceRefused: a page was there before, there are too many, or one cannot be read.
            SourceUnavailable: records went while they were paged through, or fewer came than the
                API says that there are.
        """
        call: Call | None = first
        with BodyParts(self.landing, "pages") as parts:
            while call is not None:
                self._guard(call)
                call = self._page(call, first, parts)
        lacking = self.paging.lacking(self._pages, self._records, self._total)
        if lacking > 0:
            raise SourceUnavailable(
                f"{self.client.spoken(first)}: the pages end after {self._records} records on "
                f"{self._pages} pages, and the API says that there are {self._total}: "
                f"{lacking} are lacking",
                remedy="the task is tried again: records may have gone meanwhile. If it goes on, "
                "the total counts what the API does not show: leave it out of `pagination`",
            )
        self.landing.note("pages", self._pages)
        self.landing.note("total_said", self._total)
        self.landing.note("answers_ignored", self._ignored)

    def _page(self, call: Call, first: Call, parts: BodyParts) -> Call | None:
        answer = self.client.ask(call)
        if answer.ignored:
            self._ignore(answer)
            return None
        records = self.selection.of(answer)
        self._pages += 1
        self._records += len(records)
        page = Page(
            number=self._pages,
            call=call,
            answer=answer,
            records=len(records),
            so_far=self._records,
        )
        self._hold_total(page)
        self._hold_progress(page, records)
        for document, count in self.selection.documents(answer, len(records)):
            parts.add(document, count)
        self.landing.progress(self._pages, None, "pages")
        return self.paging.next_call(page, first)

    def _guard(self, call: Call) -> None:
        """A request that was made before would go round for ever; so may one that never was."""
        key = (call.url, tuple(call.params.items()))
        if key in self._seen:
            raise SourceRefused(
                f"{self.client.spoken(call)}: page {self._pages} leads back to page "
                f"{self._seen[key]}: the pages go round in a circle",
                remedy="does `pagination` name the right place, and the right parameter? If it "
                "does, tell the API's owner",
            )
        if self._pages >= self.paging.most_pages():
            raise SourceRefused(
                f"{self.client.spoken(call)}: there are more than {self.paging.most_pages()} pages",
                remedy="narrow the query, ask for more records a page, or raise "
                "`pagination.max_pages`",
            )
        self._seen[key] = self._pages + 1

    def _ignore(self, answer: Answer) -> None:
        """Nothing to read, says the status: no records at all, or no further page."""
        self._ignored += 1
        kind = getattr(self.paging, "type", "")
        if self._pages and kind not in _ENDED_BY_STATUS:
            raise SourceRefused(
                f"{answer.name}: page {self._pages} names this as the next one, and `responses` "
                "ignores its status: what follows would be missing",
                remedy="tell the API's owner; ignoring is for queries that find nothing",
            )

    def _hold_total(self, page: Page) -> None:
        """A total that falls: records moved up, from pages not yet read to pages already read."""
        total = self.paging.total(page)
        if total is not None and self._total is not None and total < self._total:
            raise SourceUnavailable(
                f"{page.answer.name}: the total fell from {self._total} to {total} while paging: "
                "records may have slipped to a page that was already read",
                remedy="the task is tried again. If it goes on, ask for an order that does not "
                "change, for a closed period, or page by cursor",
            )
        self._total = total

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
