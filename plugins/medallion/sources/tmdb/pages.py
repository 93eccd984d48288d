"""Paging through TMDB: every dated film, whatever the page limit and whatever moves meanwhile.

*More pages than TMDB serves.* A query of more pages than a window may have is split by release
date, and each half again, until every window fits. Films without a date are in no window: how many
there are is known (the whole query's total less the windows'), noted in the manifest and logged.

*Films that move.* Popularity changes while we page, so pages are read in the order of releases,
whatever the spec sorts by: all films are read, and the order has no say in which. Films come and
go all the same: one that slips to a page already read is never seen, another is seen twice. A
window counts as read when as many films were seen, by their ids, as TMDB says there are. Where
some are missing, it is halved, and TMDB is asked how many films each half has: a half of which as
many were seen is passed over, unless some may have gone since; another one is halved again, down to
a single page, which shows all that there is at one moment. So what moved is read again, and windows
are small. Every body is landed;
silver keeps one row per film by its primary key.

*Tries that fail.* The journal has, after each page, what is still to be read: the next try
continues behind the last page, in the middle of a window too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.prose import tally
from medallion.sources.base.source import Landing
from medallion.sources.http.ahead import Ahead
from medallion.sources.http.api import Call
from medallion.sources.http.body_parts import BodyParts
from medallion.sources.http.client import JsonClient
from medallion.sources.tmdb.state import Part, State
from medallion.sources.tmdb.window_pass import FilmPage, WindowPass, page_of, refuse_unexpected
from medallion.sources.tmdb.windows import Window

DISCOVER = "discover/movie"
GENRES = "genre/movie/list"
ORDER = "primary_release_date.asc"
"""Release dates hardly ever change."""
ORDER_OF_REREADING = "original_title.asc"
"""Titles hardly ever change, and few films share one: the pages stay as they are."""
WINDOW_PAGES = 20
"""Pages that a window has at most, where its dates can be halved: the films of one window are kept
in the journal after each page."""
NEXT_PAGES = 4
"""So many pages of a window are asked for before anything of the window after it is."""
PASSES = 3
"""Through a single day of several pages."""
TOLERATED_MISSING = 0.01
"""The part of all films that TMDB may count and not show; more is an error."""


@dataclass(slots=True, kw_only=True)
class _Reader:
    client: JsonClient
    ahead: Ahead
    params: Mapping[str, str]
    parts: BodyParts
    landing: Landing
    max_page: int
    log: logging.Logger
    state: State

    def read(self) -> None:
        """Every film of every window that is still to be read."""
        while self.state.now or self.state.todo:
            if self.state.now:
                self._read_pages(self.state.now)
            else:
                self._begin(self.state.todo.pop())
            self._keep()

    def _begin(self, part: Part) -> None:
        """A window: page by page where it fits, else by halves."""
        window = part.window
        if part.seen is not None:
            self._look_for_moved(part)
            return
        first = self._page(1, window)
        if first.pages <= self._most_pages(window):
            self.state.now = WindowPass(window=window)
            self._read_pages(self.state.now, first)
            return
        self.log.info(
            "%s: %s on %s, split", window, tally(first.total, "film"), tally(first.pages, "page")
        )
        halves = self._halves(part, first.total)
        self.ahead.expect(self._call(1, half.window) for half in halves)
        if window.has_undated:
            self._count_undated(first.total, (self._page(1, half.window) for half in halves))
        self.state.todo += reversed(halves)
        self._expect()

    def _read_pages(self, now: WindowPass, page: FilmPage | None = None) -> None:
        """The pages of a window, from where the pass is to its end."""
        while page or now.back or now.following <= min(now.pages, self.max_page):
            again = now.back > 0
            page = page or self._next_page(now)
            self.state.count.again += again
            fresh = now.see(page)
            self._expect()
            if fresh or not again:
                self._land(page)
                self._keep()
            page = None
        self.state.now = None
        self._end(now)

    def _next_page(self, now: WindowPass) -> FilmPage:
        """The page whose turn it is. One that was asked for before may be older than the page
        before it, and is no use where the total has changed between them."""
        number = now.back or now.following
        was_early = self.ahead.has(self._call(number, now.window, now.order))
        page = self._page(number, now.window, now.order)
        if was_early and now.begun and page.total != now.total:
            self.ahead.forget()
            page = self._page(number, now.window, now.order)
        if now.begun and page.total != now.total:
            self.ahead.forget()
        return page

    def _expect(self) -> None:
        """Begin the requests that come next: the other pages of the window, and what is known of
        the windows after it."""
        now = self.state.now
        if now and now.back:
            return
        numbers = range(now.following, min(now.pages, self.max_page) + 1) if now else range(0)
        pages = [self._call(number, now.window, now.order) for number in numbers if now]
        fresh = (part.window for part in reversed(self.state.todo) if part.seen is None)
        following = list(islice(fresh, 1))
        first = chain.from_iterable(map(self._list_first, following))
        later = chain.from_iterable(map(self._list_pages, following))
        self.ahead.expect(chain(pages[:NEXT_PAGES], first, pages[NEXT_PAGES:], later))

    def _list_first(self, window: Window) -> Iterator[Call]:
        """The first page of a window; behind it, where its answer waits already and says that the
        window does not fit, those of its halves. Else each window would begin with a pause: one
        page tells whether the next one is of use, level by level."""
        first = self._call(1, window)
        yield first
        if self._peek(first) > self._most_pages(window) and window.divisible:
            half, other = window.halves()
            yield from self._list_first(half)
            yield self._call(1, other)

    def _list_pages(self, window: Window) -> Iterator[Call]:
        """The other pages of the window that is read next, as far as the answers that wait show
        which one that is."""
        pages = self._peek(self._call(1, window))
        if pages <= self._most_pages(window):
            yield from (self._call(number, window) for number in range(2, pages + 1))
        elif window.divisible:
            yield from self._list_pages(window.halves()[0])

    def _peek(self, call: Call) -> int:
        """How many pages a window has, by an answer whose turn has not come; 0: not known."""
        body = self.ahead.peek(call)
        try:
            return 0 if body is None else page_of(body, json.loads(body), 1).pages
        except (ValueError, SourceRefused):  # its turn brings the error
            return 0

    def _most_pages(self, window: Window) -> int:
        return min(self.max_page, WINDOW_PAGES) if window.divisible else self.max_page

    def _end(self, now: WindowPass) -> None:
        """Decide what a pass over a window has shown: all of it; too much for one list, or too
        little, so that its halves are read; or one day, which is read in another order."""
        window = now.window
        if now.complete and now.pages <= self.max_page:
            self._settle(now.total, 0)
        elif now.pages > self.max_page or (now.pages > 1 and window.divisible):
            self.log.info("%s: %d of %d films seen, %d went: looking for what moved",
                          window, len(now.films), now.total, now.gone)  # fmt: skip
            part = Part(window=window, seen=now.films, total=now.total, sure=not now.gone)
            self._look_for_moved(part)
        elif now.pages > 1 and now.times < PASSES:
            # Where the total changed, a film seen before may be gone: the count starts at zero.
            films = {} if now.changed else now.films
            self.state.now = WindowPass(
                window=window, order=ORDER_OF_REREADING, times=now.times + 1, films=films
            )
        else:  # a single page, or read often enough: no other request can show more
            self._settle(now.total, now.missing)

    def _look_for_moved(self, part: Part) -> None:
        """Halve a window in which films are missing, down to where they are."""
        self.ahead.forget()
        halves = self._halves(part, part.total)
        pages = [self._page(1, half.window, ORDER_OF_REREADING) for half in halves]
        self.state.count.again += len(pages)
        if part.window.has_undated:
            shown = sum(1 for day in (part.seen or {}).values() if not day)
            self._count_undated(part.total - shown, pages)
        # Fewer than before: one went meanwhile, and may be counted for one that was not seen.
        sure = part.sure and sum(page.total for page in pages) >= part.total
        for half, page in reversed(list(zip(halves, pages, strict=True))):
            self._compare(half, page, sure=sure)

    def _compare(self, part: Part, first: FilmPage, *, sure: bool) -> None:
        """Part of a window that is incomplete: has TMDB as many films there as were seen?"""
        seen = part.seen or {}
        fresh = not seen.keys() >= first.films.keys()
        if fresh:
            self._land(first)
        if first.pages <= 1:
            self._settle(first.total, max(0, first.total - len(first.films)))
        elif sure and not fresh and first.total == len(seen):
            self._settle(first.total, 0)
        elif part.window.divisible:
            seen = {**seen, **first.films}
            self.state.todo.append(replace(part, seen=seen, total=first.total, sure=sure))
        else:
            # One day, and not all of it was seen: it is read from its first page, as if nothing had
            # been.
            self.state.todo.append(Part(window=part.window))

    def _halves(self, part: Part, total: int) -> list[Part]:
        """Earliest dates first."""
        if part.window.divisible:
            return part.halves()
        raise SourceRefused(
            f"{total} films were released on {part.window}: more than TMDB shows of one query "
            f"({self.max_page} pages)",
            remedy="narrow the query in the spec (with_original_language, vote_count.gte …), "
            "or split it into several datasets",
        )

    def _count_undated(self, total: int, pages: Iterable[FilmPage]) -> None:
        """Of a whole query's films, those that neither half has: they are in no window."""
        self.state.count.undated = max(0, total - sum(page.total for page in pages))

    def _settle(self, films: int, missing: int) -> None:
        """One more window is read."""
        self.state.count.windows += 1
        self.state.count.films += films
        self.state.count.missing += missing

    def _land(self, page: FilmPage) -> None:
        self.parts.add(page.body, page.records)
        self.state.count.pages += 1
        self.landing.progress(self.state.count.pages, None, "pages")

    def _keep(self) -> None:
        self.parts.keep(self.state.to_json())

    def _page(self, number: int, window: Window, sort_by: str = "") -> FilmPage:
        answer = self.ahead.ask(self._call(number, window, sort_by))
        return page_of(answer.body, answer.document, number)

    def _call(self, number: int, window: Window, sort_by: str = "") -> Call:
        order = {"sort_by": sort_by} if sort_by else {}
        params = {**self.params, **order, **window.bounds, "page": str(number)}
        return self.client.call(DISCOVER, params)


