"""Paging through TMDB: every dated film, whatever the page limit and whatever moves meanwhile.

*More pages than TMDB serves.* A query of more than 500 pages is split by release date, and each
half again, until every window fits. Films without a date are in no window: how many there are is
known (the whole query's total less the windows'), noted in the manifest and logged.

*Films that move.* Popularity changes while we page, and films come and go: one that slips to a
page already read is never seen, another is seen twice. So a window counts as read when as many
films were seen, told apart by id, as TMDB says there are, and it said so on every page. Until then
it is read again, in an order that changes less, and what was seen is put together. A window that
stays incomplete is halved: it has fewer edges, and one of a single page has none. Every body is
landed; silver keeps one row a film by its primary key.

*Tries that fail.* The journal has the windows that were read; the next try passes over them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.base import Landing
from medallion.sources.body_parts import BodyParts
from medallion.sources.http_client import JsonClient
from medallion.sources.tmdb_windows import Window

DISCOVER = "discover/movie"
GENRES = "genre/movie/list"
ORDER = "primary_release_date.asc"
"""Where the spec names none."""
ORDER_OF_REREADING = "original_title.asc"
"""Titles hardly ever change, and few films share one: the pages stay as they are."""
PASSES = 3
TOLERATED_MISSING = 0.01
"""The part of all films that TMDB may count and not show; more is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    body: bytes
    films: tuple[Mapping[str, Any], ...]
    number: int
    pages: int
    total: int


@dataclass(slots=True)
class _Pass:
    """What one reading of a window's pages has seen."""

    ids: set[object] = field(default_factory=set)
    undated: set[object] = field(default_factory=set)
    totals: set[int] = field(default_factory=set)
    pages: int = 0
    total: int = 0

    def add(self, page: _Page) -> None:
        self.ids.update(film.get("id") for film in page.films)
        self.undated.update(film.get("id") for film in page.films if not film.get("release_date"))
        self.totals.add(page.total)
        self.pages, self.total = page.pages, page.total

    def join(self, earlier: _Pass) -> None:
        """Take in what an earlier pass saw, unless TMDB's total has changed since."""
        if earlier.totals == self.totals:
            self.ids |= earlier.ids
            self.undated |= earlier.undated

    @property
    def complete(self) -> bool:
        return len(self.totals) == 1 and len(self.ids) >= self.total

    @property
    def missing(self) -> int:
        return max(0, self.total - len(self.ids))


@dataclass(slots=True)
class _Count:
    """What has been read, over all windows."""

    films: int = 0
    """TMDB's totals of the windows, added up."""
    windows: int = 0
    pages: int = 0
    reread: int = 0
    missing: int = 0
    undated: int = 0
    """Films without a date that no window can reach."""

    def add(self, films: int, missing: int) -> None:
        """One more window."""
        self.windows += 1
        self.films += films
        self.missing += missing


@dataclass(slots=True)
class _Reader:
    client: JsonClient
    params: Mapping[str, str]
    parts: BodyParts
    landing: Landing
    max_page: int
    log: logging.Logger
    count: _Count = field(default_factory=_Count)
    earlier: dict[str, list[int]] = field(default_factory=dict)
    """Each window that was read to its end, in this try or in an earlier one of the run: its films,
    and those of them that were on no page."""

    def read(self, window: Window) -> None:
        """Every film of a window: as it is where it fits, else by halves."""
        if known := self.earlier.get(str(window)):
            self.count.add(*known)
            return
        first = self._page(1, window)
        if first.pages > self.max_page:
            self.log.info("%s: %d films on %d pages, split", window, first.total, first.pages)
            self._split(window, first.total, set())
        else:
            self._read_fitting(window, first)

    def _read_fitting(self, window: Window, first: _Page) -> None:
        found = self._pass(window, first)
        for _ in range(PASSES - 1):
            if found.complete or found.pages > self.max_page:
                break
            self.count.reread += 1
            self.log.info(
                "%s: %d of %d films seen, they moved between pages; reading again",
                window, len(found.ids), found.total,
            )  # fmt: skip
            first = self._page(1, window, ORDER_OF_REREADING)
            again = self._pass(window, first, ORDER_OF_REREADING)
            again.join(found)
            found = again
        grown = found.pages > self.max_page
        if grown or (not found.complete and found.pages > 1 and window.divisible):
            self._split(window, found.total, found.undated)
            return
        self.count.add(found.total, found.missing)
        self.earlier[str(window)] = [found.total, found.missing]
        kept = {"windows": self.earlier, "pages": self.count.pages, "reread": self.count.reread}
        self.parts.keep(kept)

    def _split(self, window: Window, total: int, undated: set[object]) -> None:
        """Depth first, earliest dates first; `undated` films have been seen before."""
        if not window.divisible:
            raise SourceRefused(
                f"{total} films were released on {window}: more than TMDB shows of one query "
                f"({self.max_page} pages)",
                remedy="narrow the query in the spec (with_original_language, vote_count.gte …), "
                "or split it into several datasets",
            )
        before = self.count.films
        for half in window.halves():
            self.read(half)
        if window.has_undated:
            dated = self.count.films - before
            self.count.undated = max(0, total - dated - len(undated))

    def _pass(self, window: Window, page: _Page, sort_by: str = "") -> _Pass:
        """Land every page once, from this first one on; stop where there are too many."""
        found = _Pass()
        while True:
            self.parts.add(page.body, len(page.films))
            found.add(page)
            self.count.pages += 1
            self.landing.progress(self.count.pages, None, "pages")
            if page.number >= page.pages or page.pages > self.max_page:
                return found
            page = self._page(page.number + 1, window, sort_by)

    def _page(self, number: int, window: Window, sort_by: str = "") -> _Page:
        order = {"sort_by": sort_by} if sort_by else {}
        params = {**self.params, **order, **window.bounds, "page": str(number)}
        answer = self.client.get(DISCOVER, params)
        return _page(answer.body, answer.document, number)


