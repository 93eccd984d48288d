"""Paging when TMDB itself is at odds: films come and go, counts and pages do not agree."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.replay import REPLAY_TOKEN
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.tmdb.pages import ORDER
from medallion.sources.tmdb.source import TmdbSource
from medallion.sources.tmdb.windows import FROM, UNTIL, Window

PAGE_SIZE = 4
DISCOVER = TmdbSource(type="tmdb", endpoint="discover/movie")
Answer = Callable[[Mapping[str, str]], dict[str, Any]]


@contextmanager
def serving(answer: Answer, **extra: object) -> Iterator[ConnectionDetails]:
    """A server of JSON on loopback, as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            body = json.dumps(answer(dict(parse_qsl(urlsplit(self.path).query))), indent=1)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield ConnectionDetails(
            conn_id="tmdb_default",
            host="127.0.0.1",
            port=server.server_port,
            password=REPLAY_TOKEN,
            extra={"requests_per_second": 5000, "requests_at_once": 1, "max_pages": 3, **extra},
        )
        server.shutdown()


def within(films: list[dict[str, Any]], params: Mapping[str, str]) -> list[dict[str, Any]]:
    low, high = params.get(FROM, ""), params.get(UNTIL, "9999")
    return [film for film in films if low <= film["release_date"] <= high]


