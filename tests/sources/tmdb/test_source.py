"""TMDB, against a server that speaks and fails as TMDB does."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.replay import (
    REPLAY_API_KEY,
    REPLAY_TOKEN,
    Dropped,
    Failure,
    Faults,
    Html,
    Limits,
    NoTotalPages,
    ReplayServer,
    Throttled,
)
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.http import client as http_client
from medallion.sources.http.api import Patience
from medallion.sources.tmdb.source import TmdbSource, base_url

SMALL = Limits(max_page=3, page_size=4, requests_per_second=2000)
DISCOVER = TmdbSource(type="tmdb", endpoint="discover/movie")
GENRES = TmdbSource(type="tmdb", endpoint="genre/movie/list", params={"language": "en"})


def films(number: int, *, every: int = 1, undated: int = 0) -> list[dict[str, Any]]:
    """Dated films, one each `every` days; then some without a date."""
    first = date(1950, 1, 1)
    dated = [
        {
            "id": at,
            "original_title": f"Film {at:05d}",
            "popularity": 1000.0 - at,
            "release_date": (first + timedelta(days=at * every)).isoformat(),
        }
        for at in range(1, number + 1)
    ]
    return dated + [{"id": number + at, "release_date": ""} for at in range(1, undated + 1)]


def connection(server: ReplayServer, password: str = REPLAY_TOKEN, **extra: object) -> Any:
    """The server as Airflow's connection names it; no pace of our own, the server's page limit, and
    one request after the other: most tests count them."""
    return ConnectionDetails(
        conn_id="tmdb_default",
        host="127.0.0.1",
        port=server.port,
        schema="http",
        password=password,
        extra={"requests_per_second": 5000, "requests_at_once": 1, **extra},
    )


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of our own choice are short; the ones that the server asks for stay as they are."""
    init = http_client.JsonClient.__init__

    def patient(self: Any, api: Any, log: Any, patience: Any = None) -> None:
        init(self, api, log, patience or Patience(first_wait=0.01, longest_wait=2.5, attempts=4))

    monkeypatch.setattr(http_client.JsonClient, "__init__", patient)


def ids(landed: Any) -> list[int]:
    return [film["id"] for film in landed.records()]


def test_every_page_is_landed_as_it_was_sent(extract: Callable[..., Any]) -> None:
    with ReplayServer(films=films(10, undated=1), limits=SMALL) as server:
        landed = extract(DISCOVER, connection=connection(server, max_pages=3))
        pages = [request.params["page"] for request in server.requests]
    assert pages == ["1", "2", "3"]
    assert [body["page"] for body in landed.bodies()] == [1, 2, 3]
    assert sorted(ids(landed)) == list(range(1, 12))
    assert landed.manifest.records == 11
    assert landed.manifest.layout.records_path == "results"
    assert landed.manifest.notes["films_without_date_not_reached"] == 0


def test_the_demo_s_films_with_their_accents(extract: Callable[..., Any]) -> None:
    with ReplayServer(limits=Limits(requests_per_second=2000)) as server:
        landed = extract(DISCOVER, connection=connection(server))
    assert landed.manifest.records == len(set(ids(landed))) > 200
    assert any(not film["original_title"].isascii() for film in landed.records())


def test_genres(extract: Callable[..., Any]) -> None:
    with ReplayServer(films=[]) as server:
        landed = extract(GENRES, connection=connection(server))
        assert dict(server.requests[0].params) == {"language": "en"}
    assert landed.manifest.layout.records_path == "genres"
    assert {"id": 28, "name": "Action"} in landed.records()


def test_nothing_found_is_a_landing_without_records(extract: Callable[..., Any]) -> None:
    with ReplayServer(films=[]) as server:
        landed = extract(DISCOVER, connection=connection(server))
    assert landed.manifest.records == 0
    assert landed.bodies()[0]["total_results"] == 0


@pytest.mark.parametrize("sort_by", ["popularity.desc", "primary_release_date.asc"])
def test_more_pages_than_tmdb_serves_are_split_by_date(
    extract: Callable[..., Any], sort_by: str
) -> None:
    source = TmdbSource(type="tmdb", endpoint="discover/movie", params={"sort_by": sort_by})
    catalogue = [
        *films(200, every=17, undated=5),
        {"id": 901, "release_date": "1014-05-01"},  # mistyped years are dates too
        {"id": 902, "release_date": "2914-05-01"},
    ]
    with ReplayServer(films=catalogue, limits=SMALL) as server:
        landed = extract(source, connection=connection(server, max_pages=3))
        assert all(int(request.params["page"]) <= 3 for request in server.requests)
    assert set(ids(landed)) == {*range(1, 201), 901, 902}
    assert landed.manifest.notes["films_without_date_not_reached"] == 5
    assert landed.manifest.notes["windows"] > 10


