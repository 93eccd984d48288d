"""docs/data-science.md: its Python is run, from top to bottom, by somebody who may only read."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.client.conftest import Read, read
from tests.docs.pages import fenced
from tests.steps.publish.test_step import published
from tests.steps.staged import REPLACE

from medallion.cli.__main__ import main
from medallion.names import PublishedTable, TableName

__all__ = ["read"]

MOVIES = PublishedTable.of(TableName("silver_cinema", "movies"))
FEATURES = [
    (1, 11, "2026-01-01+00", 10),
    (2, 11, "2026-01-03+00", 20),
    (3, 12, "2026-01-31+00", 25),
]
DECLARED = """
INSERT INTO medallion.declared_pipelines (dag_id, domain, owner, plan)
VALUES ('cinema.films', 'cinema', 'cinema-data', 'x');
INSERT INTO medallion.feature_views
    (domain, table_name, dag_id, entity, event_time, ttl, protected)
VALUES ('cinema', 'film_features', 'cinema.films', '{movie_id}', 'computed_at', '90 days', '{}');
"""
ROWS = [(1, 11, "Alien", 8.1), (2, 12, "Aliens", 7.9)]
COLUMNS = "id bigint, movie_id bigint, title text, vote_average double precision"


@pytest.fixture
def reader(read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment of somebody who may read the films, which were published twice."""
    step = replace(REPLACE, table=MOVIES, grants=(read.role,))
    for day in range(2):
        published(read.loader, day, ROWS, step, columns=COLUMNS)
    features = PublishedTable.of(TableName("gold_cinema", "film_features"))
    published(
        read.loader, 0, FEATURES, replace(REPLACE, table=features, grants=(read.role,)),
        columns="id bigint, movie_id bigint, computed_at timestamptz, votes integer",
    )  # fmt: skip
    with psycopg.connect(read.loader) as connection:
        connection.execute(DECLARED)
    found = conninfo_to_dict(read.reader)
    for key, variable in (
        ("host", "PGHOST"), ("port", "PGPORT"), ("dbname", "PGDATABASE"), ("user", "PGUSER"),
        ("password", "PGPASSWORD"),
    ):  # fmt: skip
        monkeypatch.setenv(variable, str(found[key]))
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", read.loader)
    monkeypatch.setenv("MEDALLION_LAKE_ROOT", str(tmp_path))


def test_the_page_runs(reader: None, project_root: Path) -> None:
    found: dict[str, Any] = {}
    page = project_root / "docs" / "data-science.md"
    commands = re.findall(r"^python -m medallion.cli (.*)$", page.read_text(), re.MULTILINE)
    assert main(commands[0].split()) == main(commands[1].split()) == 0
    for block in fenced(page, "python"):
        exec(compile(block, "docs/data-science.md", "exec"), found)  # noqa: S102  # the page's own
    assert main(commands[2].split()) == 0
    assert found["rows"] == len(found["train"]) == 2
    assert found["training"].to_pandas()["votes"].tolist() == [10, 25]
    assert (found["lineage"].version, found["lineage"].spec_path) == (2, "specs/lab/sensors.yaml")
    assert [one.version for one in found["desk"].versions("silver_cinema.movies")] == [2, 1]