def _page(body: bytes, document: Any, number: int) -> _Page:
    """The page that was asked for.

    Raises:
        SourceRefused: it is not, or it does not say where the pages end.
    """
    films = document.get("results") if isinstance(document, dict) else None
    if not isinstance(films, list) or not all(isinstance(film, dict) for film in films):
        raise _unexpected("has no list `results` of films")
    if document.get("page") != number:
        raise _unexpected(f"is page {document.get('page')} where page {number} was asked for")
    for key in ("total_pages", "total_results"):
        if not isinstance(document.get(key), int):
            raise _unexpected(f"has no number `{key}`: where the pages end is not known")
    return _Page(
        body=body,
        films=tuple(films),
        number=number,
        pages=document["total_pages"],
        total=document["total_results"],
    )


def read_genres(client: JsonClient, params: Mapping[str, str], landing: Landing) -> None:
    """The list of genres: one body."""
    answer = client.get(GENRES, params)
    genres = answer.document.get("genres") if isinstance(answer.document, dict) else None
    if not isinstance(genres, list):
        raise _unexpected("has no list `genres`")
    with BodyParts(landing, "genres") as parts:
        parts.add(answer.body, len(genres))


def read_discover(
    client: JsonClient,
    params: Mapping[str, str],
    landing: Landing,
    max_page: int,
    log: logging.Logger,
    request: str,
) -> None:
    """Every film that the query finds and TMDB can be made to show.

    Args:
        request: a digest of what is asked for, and of whom.

    Raises:
        SourceRefused: more films were released on one day than TMDB shows.
        SourceUnavailable: too many films stayed unseen.
    """
    params = {"sort_by": ORDER, **params}
    kept = landing.journal.resume(request)
    if kept is None:
        landing.journal.start(request)
    state = (kept and kept.state) or {"windows": {}, "pages": 0, "reread": 0}
    if state["pages"]:
        log.info("going on after %d pages of an earlier try", state["pages"])
    with BodyParts(landing, "discover", kept) as parts:
        reader = _Reader(
            client=client,
            params=params,
            parts=parts,
            landing=landing,
            max_page=max_page,
            log=log,
            count=_Count(pages=state["pages"], reread=state["reread"]),
            earlier=state["windows"],
        )
        reader.read(Window.of(params))
    _report(reader.count, landing, log)


def _report(count: _Count, landing: Landing, log: logging.Logger) -> None:
    landing.note("films_in_windows", count.films)
    landing.note("windows", count.windows)
    landing.note("passes_repeated", count.reread)
    landing.note("films_on_no_page", count.missing)
    landing.note("films_without_date_not_reached", count.undated)
    if count.undated:
        log.warning(
            "%d films have no release date: TMDB shows them in no window, they are not landed",
            count.undated,
        )
    if count.missing > count.films * TOLERATED_MISSING:
        landing.journal.forget()
        raise SourceUnavailable(
            f"TMDB says that there are {count.films} films, {count.missing} of them were on no "
            f"page in {PASSES} passes",
            remedy="the task is tried again; if it goes on, ask for fewer films in the spec",
        )
    if count.missing:
        log.warning("%d of %d films were on no page", count.missing, count.films)


def _unexpected(what: str) -> SourceRefused:
    return SourceRefused(
        f"TMDB's answer {what}",
        remedy="is the connection's host TMDB? If it is, its API has changed: tell the maintainers",
    )