def read_genres(client: JsonClient, params: Mapping[str, str], landing: Landing) -> None:
    """Land the list of genres: one body. Raises SourceRefused if the answer has no such list."""
    answer = client.get(GENRES, params)
    genres = answer.document.get("genres") if isinstance(answer.document, dict) else None
    if not isinstance(genres, list):
        raise refuse_unexpected("has no list `genres`")
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
    """Land every film that the query finds and TMDB can be made to show.

    Args:
        request: a digest of what is asked for, and of whom.

    Raises:
        SourceRefused: more films were released on one day than TMDB shows.
        SourceUnavailable: more than 1 % of the films were never shown.
    """
    kept = landing.journal.resume(request)
    if kept is None:
        landing.journal.start(request)
        if params.get("sort_by", ORDER) != ORDER:
            client.get(DISCOVER, {**params, "page": "1"})  # TMDB may refuse what the spec says
    params = {**params, "sort_by": ORDER}
    state = State(todo=[Part(window=Window.of(params))])
    if kept and kept.state:
        state = State.from_json(kept.state)
        log.info("resuming after %d pages of an earlier try", state.count.pages)
        landing.note("pages_of_earlier_tries", state.count.pages)
    with Ahead(client) as ahead, BodyParts(landing, "discover", kept) as parts:
        reader = _Reader(
            client=client,
            ahead=ahead,
            params=params,
            parts=parts,
            landing=landing,
            max_page=max_page,
            log=log,
            state=state,
        )
        reader.read()
    _report(state, landing, log)


def _report(state: State, landing: Landing, log: logging.Logger) -> None:
    count = state.count
    landing.note("films_in_windows", count.films)
    landing.note("windows", count.windows)
    landing.note("pages_read_again", count.again)
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
            "page, however often it was asked",
            remedy="if it persists, ask for fewer films in the spec",
        )
    if count.missing:
        log.warning("%d of %d films were on no page", count.missing, count.films)
