"""The rate at which TMDB's films come, of an API that takes a tenth of a second for each answer."""

from __future__ import annotations

from datetime import date, timedelta

from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say, alternate
from bench.warehouse import warehouse
from bench.workspace import Workspace
from medallion.replay.api import Limits
from medallion.replay.catalogue import Film
from medallion.replay.server import ReplayServer

FILMS, QUICK_FILMS = 12_000, 1_000
SECONDS, ALLOWED = 0.1, 35

CLAIMS = (
    Claim(
        name="tmdb.rate",
        what="Land TMDB's films, an API that takes 100 ms: rate ÷ what is allowed",
        how=f"The replay server has {FILMS:,} films, one a day, 20 a page, takes "
        f"{SECONDS * 1000:.0f} ms for each answer and refuses nothing. Ours is the land step as a "
        "task runs it, by the connection as it is made: 35 requests a second, leased from "
        "PostgreSQL. The rate is that of the requests that the server has answered, those that "
        "find the windows included, over the step's time. The server runs beside it.",
        bound=Bound.AT_LEAST,
        target=0.9,
    ),
)
RATE = "tmdb"


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Land all films, several times."""
    films = QUICK_FILMS if workspace.quick else FILMS
    counted: list[int] = []
    with (
        warehouse(workspace) as warehouse_,
        ReplayServer(
            films=list_films(films), limits=Limits(requests_per_second=100_000, seconds=SECONDS)
        ) as server,
    ):
        given = {"port": server.port, "lake": str(workspace.fresh("lake")), "films": films}

        def run() -> float:
            before = len(server.requests)
            seconds = float(run_side("tmdb_films", given, warehouse_.environment)["seconds"])
            counted.append(len(server.requests) - before)
            return counted[-1] / seconds

        rounds = alternate({RATE: run}, workspace.rounds(3), say, "requests/s")
    return [
        Result(
            claim="tmdb.rate",
            values=[rate / ALLOWED for rate in rounds.of(RATE)],
            ours=f"{rounds.median(RATE):.1f} requests/s",
            theirs=f"{ALLOWED} requests/s",
            size=f"{films:,} films in {counted[0]:,} requests",
        )
    ]


def list_films(count: int) -> list[Film]:
    """Films of as many days."""
    first = date(1990, 1, 1)
    return [
        {
            "id": number + 1,
            "title": f"Film no. {number + 1}",
            "original_title": f"Film no. {number + 1}",
            "overview": "A long story, figures once more. " * 3,
            "release_date": (first + timedelta(days=number)).isoformat(),
            "popularity": number % 1000 / 10,
            "vote_average": number % 100 / 10,
            "vote_count": number,
        }
        for number in range(count)
    ]
