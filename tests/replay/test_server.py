"""The replay server as a client of TMDB meets it: over real HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from medallion.errors import SetupError
from medallion.replay import (
    REPLAY_API_KEY,
    REPLAY_TOKEN,
    Access,
    Dropped,
    Failure,
    Faults,
    Html,
    Limits,
    NoTotalPages,
    ReplayServer,
    Throttled,
)

BEARER = {"Authorization": f"Bearer {REPLAY_TOKEN}"}
FILMS = [
    {
        "id": number,
        "title": f"Film {number}",
        "original_title": f"Film {number}",
        "genre_ids": [28, 12] if number % 2 else [18],
        "popularity": 100.5 - number,
        "release_date": f"2001-01-{number:02d}",
        "vote_average": 7,
        "vote_count": number * 10,
    }
    for number in range(1, 26)
] + [{"id": 26, "title": "Undated"}, {"id": 27, "title": "Of no date", "release_date": ""}]


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    with ReplayServer(films=FILMS, limits=Limits(max_page=2, page_size=10)) as server:
        yield server


@pytest.fixture
def client(server: ReplayServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, headers=BEARER, trust_env=False) as client:
        yield client


def ask(server: ReplayServer, path: str = "/discover/movie", **params: str) -> httpx.Response:
    return httpx.get(f"{server.base_url}{path}", params=params, headers=BEARER, trust_env=False)


def found(client: httpx.Client, **params: str) -> list[int]:
    """The numbers of the films on the first page."""
    answer = client.get("/discover/movie", params=params)
    assert answer.status_code == 200, answer.text
    return [film["id"] for film in answer.json()["results"]]


def test_a_page_has_the_shape_of_tmdb(client: httpx.Client) -> None:
    answer = client.get("/discover/movie", params={"page": "2"})
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert {key: body[key] for key in ("page", "total_pages", "total_results")} == {
        "page": 2,
        "total_pages": 3,  # more than max_page: TMDB counts pages that it refuses
        "total_results": 27,
    }
    assert [film["id"] for film in body["results"]] == list(range(11, 21))
    assert {"adult", "backdrop_path", "poster_path", "overview", "video"} <= set(body["results"][0])


def test_the_order_of_keys_varies_and_undated_films_stay_undated(client: httpx.Client) -> None:
    films = client.get("/discover/movie", params={"sort_by": "vote_count.asc"}).json()["results"]
    assert len({tuple(key for key in film if key != "softcore") for film in films}) > 1
    undated = {film["id"]: film.get("release_date") for film in films[:2]}
    assert undated == {26: None, 27: ""}
    assert "release_date" not in films[0]


@pytest.mark.parametrize("page", ["0", "-1", "3", "two", "1.5"])
def test_pages_outside_the_limits_are_refused(client: httpx.Client, page: str) -> None:
    answer = client.get("/discover/movie", params={"page": page})
    assert answer.status_code == 400
    assert answer.json()["status_code"] == 22
    assert "max at 2" in answer.json()["status_message"]


def test_a_page_after_the_last_is_empty(client: httpx.Client) -> None:
    body = client.get(
        "/discover/movie", params={"page": "2", "primary_release_date.gte": "2001-01-20"}
    ).json()
    assert (body["results"], body["total_pages"], body["total_results"]) == ([], 1, 6)


def test_nothing_found_is_one_page(client: httpx.Client) -> None:
    body = client.get("/discover/movie", params={"primary_release_date.gte": "2030-01-01"}).json()
    assert (body["results"], body["total_pages"], body["total_results"]) == ([], 1, 0)


@pytest.mark.parametrize(
    ("sort_by", "first"),
    [
        ("popularity.desc", 1),
        ("popularity.asc", 26),  # no popularity counts as none
        ("primary_release_date.desc", 25),
        ("vote_count.desc", 25),
        ("title.asc", 1),
    ],
)
def test_films_come_sorted(client: httpx.Client, sort_by: str, first: int) -> None:
    assert found(client, sort_by=sort_by)[0] == first


def test_date_windows_are_closed_and_leave_undated_films_out(client: httpx.Client) -> None:
    window = {"primary_release_date.gte": "2001-01-03", "primary_release_date.lte": "2001-01-05"}
    assert found(client, **window) == [3, 4, 5]
    everything = {"primary_release_date.lte": "2100-01-01", "sort_by": "vote_count.asc"}
    assert not {26, 27} & set(found(client, **everything))


def test_genres_combine_by_comma_and_bar(client: httpx.Client) -> None:
    assert found(client, with_genres="28,12")[:2] == [1, 3]
    assert found(client, with_genres="28,18") == []
    assert found(client, with_genres="28|18")[:2] == [1, 2]


@pytest.mark.parametrize(
    "params",
    [
        {"sort_by": "popularity"},
        {"sort_by": "taste.desc"},
        {"primary_release_date.gte": "01/02/2001"},
        {"with_genres": "Action"},
        {"vote_count.gte": "many"},
    ],
)
def test_what_cannot_be_read_is_refused(client: httpx.Client, params: dict[str, str]) -> None:
    answer = client.get("/discover/movie", params=params)
    assert (answer.status_code, answer.json()["status_code"]) == (422, 5)


def test_adult_films_are_asked_for() -> None:
    films = [{"id": 1, "adult": True}, {"id": 2}]
    with ReplayServer(films=films) as server:
        assert ask(server).json()["total_results"] == 1
        assert ask(server, include_adult="true").json()["total_results"] == 2


def test_genres_are_named_in_the_language(client: httpx.Client) -> None:
    def names(language: str) -> dict[int, str]:
        genres = client.get("/genre/movie/list", params={"language": language}).json()["genres"]
        return {genre["id"]: genre["name"] for genre in genres}

    assert len(names("en")) == 19
    assert (names("en-US")[878], names("fr-FR")[878]) == ("Science Fiction", "Science-Fiction")
    assert names("fr")[35] == "Comédie"


def test_a_film_alone_names_its_genres(client: httpx.Client) -> None:
    film = client.get("/movie/3", params={"language": "fr"}).json()
    assert film["genres"] == [{"id": 28, "name": "Action"}, {"id": 12, "name": "Aventure"}]
    assert "genre_ids" not in film


def test_the_configuration_says_where_images_are(client: httpx.Client) -> None:
    images = client.get("/configuration").json()["images"]
    assert images["secure_base_url"] == "https://image.tmdb.org/t/p/"


@pytest.mark.parametrize("path", ["/movie/999", "/movie/star-wars", "/discover/film", "/../4/list"])
def test_unknown_paths_and_films_are_not_found(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["status_code"]) == (404, 34)


@pytest.mark.parametrize(
    ("headers", "params", "status"),
    [
        ({}, {}, 401),
        ({"Authorization": f"Bearer {REPLAY_TOKEN}"}, {}, 200),
        ({}, {"api_key": REPLAY_API_KEY}, 200),
        ({"Authorization": "Bearer eyJwrong"}, {}, 401),
        ({"Authorization": f"Basic {REPLAY_TOKEN}"}, {}, 401),
        # Each in the place of the other, as people paste them:
        ({"Authorization": f"Bearer {REPLAY_API_KEY}"}, {}, 401),
        ({}, {"api_key": REPLAY_TOKEN}, 401),
        ({}, {"api_key": ""}, 401),
        ({}, {"api_key": "clé"}, 401),
    ],
)
def test_credentials_count_in_their_own_place(
    server: ReplayServer, headers: dict[str, str], params: dict[str, str], status: int
) -> None:
    url = f"{server.base_url}/discover/movie"
    answer = httpx.get(url, headers=headers, params=params, trust_env=False)
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["status_code"] == 7


def test_other_credentials_can_be_configured() -> None:
    access = Access.of(["eyJmine", "0123456789abcdef0123456789abcdef", " "])
    assert access == Access(tokens=("eyJmine",), api_keys=("0123456789abcdef0123456789abcdef",))
    with ReplayServer(films=FILMS, access=access) as server:
        assert ask(server).status_code == 401  # the usual token is not among them


def test_requests_are_recorded_without_their_credentials() -> None:
    with ReplayServer(films=FILMS, faults=Faults(answers=(Failure(502),))) as server:
        ask(server, page="1")
        ask(server, page="2", api_key=REPLAY_API_KEY)
        url = f"{server.base_url}/movie/0"
        httpx.get(url, params={"api_key": REPLAY_API_KEY}, trust_env=False)
    first, second, third = server.requests
    assert (first.method, first.path, first.status) == ("GET", "/3/discover/movie", 502)
    assert first.fault == Failure(502)
    assert (second.params, second.status, second.fault) == ({"page": "2"}, 200, None)
    assert (third.path, third.authenticated_by, third.status) == ("/3/movie/0", "api_key", 404)
    assert REPLAY_API_KEY not in repr(server.requests)
    assert REPLAY_TOKEN not in repr(server.requests)


def test_too_many_requests_are_reported_when_to_come_back() -> None:
    with ReplayServer(films=FILMS, limits=Limits(requests_per_second=0.001)) as server:
        assert ask(server).status_code == 200
        refused = ask(server)
    assert (refused.status_code, refused.json()["status_code"]) == (429, 25)
    assert 900 <= int(refused.headers["Retry-After"]) <= 1000


def test_faults_are_met_one_by_one_in_their_order() -> None:
    faults = Faults(
        answers=(Failure(500), Failure(503), Throttled("7"), Throttled(None), Html(),
                 NoTotalPages())
    )  # fmt: skip
    with ReplayServer(films=FILMS, faults=faults) as server:
        answers = [ask(server) for _ in range(7)]
        server.add_faults(Faults(answers=(Failure(502),)))
        late = [ask(server).status_code for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 503, 429, 429, 200, 200, 200]
    assert [answer.headers.get("Retry-After") for answer in answers[2:4]] == ["7", None]
    assert answers[4].headers["Content-Type"].startswith("text/html")
    assert "total_pages" not in answers[5].json()
    assert answers[5].json()["results"] == answers[6].json()["results"]
    assert late == [502, 200]


def test_a_dropped_connection_ends_in_the_middle_of_the_body() -> None:
    with ReplayServer(films=FILMS, faults=Faults(answers=(Dropped(),))) as server:
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed"):
            ask(server)
        assert ask(server).status_code == 200


@pytest.mark.parametrize("sort_by", ["popularity.desc", "primary_release_date.asc"])
def test_a_film_slips_over_the_edge_of_a_page(sort_by: str) -> None:
    limits = Limits(page_size=10)

    def pages(server: ReplayServer) -> list[int]:
        answers = (ask(server, sort_by=sort_by, page=page).json() for page in "123")
        return [film["id"] for answer in answers for film in answer["results"]]

    with ReplayServer(films=FILMS, limits=limits) as calm:
        undisturbed = pages(calm)
    with ReplayServer(films=FILMS, limits=limits, faults=Faults(unstable_edges=(1,))) as server:
        first, second = pages(server), pages(server)
    assert len(set(undisturbed)) == 27
    assert first[9] == first[10] == undisturbed[9]  # met twice
    assert undisturbed[10] not in first  # and this one never
    assert sorted(second) == sorted(undisturbed)  # it slips once


def test_what_goes_wrong_again_and_again() -> None:
    faults = Faults(every=(3, Throttled("9")), moving_every=2, leaving_every=3)
    limits = Limits(page_size=10, requests_per_second=1000)
    with ReplayServer(films=FILMS, limits=limits, faults=faults) as server:
        answers = [ask(server, sort_by="primary_release_date.asc") for _ in range(6)]
        left = server.left
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200, 200, 429]
    first, second, third, fourth = ([f["id"] for f in a.json()["results"]]
                                    for a in answers if a.status_code == 200)  # fmt: skip
    assert first == second  # then a film moves over the edge
    assert third[:9] == first[:9]
    assert third[9] != first[9]
    assert left == {third[0]}  # and one leaves
    assert fourth[:8] == third[1:9]


@pytest.mark.parametrize(
    ("films", "problem"),
    [
        ([{"id": 1}, {"id": 1}], "Two films .* the id 1"),
        ([{"title": "Nobody"}], "no whole number"),
    ],
)
def test_films_without_a_number_of_their_own_are_refused(
    films: list[dict[str, object]], problem: str
) -> None:
    with pytest.raises(SetupError, match=problem):
        ReplayServer(films=films)


def test_a_damaged_file_of_films_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    path.write_text('{"id": 1}\n{"id": 2\n', encoding="utf-8")
    with pytest.raises(SetupError, match=r"films\.jsonl:2: not JSON"):
        ReplayServer(films=path)
    with pytest.raises(SetupError, match="No such file"):
        ReplayServer(films=tmp_path / "absent.jsonl")


def test_a_taken_port_is_reported(server: ReplayServer) -> None:
    with pytest.raises(SetupError, match=f"{server.port}: Address already in use"):
        ReplayServer(films=FILMS, port=server.port)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_answers_and_stops_when_reported(
    tmp_path: Path, project_root: Path, stop: signal.Signals
) -> None:
    films, ready = tmp_path / "films.jsonl", tmp_path / "replay.ready"
    films.write_text('{"id": 11, "title": "Star Wars"}\n', encoding="utf-8")
    command = [
        sys.executable, "-m", "medallion.replay", "--films", str(films),
        "--ready-file", str(ready), "--token", "eyJmine", "--rate", "10/s",
    ]  # fmt: skip
    environ = {**os.environ, "PYTHONPATH": str(project_root / "plugins")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            _wait_for(ready)
            assert ready.read_text(encoding="utf-8") == f"{url}\n"
            headers = {"Authorization": "Bearer eyJmine"}
            answer = httpx.get(f"{url}/movie/11", headers=headers, trust_env=False, timeout=120)
            assert answer.json()["title"] == "Star Wars"
        finally:
            process.send_signal(stop)
            assert process.wait(timeout=240) in {0, -stop}


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 240
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)
