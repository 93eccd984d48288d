"""One pass through the pages of a window: what was seen, and which pages to look at again.

Films come and go while we page. One that goes lets all behind it move up: the first film of each
later page slips to the page before, which was read already. So whenever TMDB's total falls, the
pages before are read again, backwards, for as long as one of them has a film that was not seen: as
much as has moved, and not the window. The same is done where a later try resumes: what happened
meanwhile is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from medallion.errors import SourceRefused
from medallion.sources.tmdb.windows import Window

Films = dict[str, int]
"""Ids of films, each with the day of its release (0 where it has none that can be read)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPage:
    """A page of `discover/movie`."""

    body: bytes
    films: Mapping[str, int]
    records: int
    number: int
    pages: int
    total: int


@dataclass(slots=True, kw_only=True)
class WindowPass:
    """How far a pass through a window is; written to the journal after each page."""

    window: Window
    order: str = ""
    """What it is sorted by; empty: as the spec says."""
    times: int = 1
    """Which pass through this window it is."""
    films: Films = field(default_factory=dict)
    following: int = 1
    """The page that is read next."""
    back: int = 0
    """The page that is looked at again before that; 0: none."""
    lowest: int = 0
    """Pages from here on are looked at again, whatever they hold."""
    total: int = 0
    pages: int = 1
    gone: int = 0
    """By how much the total has fallen in all: so many of the films seen may be there no more."""
    changed: bool = False
    """TMDB did not say the same total on every page."""

    @property
    def begun(self) -> bool:
        """Whether it has read a page."""
        return self.following > 1

    @property
    def complete(self) -> bool:
        """Whether as many films were seen as TMDB counts, less those that went."""
        return len(self.films) - self.gone >= self.total

    @property
    def missing(self) -> int:
        """How many films TMDB counts and has not shown."""
        return max(0, self.total - len(self.films))

    def see(self, page: FilmPage) -> bool:
        """Take a page; whether it has a film not seen before."""
        fell = self.total - page.total if self.begun else 0
        self.changed |= fell != 0
        self.gone += max(0, fell)
        fresh = not self.films.keys() >= page.films.keys()
        self.films |= page.films
        self.total, self.pages = page.total, page.pages
        if page.number == self.following:
            self.following += 1
            if fell > 0:  # films moved up: some of this page may now be on the one before it
                self._look_back(self.following - 2)
        elif fell > 0:
            self._look_back(self.following - 1)
        elif fresh or self.back > self.lowest:  # as long as pages show unseen films, further back
            self.back -= 1
        else:
            self.back = 0
        return fresh

    def go_on(self) -> None:
        """Continue an earlier try's pass: films may have moved since, so its last page is read
        again."""
        self._look_back(self.following - 1)

    def _look_back(self, number: int) -> None:
        self.lowest = min(self.lowest, number) if self.back else number
        self.back = number

    def to_json(self) -> dict[str, Any]:
        """JSON values for the journal."""
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        return kept | {"window": self.window.to_json()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> WindowPass:
        """Read back what `to_json` wrote into the journal."""
        return cls(**{**kept, "window": Window.from_json(kept["window"])})


def page_of(body: bytes, document: Any, number: int) -> FilmPage:
    """The page in an answer.

    Raises:
        SourceRefused: it is another page, or the number of pages is missing.
    """
    films = document.get("results") if isinstance(document, dict) else None
    if not isinstance(films, list) or not all(isinstance(film, dict) for film in films):
        raise refuse_unexpected("has no list `results` of films")
    if document.get("page") != number:
        raise refuse_unexpected(f"is page {document.get('page')} where page {number} was asked for")
    for key in ("total_pages", "total_results"):
        if not isinstance(document.get(key), int):
            raise refuse_unexpected(f"has no number `{key}`: where the pages end is not known")
    return FilmPage(
        body=body,
        films={str(film.get("id")): _day(film.get("release_date")) for film in films},
        records=len(films),
        number=number,
        pages=document["total_pages"],
        total=document["total_results"],
    )


def refuse_unexpected(what: str) -> SourceRefused:
    """The error for an answer that TMDB does not give."""
    return SourceRefused(
        f"TMDB's answer {what}",
        remedy="is the connection's host TMDB? If it is, its API has changed: report a bug",
    )


def _day(text: object) -> int:
    try:
        return date.fromisoformat(str(text)).toordinal()
    except ValueError:
        return 0
