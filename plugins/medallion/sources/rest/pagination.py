"""The ways in which APIs split a list into pages: the first request, and after each page the next.

A list ends only when the API says so. A short page is not the last (servers cap a page's size), and
a missing field is an error, not an end: with a misspelt path the first page would be published as
if it were all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from medallion.errors import SourceRefused
from medallion.sources.base.source import KeyProblem
from medallion.sources.http.api import Call
from medallion.sources.http.links import UnreadableLinks, next_target
from medallion.sources.rest.body import ABSENT, at, hold_once, nothing_at, whole_number_at
from medallion.sources.rest.paging import (
    Count,
    ManyPages,
    Page,
    Paging,
    Where,
    join_url,
    leading,
    next_in,
    set_paths,
    with_param,
)


class PageNumber(ManyPages):
    """Pages by number, until one is empty or the total has been read."""

    type: Literal["page_number"]
    in_: Where = Field(default="query", alias="in")
    """Whether the parameters are in the query, or in the body of a POST as dotted paths."""
    param: str = "page"
    """The parameter that holds the number."""
    start: int = Field(default=1, ge=0)
    """The number of the first page."""
    size_param: str | None = None
    """The parameter that holds how many records a page has."""
    size: Count | None = None
    """How many records are asked for at once."""
    total_pages: str | None = None
    """Where the body says how many pages there are: meta.pages."""
    total_records: str | None = None
    """Where the body says how many records there are on all pages: meta.total."""

    def first(self, call: Call) -> Call:
        call = with_param(call, self.in_, self.param, self.start)
        if self.size_param and self.size:
            call = with_param(call, self.in_, self.size_param, self.size)
        return call

    def asks_beyond(self) -> bool:
        return True

    def own_params(self) -> tuple[str, ...]:
        return (self.param, self.size_param) if self.size_param else (self.param,)

    def params_in(self) -> Where:
        return self.in_

    def problems(self) -> Iterator[KeyProblem]:
        yield from super().problems()
        if (self.size is None) != (self.size_param is None):
            given, lacking = ("size", "size_param") if self.size else ("size_param", "size")
            yield KeyProblem(
                key=given,
                problem=f"{given} has no effect without {lacking}",
                remedy=f"add `{lacking}:`, or remove {given}",
            )
        if self.total_pages and self.total_records:
            yield KeyProblem(
                key="total_pages",
                problem="total_pages and total_records both say where the pages end",
                remedy="keep total_records: records that are missing are then noticed",
            )

    def body_paths(self) -> Mapping[str, str]:
        return {**super().body_paths(), **self._totals()}

    def _totals(self) -> Mapping[str, str]:
        return set_paths(total_pages=self.total_pages, total_records=self.total_records)

    def total(self, page: Page) -> int | None:
        return _total(page, self._totals())

    def lacking(self, pages: int, records: int, total: int | None) -> int:
        return 0 if total is None else total - (pages if self.total_pages else records)

    def _following(self, page: Page, base: Call, *, says_more: bool) -> Call | None:
        total = self.total(page)
        if not says_more and page.records == 0 and (total is None or self.total_records):
            return None
        if total is not None and self.lacking(page.number, page.so_far, total) <= 0:
            return None
        return with_param(base, self.in_, self.param, self.start + page.number)

    def list_known_calls(self, page: Page, base: Call) -> Iterator[Call]:
        for number in range(page.number, page.number + self._count_pages_left(page)):
            yield with_param(base, self.in_, self.param, self.start + number)

    def _count_pages_left(self, page: Page) -> int:
        """As many as the total says, if all pages have as many records as this one."""
        lacking = max(self.lacking(page.number, page.so_far, self.total(page)), 0)
        each = 1 if self.total_pages else page.records
        pages = -(-lacking // each) if each else 0
        return min(pages, self.max_pages - page.number)


class Offset(ManyPages):
    """Pages by the number of records before them, until one is empty or the total has been read.

    The next offset counts what was received, not what was asked for: a server may send less.
    """

    type: Literal["offset"]
    in_: Where = Field(default="query", alias="in")
    """Whether the parameters are in the query, or in the body of a POST as dotted paths."""
    offset_param: str = "offset"
    """The parameter that holds how many records are passed over."""
    limit_param: str = "limit"
    """The parameter that holds how many records a page has."""
    limit: Count = 100
    """How many records are asked for at once."""
    total_records: str | None = None
    """Where the body says how many records there are on all pages: meta.total."""

    def first(self, call: Call) -> Call:
        call = with_param(call, self.in_, self.offset_param, 0)
        return with_param(call, self.in_, self.limit_param, self.limit)

    def asks_beyond(self) -> bool:
        return True

    def own_params(self) -> tuple[str, ...]:
        return (self.offset_param, self.limit_param)

    def params_in(self) -> Where:
        return self.in_

    def body_paths(self) -> Mapping[str, str]:
        return {**super().body_paths(), **set_paths(total_records=self.total_records)}

    def total(self, page: Page) -> int | None:
        return _total(page, set_paths(total_records=self.total_records))

    def lacking(self, pages: int, records: int, total: int | None) -> int:
        return 0 if total is None else total - records

    def _following(self, page: Page, base: Call, *, says_more: bool) -> Call | None:
        total = self.total(page)
        if page.records == 0 or (total is not None and page.so_far >= total):
            return None
        return with_param(base, self.in_, self.offset_param, page.so_far)

    def list_known_calls(self, page: Page, base: Call) -> Iterator[Call]:
        total = self.total(page)
        if total is None or not page.records:
            return
        most = page.so_far + page.records * (self.max_pages - page.number)
        for offset in range(page.so_far, min(total, most), page.records):
            yield with_param(base, self.in_, self.offset_param, offset)


class _Led(ManyPages):
    """What those have in common whose pages name the next one."""

    stop_after_empty_page: bool = False
    """A page without records is the last one, whatever it names as the next."""

    def asks_beyond(self) -> bool:
        return self.stop_after_empty_page

    def next_call(self, page: Page, base: Call) -> Call | None:
        if self.stop_after_empty_page and page.records == 0:
            return None
        following = super().next_call(page, base)
        # An empty page that leads to itself is Solr's end; where no flag says that more follows.
        if following == page.call and page.records == 0 and not self.says_more(page):
            return None
        return following


class Cursor(_Led):
    """A cursor asks for the next page. The body holds it (null, false, 0 or "" after the last), or
    the last record does (until a page is empty)."""

    names_next: ClassVar[bool] = True

    type: Literal["cursor"]
    cursor: str | None = None
    """Where the body holds it: meta.next_cursor."""
    last_record: str | None = None
    """Instead of that, where the page's last record holds it: id."""
    in_: Where = Field(default="query", alias="in")
    """Whether the parameter is in the query, or in the body of a POST as a dotted path."""
    param: str = "cursor"
    """The parameter that takes it."""
    first_cursor: str | int | None = None
    """What the first request has there, where the API wants that: "*"."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Cursor:
        if (self.cursor is None) == (self.last_record is None):
            raise ValueError("either `cursor` or `last_record` says where the cursor is")
        return self

    def first(self, call: Call) -> Call:
        if self.first_cursor is None:
            return call
        return with_param(call, self.in_, self.param, self.first_cursor)

    def asks_beyond(self) -> bool:
        return self.last_record is not None or super().asks_beyond()

    def own_params(self) -> tuple[str, ...]:
        return (self.param,)

    def params_in(self) -> Where:
        return self.in_

    def body_paths(self) -> Mapping[str, str]:
        own = set_paths(cursor=self.cursor, last_record=self.last_record)
        return {**own, **super().body_paths()}

    def _following(self, page: Page, base: Call, *, says_more: bool) -> Call | None:
        found = self._of_last_record(page, self.last_record) if self.last_record else None
        if self.cursor:
            found = next_in(page, "cursor", self.cursor, left_out=self.left_out_at_end)
        return None if found is None else with_param(base, self.in_, self.param, found)

    def _of_last_record(self, page: Page, path: str) -> str | int | None:
        if not page.records:
            return None
        hold_once(page.last, path, f"{page.answer.name}: the last record")
        found = at(page.last, path)
        if found is ABSENT:
            raise SourceRefused(
                f"{page.answer.name}: the last record: {nothing_at(page.last, path)}",
                remedy="correct `pagination.last_record`: the field that the API takes as a cursor",
            )
        return leading(page, "last_record", f"`{path}` of the last record", found)


class NextUrl(_Led):
    """The body holds the URL of the next page, on the connection's host; null after the last."""

    names_next: ClassVar[bool] = True

    type: Literal["next_url"]
    url: str
    """Where the body holds it: links.next."""

    def body_paths(self) -> Mapping[str, str]:
        return {"url": self.url, **super().body_paths()}

    def _following(self, page: Page, base: Call, *, says_more: bool) -> Call | None:
        found = next_in(page, "url", self.url, left_out=self.left_out_at_end)
        return None if found is None else Call(url=join_url(page, str(found)), body=base.body)


class LinkHeader(_Led):
    """The header `Link` holds the URL of the next page (`rel="next"`, RFC 8288)."""

    type: Literal["link_header"]

    def _following(self, page: Page, base: Call, *, says_more: bool) -> Call | None:
        try:
            link = next_target(page.answer.links, page.call.url)
        except UnreadableLinks as error:
            raise SourceRefused(
                f"{page.answer.name}: the header Link cannot be read: {error}",
                remedy="whether there is a next page is not known: report it to the API's owner "
                "(the header's grammar is in RFC 8288), or page by what the body says",
            ) from None
        return Call(url=join_url(page, link), body=base.body) if link else None


class OnePage(Paging):
    """All records are in one answer."""

    type: Literal["none"] = "none"


PAGINATIONS: tuple[type[Paging], ...] = (PageNumber, Offset, Cursor, NextUrl, LinkHeader, OnePage)
"""Each way of paging. `kinds` makes the type of `pagination` from them."""


def _total(page: Page, paths: Mapping[str, str]) -> int | None:
    for key, path in paths.items():
        return whole_number_at(page.answer.document, path, page.answer.name, key)
    return None
