"""Paging through TMDB: every dated film, whatever the page limit and whatever moves meanwhile.

*More pages than TMDB serves.* A query of more than 500 pages is split by release date, and each
half again, until every window fits. Films without a date are in no window: how many there are is
known (the whole query's total less the windows'), noted in the manifest and logged.

*Films that move.* Popularity changes while we page: a film that moves to an earlier page is never
seen, another is seen twice. So the films of a window are counted by id against TMDB's total, and
the window is read again until the union of all passes has them all. Every body is landed; silver
keeps one row a film by its primary key.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.base import Landing
from medallion.sources.body_parts import BodyParts
from medallion.sources.http_client import Answer, JsonClient

DISCOVER = "discover/movie"
GENRES = "genre/movie/list"
FROM, UNTIL = "primary_release_date.gte", "primary_release_date.lte"
FIRST_FILM = date(1870, 1, 1)
LAST_FILM = date(2100, 12, 31)
PASSES = 6
TOLERATED_MISSING = 0.01
"""The part of a window that may still be missing after the last pass; more is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Release dates, both ends included."""

    start: date
    end: date

    def halves(self) -> tuple[Window, Window]:
        """Two windows that make this one; only for a window of more than a day."""
        middle = self.start + (self.end - self.start) // 2
        return (
            Window(start=self.start, end=middle),
            Window(start=middle + timedelta(days=1), end=self.end),
        )


@dataclass(slots=True)
class _Count:
    """What has been read, over all windows."""

    films: int = 0
    """TMDB's totals, added up."""
    windows: int = 0
    reread: int = 0
    missing: int = 0


@dataclass(slots=True)
class _Reader:
    client: JsonClient
    params: Mapping[str, str]
    parts: BodyParts
    landing: Landing
    max_page: int
    log: logging.Logger
    count: _Count = field(default_factory=_Count)
    pages: int = 0

    def page(self, number: int, bounds: Mapping[str, str]) -> tuple[Answer, list[Any], int, int]:
        """One page: the answer, its films, total_pages, total_results."""
        answer = self.client.get(DISCOVER, {**self.params, **bounds, "page": str(number)})
        document = answer.document
        films = document.get("results") if isinstance(document, dict) else None
        if not isinstance(films, list):
            raise _unexpected("has no list `results`")
        if document.get("page") not in (number, None):
            raise _unexpected(f"is page {document['page']} where page {number} was asked for")
        for key in ("total_pages", "total_results"):
            if not isinstance(document.get(key), int):
                raise _unexpected(f"has no number `{key}`: where the pages end is not known")
        return answer, films, document["total_pages"], document["total_results"]

    def read(self, bounds: Mapping[str, str]) -> None:
        """All pages of a window that fits; several times when films move."""
        seen: set[Any] = set()
        total = 0
        for number in range(1, PASSES + 1):
            total = self._pass(bounds, seen)
            if len(seen) >= total:
                break
            self.count.reread += 1
            self.log.info(
                "%d of %d films seen after pass %d (films moved between pages): reading again",
                len(seen), total, number,
            )  # fmt: skip
        self.count.windows += 1
        self.count.films += total
        self._settle(total - len(seen), total)

    def _pass(self, bounds: Mapping[str, str], seen: set[Any]) -> int:
        """Read every page once; the total that the last one told."""
        number, last, total = 1, 1, 0
        while number <= min(last, self.max_page):
            answer, films, last, total = self.page(number, bounds)
            self.parts.add(answer.body, len(films))
            seen.update(film.get("id") for film in films if isinstance(film, dict))
            self.pages += 1
            self.landing.progress(self.pages, None, "pages")
            number += 1
        return total

    def _settle(self, missing: int, total: int) -> None:
        if missing <= 0:
            return
        self.count.missing += missing
        if missing > total * TOLERATED_MISSING:
            raise SourceUnavailable(
                f"TMDB says that there are {total} films, {missing} of them were on no page in "
                f"{PASSES} passes",
                remedy="the task is tried again; a sort_by that changes less "
                "(primary_release_date.asc) helps",
            )
        self.log.warning("%d of %d films were on no page in %d passes", missing, total, PASSES)


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
) -> None:
    """Every film that the query finds and TMDB can be made to show."""
    params = {"sort_by": "primary_release_date.asc", **params}
    with BodyParts(landing, "discover") as parts:
        reader = _Reader(
            client=client, params=params, parts=parts, landing=landing, max_page=max_page, log=log
        )
        _, _, pages, total = reader.page(1, {})
        if pages <= max_page:
            reader.read({})
        else:
            log.info("%d films on %d pages: split by release date", total, pages)
            _read_windows(reader, _outer(params))
            _report_undated(reader, landing, total, dated_only=FROM in params or UNTIL in params)
    landing.note("total_results", total)
    landing.note("windows", reader.count.windows)
    landing.note("passes_repeated", reader.count.reread)
    landing.note("films_on_no_page", reader.count.missing)


def _read_windows(reader: _Reader, window: Window) -> None:
    """Depth first, earliest dates first."""
    bounds = {FROM: window.start.isoformat(), UNTIL: window.end.isoformat()}
    _, _, pages, total = reader.page(1, bounds)
    if pages <= reader.max_page:
        if total:
            reader.read(bounds)
        return
    if window.start == window.end:
        raise SourceRefused(
            f"{total} films were released on {window.start}: more than TMDB shows of one query "
            f"({reader.max_page} pages)",
            remedy="narrow the query in the spec (with_original_language, vote_count.gte …), or "
            "split it into several datasets",
        )
    for half in window.halves():
        _read_windows(reader, half)


def _report_undated(reader: _Reader, landing: Landing, total: int, *, dated_only: bool) -> None:
    undated = 0 if dated_only else max(0, total - reader.count.films)
    landing.note("films_without_date_not_reached", undated)
    if undated:
        reader.log.warning(
            "%d films have no release date: TMDB shows them in no window, they are not landed",
            undated,
        )


def _outer(params: Mapping[str, str]) -> Window:
    """The spec's own bounds, or all the dates that films have."""
    return Window(start=_day(params, FROM, FIRST_FILM), end=_day(params, UNTIL, LAST_FILM))


def _day(params: Mapping[str, str], key: str, default: date) -> date:
    if key not in params:
        return default
    try:
        return date.fromisoformat(params[key])
    except ValueError:
        raise SourceRefused(
            f"params.{key}: {params[key]!r} is not a date", remedy="write it as YYYY-MM-DD"
        ) from None


def _unexpected(what: str) -> SourceRefused:
    return SourceRefused(
        f"TMDB's answer {what}",
        remedy="is the connection's host TMDB? If it is, its API has changed: tell the maintainers",
    )
