"""What all ways of paging share: where a list ends, and what leads to the next page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urljoin

from pydantic import Field

from medallion.errors import SourceRefused
from medallion.model import SpecModel
from medallion.sources.base.source import KeyProblem
from medallion.sources.http.api import Answer, Call
from medallion.sources.rest.body import ABSENT, flag_of, hold_once, kind_of, nothing_at, sign_at
from medallion.sources.rest.query import with_value

Count = Annotated[int, Field(ge=1)]
Where = Literal["query", "body"]

_ENDS = ("has_more", "is_last", "total_pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that was read, with what a paging needs to make the next request."""

    number: int
    """From 1, whatever the API calls it."""
    call: Call
    answer: Answer
    records: int
    """On this page."""
    so_far: int
    """On all pages, this one included."""
    last: Any = None
    """Its last record."""


class Paging(SpecModel):
    """A way of paging. This base class has a single page.

    A subclass adds its parameters, and makes the next request from the page before; None ends the
    list.
    """

    def most_pages(self) -> int:
        """More pages than this are an error."""
        return 1

    def first(self, call: Call) -> Call:
        """The first request, with the paging's own parameters."""
        return call

    def asks_beyond(self) -> bool:
        """Whether it requests pages that the API has not named: a status may then mean the end."""
        return False

    def own_params(self) -> tuple[str, ...]:
        """The parameters that only the paging may set."""
        return ()

    def params_in(self) -> Where:
        """Where they are: in the query, or in the body of a POST."""
        return "query"

    def problems(self) -> Iterator[KeyProblem]:
        """What the keys together cannot mean: each thing is declared once."""
        own = self.own_params()
        if len(set(own)) < len(own):
            yield KeyProblem(
                problem=f"{own[0]} is the parameter of two things",
                remedy="one parameter says where a page begins, another how long it is",
            )

    def body_paths(self) -> Mapping[str, str]:
        """The keys of the spec that hold a path in the body, with that path."""
        return {}

    def total(self, page: Page) -> int | None:
        """The API's total number of pages or records; None if it reports none."""
        return None

    def lacking(self, pages: int, records: int, total: int | None) -> int:
        """How many pages or records of the total are still to come."""
        return 0

    def next_call(self, page: Page, base: Call) -> Call | None:
        """The next page's request, made from the first one (`base`); None after the last page."""
        return None

    def list_known_calls(self, page: Page, base: Call) -> Iterator[Call]:
        """The requests that are sure to come after a page, as far as the total says, in their
        order: the next one is the first."""
        return iter(())


class ManyPages(Paging):
    """What pagings share that might never end: a limit, and flags in the body."""

    names_next: ClassVar[bool] = False
    """Whether a field of the body leads to the next page: its last page may leave that out."""

    max_pages: Count = 10_000
    """More pages than this are an error, so that no run pages forever."""
    has_more: str | None = None
    """Where the body says, by true or false, whether another page follows: meta.has_more."""
    is_last: str | None = None
    """The same the other way round, where the body says whether this page is the last: last."""
    left_out_at_end: bool = False
    """The last page has no such field at all. Without this, a page without it is an error."""

    def most_pages(self) -> int:
        return self.max_pages

    def body_paths(self) -> Mapping[str, str]:
        return set_paths(has_more=self.has_more, is_last=self.is_last)

    def problems(self) -> Iterator[KeyProblem]:
        yield from super().problems()
        declared = [key for key in _ENDS if getattr(self, key, None)]
        flags = [key for key in ("has_more", "is_last") if key in declared]
        if len(declared) > 1 and flags:
            yield KeyProblem(
                key=flags[-1],
                problem=f"{' and '.join(declared)} all say where the pages end",
                remedy="keep one of them",
            )
        if self.left_out_at_end and not flags and not self.names_next:
            yield KeyProblem(
                key="left_out_at_end",
                problem="left_out_at_end has no effect without has_more",
                remedy="add `has_more:`, or remove left_out_at_end",
            )

    def next_call(self, page: Page, base: Call) -> Call | None:
        more = self.says_more(page)
        if more is False:
            return None
        following = self._following(page, base, says_more=more is True)
        if more and following is None:
            place = self.has_more or self.is_last
            raise SourceRefused(
                f"{page.answer.name}: `{place}` says that another page follows, and nothing "
                "leads to it",
                remedy="does `pagination` name the right places in the body? If it does, tell the "
                "API's owner",
            )
        return following

    def _following(self, page: Page, base: Call, *, says_more: bool) -> Call | None:
        """The request of the next page, if there is one as far as this way of paging can tell.

        Args:
            page: the one that was read.
            base: the first request.
            says_more: a flag in the body says that there is one.
        """
        raise NotImplementedError

    def says_more(self, page: Page) -> bool | None:
        """What the flag in the body says; None where the spec names none."""
        path, document = self.has_more or self.is_last, page.answer.document
        if path is None:
            return None
        hold_once(document, path, page.answer.name)
        found = sign_at(document, path)
        # Only where the spec says so. An API that has renamed the field would else seem to end
        # after its first page, and a run of one page would pass for a whole extract.
        if self.left_out_at_end and (found is ABSENT or found is None):
            return False
        flag = flag_of(found)
        if flag is None:
            key = "has_more" if self.has_more else "is_last"
            absent = found is ABSENT
            what = nothing_at(document, path) if absent else f"`{path}` is {kind_of(found)}"
            raise SourceRefused(
                f"{page.answer.name}: expected true or false: {what}",
                remedy=f"correct `pagination.{key}`; where the API leaves it out on its last page, "
                "write `left_out_at_end: true`",
            )
        return flag is bool(self.has_more)


def set_paths(**paths: str | None) -> dict[str, str]:
    """The paths that have a value, by key: for a class whose keys may each be left out."""
    return {key: path for key, path in paths.items() if path is not None}


def with_param(base: Call, where: Where, param: str, value: str | int) -> Call:
    """The request with a parameter of the paging, in its query or its body."""
    if where == "body":
        return replace(base, body=with_value(base.body or {}, param, value))
    return replace(base, params={**base.params, param: str(value)})


def join_url(page: Page, url: str) -> str:
    """A URL relative to the page that named it. The client refuses one that leaves the API."""
    try:
        return urljoin(page.call.url, url.strip())
    except ValueError:
        raise SourceRefused(
            f"{page.answer.name}: the next page's URL cannot be read",
            remedy="does `pagination` name the right place in the body?",
        ) from None


def next_in(page: Page, key: str, path: str, *, left_out: bool) -> str | int | None:
    """The cursor or URL of the next page; None on the last.

    Raises:
        SourceRefused: there is no such field, or it holds something else.
    """
    hold_once(page.answer.document, path, page.answer.name)
    found: Any = sign_at(page.answer.document, path)
    if found is ABSENT:
        if left_out:
            return None
        raise SourceRefused(
            f"{page.answer.name}: {nothing_at(page.answer.document, path)}",
            remedy=f"correct `pagination.{key}`; where the API leaves it out on its last page, "
            "write `left_out_at_end: true`",
        )
    if not found and not isinstance(found, list | Mapping):
        return None
    return leading(page, key, f"`{path}`", found)


def leading(page: Page, key: str, name: str, found: Any) -> str | int:
    """A value that can lead to a page: a text or a number.

    Raises:
        SourceRefused: it is something else.
    """
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise SourceRefused(
            f"{page.answer.name}: {name} is {kind_of(found)}, which cannot identify a page",
            remedy=f"correct `pagination.{key}`: a text, or null after the last page",
        )
    return found
