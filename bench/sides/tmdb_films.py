"""TMDB's films, landed by the land step."""

from __future__ import annotations

import time
from dataclasses import replace
from uuid import uuid4

from bench.child import answer, arguments
from bench.sides import orders_run
from medallion.names import Layer, PublishedTable
from medallion.plan.model import LandStep
from medallion.replay.access import REPLAY_TOKEN
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.http import client as http_client
from medallion.sources.tmdb import pages as tmdb_pages
from medallion.sources.tmdb.source import TmdbSource
from medallion.steps.land import step as land

FILMS = PublishedTable(layer=Layer.SILVER, domain="bench", name="tmdb_films")
IMPORTED = (http_client, tmdb_pages)
"""Before the clock starts, as a warm worker has them."""


def main() -> None:
    given = arguments()
    details = ConnectionDetails(
        conn_id="tmdb_default",
        host="127.0.0.1",
        schema="http",
        port=given["port"],
        password=REPLAY_TOKEN,
    )
    common = {"run_id": uuid4().hex, "folder": ".", "lake": given["lake"]}
    context = replace(
        orders_run.context(common, "tmdb_films.land"),
        connection={"tmdb_default": details}.__getitem__,
    )
    source = TmdbSource(type="tmdb", endpoint="discover/movie")
    began = time.perf_counter()
    result = land.run(LandStep(table=FILMS, source=source), context)
    seconds = time.perf_counter() - began
    if result.rows_out < given["films"]:
        raise SystemExit(f"{result.rows_out} of {given['films']} films")
    answer(seconds=seconds)


if __name__ == "__main__":
    main()
