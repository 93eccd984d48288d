"""The wheel in an Airflow that is already there: `pip install`, `medallion init`, and the sample
domain to gold, on the oldest Airflow that works and on the pinned one.

Nothing of the repository is on the path of what is run here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.conftest import fresh_database
from tests.wheel.own_airflow import OwnAirflow, build_wheel, connection_variables, install

from medallion import __version__
from medallion.local.postgres import EmbeddedPostgres
from medallion.replay.access import REPLAY_TOKEN
from medallion.replay.server import ReplayServer
from medallion.roots import PROJECT_ROOT
from medallion.warehouse.session.connection import settings_of

OLDEST = "3.2.0"
PINNED = re.findall(
    r"^apache-airflow==(\S+)", (PROJECT_ROOT / "requirements.in").read_text(), re.MULTILINE
)[0]
DAYS = {OLDEST: "2026-04-09", "3.3.2": "2026-09-19"}
"""By version, two days after its release: what came later was not in its constraints."""
DAG = "cinema.box_office"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(PROJECT_ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module", params=[OLDEST, PINNED])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def warehouse(embedded_postgres: EmbeddedPostgres, pg_url: str, version: str) -> Iterator[str]:
    with fresh_database(embedded_postgres, pg_url) as url:
        yield url


@pytest.fixture(scope="module")
def own_airflow(
    version: str,
    wheel: Path,
    warehouse: str,
    embedded_postgres: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OwnAirflow]:
    """With the sample domain in its folder of DAGs; it has not run yet."""
    folder = tmp_path_factory.mktemp("own")
    install(folder / "venv", version, DAYS[version], wheel)
    with ReplayServer() as replay:
        airflow = OwnAirflow(
            venv=folder / "venv",
            home=folder / "home",
            variables={
                **connection_variables(warehouse, replay.base_url, REPLAY_TOKEN),
                "MEDALLION_ADMIN_URL": embedded_postgres.url(settings_of(warehouse)["dbname"]),
            },
        )
        airflow.dags.mkdir(parents=True)
        airflow.run("airflow", "db", "migrate")
        yield airflow


@pytest.mark.timeout(7200)  # against hangs alone: a busy machine takes long for a whole domain
def test_the_sample_runs_to_gold_and_the_pages_show_it(
    own_airflow: OwnAirflow, warehouse: str
) -> None:
    assert own_airflow.run("medallion", "--version") == f"medallion {__version__}\n"
    assert f"files written to {own_airflow.dags}" in own_airflow.run(
        "medallion", "init", "--sample", "cinema"
    )
    assert own_airflow.run("medallion", "validate").endswith("1 spec valid.\n")
    assert "reader_cinema" in own_airflow.run("medallion", "roles")
    errors = own_airflow.run("airflow", "dags", "list-import-errors", "--local")
    assert "No data found" in errors
    own_airflow.run("airflow", "dags", "test", DAG, "2026-01-05")
    with psycopg.connect(warehouse) as connection:
        rows = connection.execute("SELECT count(*) FROM gold_cinema.brand_performance").fetchone()
        assert rows and rows[0] > 10
    assert (own_airflow.home / "medallion" / "lake" / "bronze" / "cinema").is_dir()
    assert "No gold table is older than what it reads." in own_airflow.run("medallion", "status")
    assert own_airflow.run("medallion", "doctor").endswith("All layers answer.\n")
    own_airflow.run("airflow", "dags", "reserialize")  # whoever may read a DAG sees its tables
    with own_airflow.api_server() as client:
        page = client.get("/medallion/")
        assert page.status_code == 200, page.text
        assert "gold_cinema.brand_performance" in page.text
        style = re.findall(r'href="([^"]+\.css[^"]*)"', page.text)[0]
        assert client.get(style).headers["content-type"].startswith("text/css")
        for path in ("/medallion/backfills", "/medallion/specs", f"/medallion/dags/{DAG}"):
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text)