def test_the_spec_s_own_dates_bound_the_windows(extract: Callable[..., Any]) -> None:
    low, high = "1950-01-20", "1950-03-01"
    params = {"primary_release_date.gte": low, "primary_release_date.lte": high}
    source = TmdbSource(type="tmdb", endpoint="discover/movie", params=params)
    with ReplayServer(films=films(100, undated=3), limits=SMALL) as server:
        landed = extract(source, connection=connection(server, max_pages=3))
        asked = [request.params for request in server.requests]
    assert sorted(ids(landed)) == list(range(19, 60))
    assert all(low <= p["primary_release_date.gte"] for p in asked)
    assert all(p["primary_release_date.lte"] <= high for p in asked)
    assert landed.manifest.notes["films_without_date_not_reached"] == 0


def test_a_day_with_too_many_films_is_refused(extract: Callable[..., Any]) -> None:
    crowded = [{"id": at, "release_date": "2000-01-01"} for at in range(1, 14)]
    with (
        ReplayServer(films=crowded, limits=SMALL) as server,
        pytest.raises(SourceRefused, match="13 films were released on 2000-01-01") as refused,
    ):
        extract(DISCOVER, connection=connection(server, max_pages=3))
    assert "narrow the query" in refused.value.remedy


def test_films_that_move_between_pages_are_not_lost(extract: Callable[..., Any]) -> None:
    source = TmdbSource(
        type="tmdb", endpoint="discover/movie", params={"sort_by": "popularity.desc"}
    )
    with ReplayServer(
        films=films(12), limits=SMALL, faults=Faults(unstable_edges=(1, 2))
    ) as server:
        landed = extract(source, connection=connection(server, max_pages=3))
    once = [film["id"] for body in landed.bodies()[:3] for film in body["results"]]
    assert set(once) != set(range(1, 13)), "the server moved no film: this test proves nothing"
    assert set(ids(landed)) == set(range(1, 13))
    assert 0 < landed.manifest.notes["pages_read_again"] < 6
    assert landed.manifest.notes["films_on_no_page"] == 0


def patient(monkeypatch: pytest.MonkeyPatch, patience: Patience) -> None:
    """As the product's own clients, but for this patience."""
    init = http_client.JsonClient.__init__
    monkeypatch.setattr(
        http_client.JsonClient, "__init__", lambda self, api, log: init(self, api, log, patience)
    )


