"""The demo's data: what it must contain, and which brands find their film in it."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from medallion.replay import REPLAY_TOKEN, ReplayServer
from medallion.replay.genres import genre_names
from medallion.replay.server import FILMS_FILE

FOLDER = FILMS_FILE.parent

# Brands whose top release is left out of the films on purpose.
UNMATCHED = {
    "Broken Lizard": "Super Troopers 2",
    "Disneynature": "Earth",
    "Ernest": "Ernest Saves Christmas",
}
# Brands whose top release shares its title with other films: the latest of them is meant.
SEVERAL = {
    "Dark Universe": 282035,
    "Disney Live Action Reimaginings": 420818,
    "Dragon Tattoo": 65754,
    "Halloween": 424139,
    "King Kong": 254,
    "MonsterVerse": 124905,
    "Nickelodeon": 98566,
}
# Brands that only the file of aliases brings to their film.
BY_ALIAS = {
    "Bad Robot": 140607,
    "Blue Sky": 8355,
    "Die Hard": 1571,
    "Ice Age": 8355,
    "Lucasfilm": 140607,
    "Predator": 395,
    "Star Wars": 140607,
    "The Fast and the Furious": 168259,
}
# Brands whose title is written differently: only the title key brings them to their film.
BY_KEY = {
    "Avengers": 299534,
    "Batman": 155,
    "Guardians of the Galaxy": 283995,
    "J.K. Rowling's Wizarding World": 12445,
    "Mission: Impossible": 353081,
    "Ocean's 11": 161,
    "Pirates of the Caribbean": 58,
    "Pokémon": 447404,
    "Spider-Man": 634649,
    "The Chronicles of Narnia": 411,
    "Transformers": 8373,
    "Walden Media": 411,
}


def title_key(title: str) -> str:
    """The rule as the specs' `title_key` states it, written a second time on purpose."""
    plain = unicodedata.normalize("NFKD", title.replace("&", " and ")).lower()
    return "".join(character for character in plain if character.isalnum())


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def films() -> list[dict]:
    return [json.loads(line) for line in FILMS_FILE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def films_by_title(films: list[dict]) -> dict[str, set[int]]:
    """Numbers by the films' titles as written, English and original."""
    found: dict[str, set[int]] = defaultdict(set)
    for film in films:
        found[film["title"]].add(film["id"])
        found[film["original_title"]].add(film["id"])
    return dict(found)


@pytest.fixture(scope="module")
def films_by_key(films_by_title: dict[str, set[int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for title, numbers in films_by_title.items():
        found[title_key(title)] |= numbers
    return dict(found)


@pytest.fixture(scope="module")
def aliases() -> dict[str, str]:
    return {
        title_key(row["title"]): title_key(row["canonical_title"])
        for row in rows("title_aliases.csv")
    }


def test_there_are_enough_films_and_each_is_whole(films: list[dict]) -> None:
    assert len(films) >= 400
    for film in films:
        assert film["title"] and film["original_title"], film
        assert re.fullmatch(r"[a-z]{2}", film["original_language"]), film
        assert film["genre_ids"] and set(film["genre_ids"]) <= set(genre_names("en")), film
        assert film["overview"].endswith("."), film
        assert film["popularity"] >= 0 and film["vote_count"] >= 0, film
        assert 0 <= film["vote_average"] <= 10, film
        assert (film["vote_average"] == 0) == (film["vote_count"] == 0), film
        if film.get("release_date"):
            assert date(1900, 1, 1) < date.fromisoformat(film["release_date"]), film


def test_every_genre_has_a_film(films: list[dict]) -> None:
    assert {genre for film in films for genre in film["genre_ids"]} == set(genre_names("en"))


@pytest.mark.parametrize(
    ("what", "least", "pattern"),
    [
        ("accents", 15, r"[À-ÿ]"),
        ("quotes", 15, r"'"),
        ("colons", 60, r":"),
        ("ampersands", 5, r"&"),
        ("Japanese and Chinese", 20, r"[ぁ-んァ-ヶ一-龯]"),
        ("Korean", 5, r"[가-힣]"),
        ("Cyrillic", 5, r"[а-яё]"),
        ("Arabic letters", 2, r"[ء-ی]"),
        ("brackets", 1, r"\("),
        ("digits alone", 1, r"^\d+$"),
    ],
)
def test_titles_have_what_is_hard(films: list[dict], what: str, least: int, pattern: str) -> None:
    hits = [film for film in films if re.search(pattern, film["original_title"])]
    assert len(hits) >= least, what


def test_the_moods_of_tmdb_are_among_the_films(films: list[dict]) -> None:
    dates = [film.get("release_date") for film in films]
    assert dates.count(None) >= 3
    assert dates.count("") >= 3
    assert dates.count(None) + dates.count("") < len(films) / 20
    assert sum(film["vote_count"] == 0 for film in films) >= 10
    assert sum(isinstance(film["vote_average"], int) for film in films) >= 10


def test_brands_are_whole_and_their_figures_hang_together() -> None:
    brands = rows("brands.csv")
    assert list(brands[0]) == ["Marque", "Total", "Sorties", "#1 Sortie", "Revenu à Vie"]
    assert len(brands) >= 50
    assert len({brand["Marque"] for brand in brands}) == len(brands)
    for brand in brands:
        total, gross = _dollars(brand["Total"]), _dollars(brand["Revenu à Vie"])
        assert 0 < gross <= total, brand
        assert int(brand["Sorties"]) >= 1, brand


def test_aliases_lead_to_one_film_and_hide_none(
    aliases: dict[str, str], films_by_key: dict[str, set[int]]
) -> None:
    assert len(aliases) == len(rows("title_aliases.csv")), "two aliases have one key"
    for alias, canonical in aliases.items():
        assert len(films_by_key.get(canonical, ())) == 1, canonical
        assert alias not in films_by_key, f"{alias} is a film of its own"
    assert aliases[title_key("MARVEL'S THE AVENGERS")] == title_key("The Avengers")


def test_brands_match_as_expected(
    aliases: dict[str, str], films: list[dict], films_by_key: dict[str, set[int]]
) -> None:
    dates = {film["id"]: film.get("release_date", "") for film in films}
    unmatched, several = {}, {}
    for brand in rows("brands.csv"):
        key = title_key(brand["#1 Sortie"])
        numbers = films_by_key.get(aliases.get(key, key), set())
        if not numbers:
            unmatched[brand["Marque"]] = brand["#1 Sortie"]
        elif len(numbers) > 1:
            several[brand["Marque"]] = max(numbers, key=dates.__getitem__)
    assert unmatched == UNMATCHED
    assert several == SEVERAL


def test_keys_and_aliases_are_needed(
    aliases: dict[str, str],
    films_by_title: dict[str, set[int]],
    films_by_key: dict[str, set[int]],
) -> None:
    by_alias, by_key = {}, {}
    for brand in rows("brands.csv"):
        title = brand["#1 Sortie"]
        key = title_key(title)
        if key in aliases:
            (by_alias[brand["Marque"]],) = films_by_key[aliases[key]]
        elif key in films_by_key and title not in films_by_title:
            (by_key[brand["Marque"]],) = films_by_key[key]
    assert by_alias == BY_ALIAS
    assert by_key == BY_KEY


def test_the_server_serves_them_all_by_default(films: list[dict]) -> None:
    with ReplayServer() as server:
        served = list(_every_film(server.base_url))
    assert sorted(film["id"] for film in served) == sorted(film["id"] for film in films)


def test_files_are_utf_8_with_unix_line_ends() -> None:
    for path in FOLDER.iterdir():
        content = path.read_bytes()
        assert content.decode("utf-8").endswith("\n"), path
        assert b"\r" not in content and not content.startswith(b"\xef\xbb\xbf"), path
    assert Path(FOLDER / "brands.csv").read_text(encoding="utf-8").count("Pokémon") == 1


def _dollars(text: str) -> int:
    assert re.fullmatch(r"\$\d{1,3}(,\d{3})*", text), text
    return int(text.lstrip("$").replace(",", ""))


def _every_film(base_url: str) -> Iterator[dict]:
    page, pages = 1, 1
    headers = {"Authorization": f"Bearer {REPLAY_TOKEN}"}
    with httpx.Client(base_url=base_url, headers=headers, trust_env=False) as client:
        while page <= pages:
            body = client.get("/discover/movie", params={"page": str(page)}).json()
            yield from body["results"]
            page, pages = page + 1, body["total_pages"]
