"""TMDB's film genres, in English and French."""

from __future__ import annotations

_NAMES: tuple[tuple[int, str, str], ...] = (
    (28, "Action", "Action"),
    (12, "Adventure", "Aventure"),
    (16, "Animation", "Animation"),
    (35, "Comedy", "Comédie"),
    (80, "Crime", "Crime"),
    (99, "Documentary", "Documentaire"),
    (18, "Drama", "Drame"),
    (10751, "Family", "Familial"),
    (14, "Fantasy", "Fantastique"),
    (36, "History", "Histoire"),
    (27, "Horror", "Horreur"),
    (10402, "Music", "Musique"),
    (9648, "Mystery", "Mystère"),
    (10749, "Romance", "Romance"),
    (878, "Science Fiction", "Science-Fiction"),
    (10770, "TV Movie", "Téléfilm"),
    (53, "Thriller", "Thriller"),
    (10752, "War", "Guerre"),
    (37, "Western", "Western"),
)


def genre_names(language: str) -> dict[int, str]:
    """Names by number, in TMDB's order. Any language but French is answered in English."""
    french = language.lower().partition("-")[0] == "fr"
    return {number: fr if french else en for number, en, fr in _NAMES}