def test_a_list_that_never_rests_ends_with_every_film_that_stayed(
    extract: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request in eleven is refused, films exchange places and leave while they are read, as
    14,409 films of TMDB did. (240 of them are on a page, for the sake of the test's time.)
    """
    slept: list[float] = []
    allowed = Patience(sleep=slept.append)
    patient(monkeypatch, allowed)
    faults = Faults(every=(11, Throttled("50")), moving_every=15, leaving_every=20)
    limits = Limits(page_size=240, requests_per_second=10**6)
    with ReplayServer(films=films(14_409), limits=limits, faults=faults) as server:
        landed = extract(DISCOVER, connection=connection(server))
        requests, left = len(server.requests), server.left
    pages = -(-14_409 // limits.page_size)
    assert sum(slept) > allowed.waits_in_all
    assert left
    assert set(ids(landed)) >= set(range(1, 14_410)) - left
    assert landed.manifest.notes["films_on_no_page"] == 0
    assert 0 < landed.manifest.notes["pages_read_again"] < pages
    assert requests < 1.5 * pages + landed.manifest.notes["pages_read_again"]


def test_a_window_longer_than_any_try_is_read_to_its_end(
    extract: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No try gets further than ten requests; the window has sixteen pages."""
    patient(monkeypatch, Patience(attempts=1, attempts_once_begun=1))
    limits = Limits(page_size=4, requests_per_second=10**6)
    faults = Faults(every=(11, Throttled()))
    with ReplayServer(films=films(64), limits=limits, faults=faults) as server:
        with pytest.raises(SourceUnavailable, match="429"):
            extract(DISCOVER, connection=connection(server))
        landed = extract(DISCOVER, connection=connection(server))
        asked = [int(request.params["page"]) for request in server.requests]
    assert asked == [*range(1, 12), 10, *range(11, 17)]
    assert ids(landed) == list(range(1, 65))
    assert landed.manifest.notes["pages_of_earlier_tries"] == 10


@pytest.mark.parametrize("password", [REPLAY_TOKEN, f" Bearer {REPLAY_TOKEN}\n", REPLAY_API_KEY])
def test_token_and_key_are_reported_apart_by_their_shape(
    extract: Callable[..., Any], password: str
) -> None:
    with ReplayServer(films=films(1)) as server:
        extract(GENRES, connection=connection(server, password))
        by = server.requests[0].authenticated_by
    assert by == ("api_key" if password == REPLAY_API_KEY else "bearer")


@pytest.mark.parametrize("password", ["", "letmein", "eyJ with blanks", "eyJ\u00e9", "0" * 31])
def test_neither_token_nor_key_is_refused_before_asking(
    extract: Callable[..., Any], password: str
) -> None:
    with ReplayServer(films=films(1)) as server:
        with pytest.raises(SourceRefused, match="API Read Access Token") as refused:
            extract(GENRES, connection=connection(server, password))
        assert server.requests == ()
    assert not password or password not in str(refused.value)


def test_a_wrong_key_fails_at_once_in_tmdb_s_words_and_without_the_key(
    extract: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "0123456789abcdef0123456789abcdef"
    with ReplayServer(films=films(1)) as server:
        with pytest.raises(SourceRefused, match="Invalid API key: You must be") as refused:
            extract(DISCOVER, connection=connection(server, wrong))
        assert len(server.requests) == 1
    assert "password" in refused.value.remedy
    assert wrong not in str(refused.value) + caplog.text
    assert wrong not in "".join(traceback.format_exception(refused.value))


def test_an_unknown_path_fails_at_once_in_tmdb_s_words(extract: Callable[..., Any]) -> None:
    with ReplayServer(films=films(1)) as server:
        details = ConnectionDetails(
            conn_id="tmdb_default",
            host=f"http://127.0.0.1:{server.port}/4",
            password=REPLAY_TOKEN,
        )
        with pytest.raises(SourceRefused, match="could not be found"):
            extract(DISCOVER, connection=details)
        assert len(server.requests) == 1


def test_a_param_that_tmdb_refuses_is_reported_in_its_words(extract: Callable[..., Any]) -> None:
    source = TmdbSource(type="tmdb", endpoint="discover/movie", params={"sort_by": "fame"})
    with (
        ReplayServer(films=films(1)) as server,
        pytest.raises(SourceRefused, match="Invalid parameters"),
    ):
        extract(source, connection=connection(server))


@pytest.mark.parametrize("fault", [Failure(500), Failure(502), Failure(504), Dropped()])
def test_what_passes_is_tried_again(extract: Callable[..., Any], fault: Any) -> None:
    with ReplayServer(films=films(8), limits=SMALL, faults=Faults(answers=(fault,) * 3)) as server:
        landed = extract(DISCOVER, connection=connection(server))
        assert len(server.requests) == 5
    assert ids(landed) == list(range(1, 9))
    assert landed.manifest.notes["requests"] == 5


def test_what_does_not_pass_is_left_to_the_task_s_retry(
    extract: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    faults = Faults(answers=(Failure(503),) * 3 + (Dropped(),))
    with (
        ReplayServer(films=films(8), faults=faults) as server,
        pytest.raises(SourceUnavailable, match="tried 4 times") as unavailable,
    ):
        extract(DISCOVER, connection=connection(server, REPLAY_API_KEY))
    assert unavailable.value.retryable
    assert "again in" in caplog.text
    reported = "".join(traceback.format_exception(unavailable.value))
    assert REPLAY_API_KEY not in reported + caplog.text


def test_a_server_where_nobody_listens_is_unavailable(extract: Callable[..., Any]) -> None:
    with ReplayServer(films=[]) as server:
        details = connection(server, REPLAY_API_KEY)
    with pytest.raises(SourceUnavailable, match="ConnectError") as unavailable:
        extract(DISCOVER, connection=details)
    assert REPLAY_API_KEY not in str(unavailable.value)


def test_retry_after_is_waited_for(extract: Callable[..., Any]) -> None:
    with ReplayServer(films=films(2), faults=Faults(answers=(Throttled("1"),))) as server:
        began = time.monotonic()
        landed = extract(DISCOVER, connection=connection(server))
    assert time.monotonic() - began >= 1
    assert landed.manifest.records == 2


def test_retry_after_as_a_date(extract: Callable[..., Any]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    with ReplayServer(films=films(2), faults=Faults(answers=(Throttled(soon),))) as server:
        landed = extract(DISCOVER, connection=connection(server))
        assert [request.status for request in server.requests] == [429, 200]
    assert landed.manifest.records == 2


def test_a_429_without_retry_after_is_tried_again(extract: Callable[..., Any]) -> None:
    with ReplayServer(films=films(2), faults=Faults(answers=(Throttled(None),))) as server:
        assert extract(DISCOVER, connection=connection(server)).manifest.records == 2


def test_a_long_retry_after_is_left_to_the_task_s_retry(extract: Callable[..., Any]) -> None:
    with ReplayServer(films=films(2), faults=Faults(answers=(Throttled("3600"),))) as server:
        with pytest.raises(SourceUnavailable, match="429, too many requests"):
            extract(DISCOVER, connection=connection(server))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [(Html(), "text/html.* instead of JSON"), (NoTotalPages(), "no number `total_pages`")],
)
def test_an_answer_of_another_shape_is_refused(
    extract: Callable[..., Any], fault: Any, said: str
) -> None:
    with (
        ReplayServer(films=films(2), faults=Faults(answers=(fault,))) as server,
        pytest.raises(SourceRefused, match=said),
    ):
        extract(DISCOVER, connection=connection(server))


def test_a_failed_extraction_has_no_manifest(extract: Callable[..., Any], tmp_path: Any) -> None:
    with (
        ReplayServer(
            films=films(12), limits=SMALL, faults=Faults(answers=(Throttled("0"), Html()))
        ) as server,
        pytest.raises(SourceRefused),
    ):
        extract(DISCOVER, connection=connection(server))
    assert list(tmp_path.rglob("manifest.json")) == []


def test_the_manifest_names_the_request_and_no_secret(extract: Callable[..., Any]) -> None:
    with ReplayServer(films=films(1)) as server:
        landed = extract(DISCOVER, connection=connection(server, REPLAY_API_KEY))
    text = landed.manifest.to_json()
    assert json.loads(text)["source"]["endpoint"] == "discover/movie"
    assert REPLAY_API_KEY not in text
    assert REPLAY_API_KEY not in repr(connection(server, REPLAY_API_KEY))


@pytest.mark.parametrize(
    ("host", "port", "schema", "url"),
    [
        ("", None, "", "https://api.themoviedb.org/3"),
        ("api.themoviedb.org", None, "", "https://api.themoviedb.org/3"),
        ("https://proxy.example/tmdb/3/", None, "", "https://proxy.example/tmdb/3"),
        ("proxy.example/tmdb", 8443, "https", "https://proxy.example:8443/tmdb"),
        ("127.0.0.1", 81, "", "http://127.0.0.1:81/3"),
        ("http://localhost:82", 83, "", "http://localhost:82/3"),
        ("[::1]", 84, "http", "http://[::1]:84/3"),
    ],
)
def test_the_connection_overrides_the_address(
    host: str, port: int | None, schema: str, url: str
) -> None:
    assert base_url(ConnectionDetails(conn_id="x", host=host, port=port, schema=schema)) == url


@pytest.mark.parametrize(
    "wrong",
    [
        {"schema": "3"},
        {"host": "user:secret@api.example"},
        {"extra": {"max_pages": 0}},
        {"extra": {"max_pages": "many"}},
        {"extra": {"requests_per_second": 0}},
        {"extra": {"requests_per_second": "nan"}},
    ],
)
def test_a_connection_that_cannot_work_names_the_setting(
    extract: Callable[..., Any], wrong: dict[str, Any]
) -> None:
    details = ConnectionDetails(conn_id="tmdb_default", password=REPLAY_TOKEN, **wrong)
    with pytest.raises(SetupError, match="tmdb_default") as refused:
        extract(DISCOVER, connection=details)
    assert "secret" not in str(refused.value)


def test_the_pace_is_kept(extract: Callable[..., Any]) -> None:
    """The server counts: at 60 a second of ours, its limit of 70 is never met."""
    limits = Limits(max_page=500, page_size=1, requests_per_second=70)
    with ReplayServer(films=films(120), limits=limits) as server:
        extract(DISCOVER, connection=connection(server, requests_per_second=60))
        assert {request.status for request in server.requests} == {200}
