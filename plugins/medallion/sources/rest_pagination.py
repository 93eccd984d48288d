"""The ways in which APIs part a list into pages: where the first page is, and after each the next.

No way ends before the API says that it ends. A short page is not the last one (servers cap a page's
size), and a field that is not there is an error, not an end: a misspelt path would else publish the
first page as if it were all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from urllib.parse import urljoin

from pydantic import Field

from medallion.errors import SourceRefused
from medallion.model import SpecModel
from medallion.sources.http_api import Answer, Call
from medallion.sources.rest_body import ABSENT, at, kind_of, nothing_at, whole_number_at
from medallion.sources.rest_query import with_value

Count = Annotated[int, Field(ge=1)]
Where = Literal["query", "body"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that was read."""

    number: int
    """From 1, whatever the API calls it."""
    call: Call
    answer: Answer
    records: int
    """On this page."""
    so_far: int
    """On all pages, this one included."""


class Paging(SpecModel):
    """What the ways have in common."""

    def most_pages(self) -> int:
        """More pages than this are an error."""
        return 1

    def first(self, call: Call) -> Call:
        """The first request, with what the paging itself asks for."""
        return call

    def own_params(self) -> tuple[str, ...]:
        """The parameters that only the paging sets."""
        return ()

    def body_paths(self) -> Mapping[str, str]:
        """Each key that holds a place in the body, with that place."""
        return {}

    def total(self, page: Page) -> int | None:
        """How many pages or records there are, where the API says it."""
        return None

    def lacking(self, pages: int, records: int, total: int | None) -> int:
        """How many of the total are left."""
        return 0

    def next_call(self, page: Page, base: Call) -> Call | None:
        """The request of the next page, `base` being the first one's; None after the last."""
        raise NotImplementedError


class _ManyPages(Paging):
    """What those have in common that may go on for ever."""

    max_pages: Count = 10_000
    """More pages than this are an error: no run goes on for ever."""

    def most_pages(self) -> int:
        return self.max_pages


class PageNumber(_ManyPages):
    """Pages by their number, until one is empty or the total has been read."""

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
        call = _with(call, self.in_, self.param, self.start)
        if self.size_param and self.size:
            call = _with(call, self.in_, self.size_param, self.size)
        return call

    def own_params(self) -> tuple[str, ...]:
        return (self.param, self.size_param) if self.size_param else (self.param,)

    def body_paths(self) -> Mapping[str, str]:
        return _given(total_pages=self.total_pages, total_records=self.total_records)

    def total(self, page: Page) -> int | None:
        for key, path in self.body_paths().items():
            return whole_number_at(page.answer.document, path, page.answer.name, key)
        return None

    def lacking(self, pages: int, records: int, total: int | None) -> int:
        return 0 if total is None else total - (pages if self.total_pages else records)

    def next_call(self, page: Page, base: Call) -> Call | None:
        total = self.total(page)
        if page.records == 0 and (total is None or self.total_records):
            return None
        if total is not None and self.lacking(page.number, page.so_far, total) <= 0:
            return None
        return _with(base, self.in_, self.param, self.start + page.number)


