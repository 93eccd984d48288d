"""A film of the catalogue as TMDB writes it, in a list and alone."""

from __future__ import annotations

from medallion.replay.catalogue import Film
from medallion.replay.genres import genre_names

_DEFAULTS: dict[str, object] = {
    "adult": False,
    "backdrop_path": None,
    "genre_ids": [],
    "original_language": "en",
    "original_title": "",
    "overview": "",
    "popularity": 0.0,
    "poster_path": None,
    "title": "",
    "video": False,
    "vote_average": 0.0,
    "vote_count": 0,
}


def list_item(film: Film) -> dict[str, object]:
    """A film of a page of results.

    With TMDB's moods: the keys come in one of two orders, and one film in four lacks `softcore`,
    which TMDB added late. A release date that the film does not have is not made up.
    """
    item = {**_DEFAULTS, **film}
    number = film["id"] if isinstance(film["id"], int) else 0
    if number % 4:
        item.setdefault("softcore", False)
    return dict(sorted(item.items(), reverse=number % 2 == 1))


def details(film: Film, language: str) -> dict[str, object]:
    """A film alone: genres with their names in place of their numbers."""
    item = list_item(film)
    numbers = item.pop("genre_ids")
    names = genre_names(language)
    genres = [
        {"id": number, "name": names[number]}
        for number in (numbers if isinstance(numbers, list | tuple) else ())
        if number in names
    ]
    return {**item, "genres": genres, "status": "Released" if film.get("release_date") else ""}