def page_of(films: list[dict[str, Any]], params: Mapping[str, str]) -> dict[str, Any]:
    page = int(params["page"])
    return {
        "page": page,
        "results": films[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        "total_pages": max(1, -(-len(films) // PAGE_SIZE)),
        "total_results": len(films),
    }


def dated(number: int) -> list[dict[str, Any]]:
    first = date(1950, 1, 1)
    return [
        {"id": at, "release_date": (first + timedelta(days=999 * at)).isoformat()}
        for at in range(1, number + 1)
    ]


def ids(landed: Any) -> set[int]:
    return {film["id"] for film in landed.records()}


def test_a_film_that_falls_between_pages_each_time_is_found_by_halving(
    extract: Callable[..., Any],
) -> None:
    films = dated(12)

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        found = within(films, params)
        if len(found) > PAGE_SIZE:  # film 6 twice, film 7 never
            found = [films[5] if film["id"] == 7 else film for film in found]
        return page_of(found, params)

    with serving(answer) as connection:
        landed = extract(DISCOVER, connection=connection)
    assert ids(landed) == set(range(1, 13))
    assert landed.manifest.notes["windows"] > 1
    assert landed.manifest.notes["films_on_no_page"] == 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("part_bytes", [900, 10**6])
@pytest.mark.parametrize("good", [5, 11, 12])
def test_a_try_that_failed_is_gone_on_from_after_its_last_page(
    extract: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, part_bytes: int, good: int
) -> None:
    monkeypatch.setattr("medallion.sources.http.body_parts.PART_BYTES", part_bytes)
    films = dated(40)
    asked: list[Mapping[str, str]] = []
    broken = True

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        asked.append(params)
        if broken and len(asked) > good:
            raise ConnectionError
        return page_of(within(films, params), params)

    with serving(answer) as connection:
        with pytest.raises(SourceUnavailable):
            extract(DISCOVER, connection=connection)
        broken = False
        asked.clear()
        landed = extract(DISCOVER, connection=connection)
        rest = len(asked)
        asked.clear()
        undisturbed = extract(DISCOVER, connection=connection)
    assert len(asked) == undisturbed.manifest.notes["requests"]
    more = len(asked) - good
    assert more <= rest <= more + 1, "the last page, too: films may have moved since"
    assert landed.manifest.notes["windows"] > 2
    assert ids(landed) == set(range(1, 41))
    assert [landed.bytes_of(at) for at in range(len(landed.manifest.parts))] == [
        undisturbed.bytes_of(at) for at in range(len(undisturbed.manifest.parts))
    ]
    for key in ("films_in_windows", "windows", "films_on_no_page"):
        assert landed.manifest.notes[key] == undisturbed.manifest.notes[key]


def test_a_film_that_goes_while_paging_takes_no_other_with_it(
    extract: Callable[..., Any],
) -> None:
    """Film 2 goes after page 1: film 5 slips to page 1, and as many films are seen as are left."""
    films = dated(11)

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        found = page_of(within(films, params), params)
        films[:] = [film for film in films if film["id"] != 2]
        return found

    with serving(answer) as connection:
        landed = extract(DISCOVER, connection=connection)
    assert ids(landed) == set(range(1, 12))
    assert landed.manifest.notes["pages_read_again"] == 1


def test_films_that_go_in_numbers_are_looked_for_further_back(extract: Callable[..., Any]) -> None:
    """Ten films go after page 6 of 12: three pages before it have films that were not seen."""
    films = dated(47)

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        found = page_of(within(films, params), params)
        if params["page"] == "6":
            films[:] = [film for film in films if film["id"] > 10]
        return found

    with serving(answer, max_pages=500) as connection:
        landed = extract(DISCOVER, connection=connection)
    assert ids(landed) == set(range(1, 48))
    assert 3 <= landed.manifest.notes["pages_read_again"] <= 5


def test_a_film_that_moves_costs_little_of_its_window(extract: Callable[..., Any]) -> None:
    """Film 60 of 80 is given an early date while page 10 of 20 is read."""
    films = dated(80)

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        found = page_of(within(films, params), params)
        if params["page"] == "10":
            films.insert(3, {**films.pop(59), "release_date": films[3]["release_date"]})
        return found

    with serving(answer, max_pages=500) as connection:
        landed = extract(DISCOVER, connection=connection)
    assert ids(landed) == set(range(1, 81))
    assert landed.manifest.notes["films_on_no_page"] == 0
    assert 0 < landed.manifest.notes["pages_read_again"] <= 10


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_and_goes_every_film_that_stayed_is_landed(
    extract: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Films come and leave at any request, and a try may end at any, too."""
    monkeypatch.setattr("medallion.sources.tmdb.pages.WINDOW_PAGES", 5)
    chance = random.Random(seed)
    first = date(1950, 1, 1)
    every = [
        {"id": at, "release_date": (first + timedelta(chance.randrange(20_000))).isoformat()}
        for at in range(1, 200)
    ]
    films, new = every[:90], every[90:]
    failing = 0

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        nonlocal failing
        if chance.random() < 0.1:
            del films[chance.randrange(len(films))]
        if chance.random() < 0.1:
            films.append(new.pop())
        failing = failing or (3 if chance.random() < 0.03 else 0)
        if failing:  # a whole try
            failing -= 1
            raise ConnectionError
        return page_of(sorted(within(films, params), key=itemgetter("release_date", "id")), params)

    tries = 0
    with serving(answer, max_pages=500) as connection:
        while True:
            tries += 1
            with suppress(SourceUnavailable):
                landed = extract(DISCOVER, connection=connection)
                break
    assert tries < 30
    assert ids(landed) >= {film["id"] for film in films} & set(range(1, 91))


def test_a_day_of_many_pages_is_read_again_as_a_whole(extract: Callable[..., Any]) -> None:
    """It cannot be halved: in another order every film is on a page."""
    films = [{"id": at, "release_date": "2000-01-01"} for at in range(1, 12)]

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        found = within(films, params)
        if params["sort_by"] == ORDER and len(found) > PAGE_SIZE:
            found = [films[5] if film["id"] == 7 else film for film in found]
        return page_of(found, params)

    with serving(answer) as connection:
        landed = extract(DISCOVER, connection=connection)
    assert ids(landed) == set(range(1, 12))
    assert landed.manifest.notes["films_on_no_page"] == 0


def test_the_spec_s_order_is_asked_for_once(extract: Callable[..., Any]) -> None:
    """TMDB may refuse it; films are read in an order that moves less."""
    orders: list[str] = []

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        orders.append(params["sort_by"])
        return page_of(within(dated(9), params), params)

    asked = DISCOVER.model_copy(update={"params": {"sort_by": "popularity.desc"}})
    with serving(answer) as connection:
        landed = extract(asked, connection=connection)
    assert orders == ["popularity.desc", ORDER, ORDER, ORDER]
    assert ids(landed) == set(range(1, 10))


def test_a_window_that_grows_beyond_the_last_page_is_split(extract: Callable[..., Any]) -> None:
    films, late = dated(12), dated(16)[12:]

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        found = page_of(within(films, params), params)
        films.extend(late)
        late.clear()
        return found

    with serving(answer) as connection:
        landed = extract(DISCOVER, connection=connection)
    assert ids(landed) == set(range(1, 17))
    assert landed.manifest.notes["films_in_windows"] == 16


def test_undated_films_that_were_seen_before_a_split_are_not_reported(
    extract: Callable[..., Any],
) -> None:
    undated = [{"id": 91, "release_date": ""}, {"id": 92, "release_date": ""}]

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        whole = FROM not in params and UNTIL not in params
        found = [*undated[:1], undated[0], *dated(8)] if whole else within(dated(8), params)
        return page_of(found, params)

    with serving(answer) as connection:
        landed = extract(DISCOVER, connection=connection)
    assert ids(landed) == {91, *range(1, 9)}
    assert landed.manifest.notes["films_without_date_not_reached"] == 1


def test_films_that_are_counted_and_never_shown_are_an_error(extract: Callable[..., Any]) -> None:
    films = dated(10)

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        page = page_of(within(films, params), params)
        page["results"] = [film for film in page["results"] if film["id"] != 7]
        return page

    with (
        serving(answer) as connection,
        pytest.raises(SourceUnavailable, match="10 films, 1 of them were on no page"),
    ):
        extract(DISCOVER, connection=connection)


def test_one_film_in_a_hundred_that_is_never_shown_is_noted(extract: Callable[..., Any]) -> None:
    films = dated(100)

    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        page = page_of(within(films, params), params)
        page["results"] = [film for film in page["results"] if film["id"] != 7]
        return page

    with serving(answer, max_pages=500) as connection:
        landed = extract(DISCOVER, connection=connection)
    assert ids(landed) == set(range(1, 101)) - {7}
    assert landed.manifest.notes["films_on_no_page"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"page": 1}, "is page 1 where page 2 was asked for"),
        ({"page": None}, "is page None where page 2 was asked for"),
        ({"total_results": None}, "no number `total_results`"),
        ({"results": "none"}, "no list `results`"),
        ({"results": [1, 2]}, "no list `results`"),
    ],
)
def test_a_page_that_is_not_the_next_one_is_refused(
    extract: Callable[..., Any], change: dict[str, Any], said: str
) -> None:
    def answer(params: Mapping[str, str]) -> dict[str, Any]:
        page = page_of(dated(8), params)
        return page | change if params["page"] == "2" else page

    with serving(answer) as connection, pytest.raises(SourceRefused, match=said):
        extract(DISCOVER, connection=connection)


def test_a_body_of_several_lines_becomes_one(extract: Callable[..., Any]) -> None:
    title = "Line\r\nbreaks, tabs\t and  two blanks stay"
    with serving(lambda p: page_of([dated(1)[0] | {"title": title}], p)) as connection:
        landed = extract(DISCOVER, connection=connection)
    assert len(landed.bodies()) == 1
    assert landed.records()[0]["title"] == title


def test_halves_make_the_whole_and_share_no_day() -> None:
    window = Window.of({FROM: "2024-02-27", UNTIL: "2024-03-01"})
    days, open_windows = [], [window]
    while open_windows:
        one = open_windows.pop(0)
        if one.divisible:
            open_windows = [*one.halves(), *open_windows]
        else:
            days.append(str(one))
    assert days == ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"]


def test_halves_have_as_many_films_each_as_days_can_part() -> None:
    whole = Window.of({})
    days = [date(2000, 1, 1).toordinal() + at for at in (0, 1, 2, 3, 4, 5)]
    first, last = whole.halves([0, *days])
    assert [sum(half.has(day) for day in days) for half in (first, last)] == [3, 3]
    assert not any(half.has(0) for half in (first, last))
    part, steps = Window.of({FROM: "2000-01-01", UNTIL: "2000-03-01"}), 0
    while part.divisible:  # all on one day
        halves = part.halves([date(2000, 1, 20).toordinal()] * 9)
        part = next(half for half in halves if half.has(date(2000, 1, 20).toordinal()))
        steps += 1
    assert (str(part), steps) == ("2000-01-20", 2)


def test_only_the_outer_ends_of_halves_stay_open() -> None:
    first, last = Window.of({}).halves()
    assert list(first.bounds) == [UNTIL]
    assert list(last.bounds) == [FROM]
    assert Window.of({}).has_undated
    assert not first.has_undated


def test_a_bound_that_is_no_date_is_refused() -> None:
    with pytest.raises(SourceRefused, match=r"primary_release_date\.gte: 'yesterday'"):
        Window.of({FROM: "yesterday"})
