"""The films that a replay server knows, and what `discover/movie` finds among them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from medallion.errors import SetupError

Film = Mapping[str, object]
"""A film by TMDB's field names; only `id` is certain to be there."""

SORT_FIELDS = MappingProxyType(
    {
        "popularity": "popularity",
        "primary_release_date": "release_date",
        "vote_average": "vote_average",
        "vote_count": "vote_count",
        "title": "title",
        "original_title": "original_title",
    }
)
"""Field of a film by the word of `sort_by` before its `.asc` or `.desc`."""

_TEXTS = frozenset({"release_date", "title", "original_title"})
_BOUNDS = {"primary_release_date": "release_date"} | {
    field: field for field in ("vote_average", "vote_count")
}


class InvalidQueryError(Exception):
    """A parameter of `discover/movie` that cannot be read."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Films in a fixed state; a change makes a new catalogue."""

    films: tuple[Film, ...]

    @classmethod
    def of(cls, films: Iterable[Film]) -> Catalogue:
        """Films as given. Raises SetupError for a film without a number, or one given twice."""
        known: dict[int, Film] = {}
        for film in films:
            number = film.get("id")
            if not isinstance(number, int) or isinstance(number, bool):
                raise SetupError(f"A film of the replay server has no whole number as id: {film}.")
            if number in known:
                raise SetupError(f"Two films of the replay server have the id {number}.")
            known[number] = film
        return cls(tuple(known.values()))

    @classmethod
    def read(cls, path: Path) -> Catalogue:
        """Films from JSON Lines. Raises SetupError with the line that cannot be read."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise SetupError(
                f"The replay server's films cannot be read from {path}: {error.strerror}.",
                remedy="Give a file of JSON Lines with --films.",
            ) from error
        return cls.of(_film(line, f"{path}:{at}") for at, line in enumerate(lines, 1) if line)

    @property
    def numbers(self) -> frozenset[int]:
        """The ids of all films."""
        return frozenset(map(_number, self.films))

    def get(self, number: int) -> Film | None:
        """The film with that id; None if there is none."""
        return next((film for film in self.films if film["id"] == number), None)

    def discover(self, params: Mapping[str, str]) -> tuple[Film, ...]:
        """The films that the parameters of `discover/movie` ask for, in their order.

        Raises InvalidQueryError. TMDB itself passes over some mistakes in silence; the stand-in
        does not, so that they show.
        """
        field, descending = sorting(params)
        conditions = _conditions(params)
        found = [film for film in self.films if all(holds(film) for holds in conditions)]
        # Python sorts are stable: equal values stay in the order of the ids, as in TMDB's pages.
        found.sort(key=_number)
        found.sort(key=lambda film: _value(film, field), reverse=descending)
        return tuple(found)

    def exchange(self, one: Film, other: Film, field: str) -> Catalogue:
        """The catalogue in which the two films have each other's value of that field."""
        changed = {one["id"]: _with(one, field, other), other["id"]: _with(other, field, one)}
        return Catalogue(tuple(changed.get(film["id"], film) for film in self.films))

    def without(self, films: Iterable[Film]) -> Catalogue:
        """As TMDB would be if it had dropped these films: for tests of lists that shrink."""
        gone = {film["id"] for film in films}
        return Catalogue(tuple(film for film in self.films if film["id"] not in gone))


def sorting(params: Mapping[str, str]) -> tuple[str, bool]:
    """The film's field that `sort_by` names, and whether the order is descending.

    >>> sorting({"sort_by": "popularity.desc"})
    ('popularity', True)
    """
    word, _, direction = params.get("sort_by", "popularity.desc").rpartition(".")
    if word not in SORT_FIELDS or direction not in {"asc", "desc"}:
        raise InvalidQueryError("sort_by")
    return SORT_FIELDS[word], direction == "desc"


def _film(line: str, place: str) -> Film:
    try:
        film = json.loads(line)
    except ValueError as error:
        raise SetupError(f"{place}: not JSON ({error}).") from error
    if not isinstance(film, dict):
        raise SetupError(f"{place}: a film is a JSON object.")
    return film


def _conditions(params: Mapping[str, str]) -> list[Callable[[Film], bool]]:
    conditions: list[Callable[[Film], bool]] = []
    for word, field in _BOUNDS.items():
        if text := params.get(f"{word}.gte"):
            conditions.append(_at_least(field, _read_bound(field, text)))
        if text := params.get(f"{word}.lte"):
            conditions.append(_at_most(field, _read_bound(field, text)))
    if text := params.get("with_genres"):
        conditions.append(_of_genres(text))
    if text := params.get("with_original_language"):
        conditions.append(lambda film: film.get("original_language") == text)
    if params.get("include_adult", "false").lower() != "true":
        conditions.append(lambda film: film.get("adult") is not True)
    return conditions


def _read_bound(field: str, text: str) -> float | str:
    try:
        return date.fromisoformat(text).isoformat() if field in _TEXTS else float(text)
    except ValueError as error:
        raise InvalidQueryError(text) from error


def _at_least(field: str, bound: float | str) -> Callable[[Film], bool]:
    return lambda film: _value(film, field) != "" and _value(film, field) >= bound  # type: ignore[operator]  # a field's values are all text or all numbers


def _at_most(field: str, bound: float | str) -> Callable[[Film], bool]:
    return lambda film: _value(film, field) != "" and _value(film, field) <= bound  # type: ignore[operator]  # as above


def _of_genres(text: str) -> Callable[[Film], bool]:
    """A comma means and, a bar means or."""
    combine = any if "|" in text else all
    try:
        wanted = [int(number) for number in text.replace("|", ",").split(",")]
    except ValueError as error:
        raise InvalidQueryError(text) from error

    def holds(film: Film) -> bool:
        genres = film.get("genre_ids")
        return isinstance(genres, list | tuple) and combine(number in genres for number in wanted)

    return holds


def _value(film: Film, field: str) -> float | str:
    """What a film sorts and filters by: an undated film has the empty text, TMDB's own."""
    value = film.get(field)
    if field in _TEXTS:
        return value if isinstance(value, str) else ""
    return value if isinstance(value, int | float) else 0.0


def _number(film: Film) -> int:
    number = film["id"]
    return number if isinstance(number, int) else 0


def _with(film: Film, field: str, other: Film) -> Film:
    return {**film, field: _value(other, field)}
