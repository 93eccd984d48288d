"""docs/sources-tmdb.md: its spec runs against the replay of TMDB, its figures are the code's."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from tests.docs.pages import Project, fenced
from tests.steps.staged import query

from medallion.replay import REPLAY_TOKEN, ReplayServer
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.tmdb.source import MAX_PAGE, REQUESTS_PER_SECOND, TmdbSource


def test_the_pipeline_publishes_films_with_their_genres(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    (spec,) = fenced(project_root / "docs" / "sources-tmdb.md")
    with ReplayServer() as server:
        details = ConnectionDetails(
            conn_id="tmdb_default",
            host="127.0.0.1",
            port=server.port,
            schema="http",
            password=REPLAY_TOKEN,
        )
        project = Project(root=tmp_path, url=warehouse_db, connections={"tmdb_default": details})
        project.write("specs/cinema/films.yaml", spec)
        assert project.problems() == []
        project.run("cinema.films")
    ((films, with_genres, names),) = query(
        warehouse_db,
        "SELECT count(*), count(*) FILTER (WHERE genres <> '{}'), bool_and(genres <@ ("
        " SELECT array_agg(name) FROM silver_cinema.genres)) FROM silver_cinema.movies",
    )
    assert isinstance(films, int)
    assert films > 10
    assert with_genres
    assert names is True


def test_the_tables_are_the_codes(project_root: Path) -> None:
    page = (project_root / "docs" / "sources-tmdb.md").read_text()
    endpoints = get_args(TmdbSource.model_fields["endpoint"].annotation)
    assert all(f"| `{endpoint}` |" in page for endpoint in endpoints)
    assert f"`requests_per_second` | {REQUESTS_PER_SECOND:g} by default" in page
    assert f"`max_pages` | {MAX_PAGE} by default" in page