class Offset(_ManyPages):
    """Pages by how many records come before them, until one is empty or the total has been read.

    The next offset is what has been read, not what was asked for: a server may give less.
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
        call = _with(call, self.in_, self.offset_param, 0)
        return _with(call, self.in_, self.limit_param, self.limit)

    def own_params(self) -> tuple[str, ...]:
        return (self.offset_param, self.limit_param)

    def body_paths(self) -> Mapping[str, str]:
        return _given(total_records=self.total_records)

    def total(self, page: Page) -> int | None:
        for key, path in self.body_paths().items():
            return whole_number_at(page.answer.document, path, page.answer.name, key)
        return None

    def lacking(self, pages: int, records: int, total: int | None) -> int:
        return 0 if total is None else total - records

    def next_call(self, page: Page, base: Call) -> Call | None:
        total = self.total(page)
        if page.records == 0 or (total is not None and page.so_far >= total):
            return None
        return _with(base, self.in_, self.offset_param, page.so_far)


class Cursor(_ManyPages):
    """The body holds a cursor that asks for the next page; null, false, 0 or "" after the last."""

    type: Literal["cursor"]
    cursor: str
    """Where the body holds it: meta.next_cursor."""
    in_: Where = Field(default="query", alias="in")
    """Whether the parameter is in the query, or in the body of a POST as a dotted path."""
    param: str = "cursor"
    """The parameter that takes it."""
    left_out_at_end: bool = False
    """The last page has no such field at all. Without this, a page without it is an error."""

    def own_params(self) -> tuple[str, ...]:
        return (self.param,)

    def body_paths(self) -> Mapping[str, str]:
        return {"cursor": self.cursor}

    def next_call(self, page: Page, base: Call) -> Call | None:
        found = _next_in(page, "cursor", self.cursor, left_out=self.left_out_at_end)
        return None if found is None else _with(base, self.in_, self.param, found)


class NextUrl(_ManyPages):
    """The body holds the URL of the next page, on the connection's host; null after the last."""

    type: Literal["next_url"]
    url: str
    """Where the body holds it: links.next."""
    left_out_at_end: bool = False
    """The last page has no such field at all. Without this, a page without it is an error."""

    def body_paths(self) -> Mapping[str, str]:
        return {"url": self.url}

    def next_call(self, page: Page, base: Call) -> Call | None:
        found = _next_in(page, "url", self.url, left_out=self.left_out_at_end)
        return None if found is None else Call(url=_joined(page, str(found)), body=base.body)


class LinkHeader(_ManyPages):
    """The header `Link` holds the URL of the next page (`rel="next"`, RFC 8288)."""

    type: Literal["link_header"]

    def next_call(self, page: Page, base: Call) -> Call | None:
        link = page.answer.next_link
        return Call(url=_joined(page, link), body=base.body) if link else None


class OnePage(Paging):
    """All records are in one answer."""

    type: Literal["none"] = "none"

    def next_call(self, page: Page, base: Call) -> Call | None:
        return None


Pagination = Annotated[
    PageNumber | Offset | Cursor | NextUrl | LinkHeader | OnePage, Field(discriminator="type")
]


def _given(**paths: str | None) -> dict[str, str]:
    return {key: path for key, path in paths.items() if path is not None}


def _with(base: Call, where: Where, param: str, value: str | int) -> Call:
    if where == "body":
        return replace(base, body=with_value(base.body or {}, param, value))
    return replace(base, params={**base.params, param: str(value)})


def _joined(page: Page, url: str) -> str:
    """A relative URL starts from the page that named it. Where it leads is the client's concern."""
    try:
        return urljoin(page.call.url, url.strip())
    except ValueError:
        raise SourceRefused(
            f"{page.answer.name}: the next page's URL cannot be read",
            remedy="does `pagination` name the right place in the body?",
        ) from None


def _next_in(page: Page, key: str, path: str, *, left_out: bool) -> str | int | None:
    """The cursor or URL of the next page; None where this one is the last.

    Raises:
        SourceRefused: there is no such field, or something else is in it.
    """
    found: Any = at(page.answer.document, path)
    if found is ABSENT:
        if left_out:
            return None
        raise SourceRefused(
            f"{page.answer.name}: {nothing_at(page.answer.document, path)}",
            remedy=f"mend `pagination.{key}`; where the API leaves it out on its last page, "
            "write `left_out_at_end: true`",
        )
    if not found and not isinstance(found, list | Mapping):
        return None
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise SourceRefused(
            f"{page.answer.name}: `{path}` is {kind_of(found)}, which leads to no page",
            remedy=f"mend `pagination.{key}`: a text, or null after the last page",
        )
    return found
