"""`make demo` from nothing: real Airflow, PostgreSQL, GX and HTTP, twice, with the same tables.

Then the bank's, `make demo DOMAIN=finance`.

And what must be nowhere: the token and the passwords, in no log, XCom, manifest or table.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from medallion.bank.rates_server import RATES_KEY
from medallion.local.databases import METADATA, WAREHOUSE
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import AIRFLOW_CFG
from medallion.replay.access import REPLAY_TOKEN

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GOLD = ("brand_performance", "brand_comparison", "genre_popularity", "unmatched_titles")
SILVER = ("movies", "genres", "brands", "title_aliases")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A state folder of its own, in which the demo has run twice, and then the bank's."""

    paths: LocalPaths
    outputs: tuple[str, str, str]
    tables: tuple[dict[str, list[tuple[object, ...]]], dict[str, list[tuple[object, ...]]]]

    def query(self, text: str, database: str = WAREHOUSE) -> list[tuple[object, ...]]:
        """Ask as the superuser."""
        with psycopg.connect(EmbeddedPostgres(self.paths.postgres).url(database)) as connection:
            return connection.execute(sql.SQL(text)).fetchall()


@pytest.fixture(scope="module")
def demo(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    state = tmp_path_factory.mktemp("demo")
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")},
        "PYTHONPATH": str(project_root / "plugins"),
        "MEDALLION_STATE_ROOT": str(state),
    }
    env.pop("TMDB_TOKEN", None)
    env.pop("MEDALLION_WAREHOUSE_URL", None)
    paths = LocalPaths.of(env, project_root=project_root)
    server = EmbeddedPostgres(paths.postgres)
    outputs, tables = [], []
    try:
        for domain in ([], [], ["finance"]):
            done = subprocess.run(
                [sys.executable, "-m", "medallion.cli", "demo", *domain],
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            log = paths.logs / "demo.log"
            tail = log.read_text()[-3000:] if log.exists() else ""
            assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{tail}"
            outputs.append(done.stdout)
            tables.append({} if domain else _contents(server.url(WAREHOUSE)))
        yield Demo(paths=paths, outputs=tuple(outputs), tables=tuple(tables[:2]))
    finally:
        server.stop()


def _contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    found = {}
    with psycopg.connect(url) as connection:
        for name in GOLD:
            query = sql.SQL("SELECT * FROM {} ORDER BY 1").format(
                sql.Identifier("gold_cinema", name)
            )
            found[name] = connection.execute(query).fetchall()
        for name in SILVER:
            query = sql.SQL("SELECT to_jsonb(t) - '_load_id' FROM {} AS t ORDER BY 1").format(
                sql.Identifier("silver_cinema", name)
            )
            found[name] = connection.execute(query).fetchall()
    return found


def test_it_shows_each_step_the_tables_and_the_gates(demo: Demo) -> None:
    shown = demo.outputs[0]
    for step in ("movies.land", "brands.gate_bronze", "movies.clean", "unmatched_titles.publish"):
        assert f"✓ {step} " in shown
    for title in ("gold_cinema.brand_performance", "Gates", "Published", "Where to look next"):
        assert title in shown
    assert "✗" not in shown
    # Of title_aliases nothing is checked, and its gates are gates nevertheless.
    assert "│ silver cinema.title_aliases " in shown and "│ bronze cinema.title_aliases " in shown


def test_airflow_finds_its_settings_file_and_writes_none(demo: Demo) -> None:
    """Two processes that start in it at once would write it, and read half of it."""
    written = (demo.paths.airflow_home / "airflow.cfg").read_text()
    assert written == AIRFLOW_CFG


def test_the_banks_demo_shows_its_days_and_what_they_set_off(demo: Demo) -> None:
    shown = demo.outputs[2]
    assert shown.count("✓ finance.banking ") == 14
    for pipeline in (
        "finance.exchange_rates",
        "finance.kpis",
        "finance.fraud",
        "cinema.box_office",
    ):
        assert f"✓ {pipeline} " in shown
    for title in ("gold_finance.suspicious_operations", "gold_finance.brand_spending"):
        assert title in shown
    assert "✗" not in shown
    assert demo.query(
        "SELECT sum(rows_read), sum(rows_quarantined), sum(rows_deduplicated), sum(rows_discarded)"
        " FROM medallion.publications WHERE table_name = 'transactions'"
    ) == [(591, 11, 1, 1)]


def test_the_demo_run_again_gives_the_same_tables(demo: Demo) -> None:
    assert demo.tables[1] == demo.tables[0]
    assert all(demo.tables[0].values())


def test_every_brand_is_matched_or_reported(demo: Demo) -> None:
    assert demo.query(
        "SELECT count(*) FILTER (WHERE candidates = 0), count(*) FILTER (WHERE candidates > 1),"
        " count(*) FILTER (WHERE candidates = 1) FROM gold_cinema.brand_performance"
    ) == [(3, 7, 75)]
    assert {
        str(row[0]) for row in demo.query("SELECT brand FROM gold_cinema.unmatched_titles")
    } >= {
        "Broken Lizard",
        "Disneynature",
        "Ernest",
        "King Kong",
    }
    # What only the look-up file brings together, and what the title key does.
    assert demo.query(
        "SELECT brand, top_release_movie_id IS NOT NULL FROM gold_cinema.brand_performance"
        " WHERE brand IN ('Star Wars', 'Avengers', 'Ice Age') ORDER BY 1"
    ) == [("Avengers", True), ("Ice Age", True), ("Star Wars", True)]


def test_the_latest_of_several_films_of_one_title_is_taken(demo: Demo) -> None:
    assert demo.query(
        "SELECT extract(year FROM top_release_date)::int FROM gold_cinema.brand_performance"
        " WHERE brand = 'Disney Live Action Reimaginings'"
    ) == [(2019,)]


def test_every_silver_row_leads_to_its_part_and_run(demo: Demo) -> None:
    for name in SILVER:
        assert demo.query(
            f"SELECT count(*) FROM silver_cinema.{name} AS s LEFT JOIN medallion.row_lineage AS l"
            " USING (_load_id, _bronze_part) WHERE l.part_uri IS NULL"
        ) == [(0,)]


def test_genres_stand_by_name_and_money_as_numbers(demo: Demo) -> None:
    assert demo.query(
        "SELECT genres FROM silver_cinema.movies WHERE original_title = 'The Dark Knight'"
    ) == [(["Action", "Crime", "Thriller"],)]
    assert demo.query(
        "SELECT total_gross > 15000000000 FROM silver_cinema.brands WHERE brand = 'Marvel Comics'"
    ) == [(True,)]


def test_rows_read_are_published_quarantined_or_counted_as_duplicates(demo: Demo) -> None:
    assert demo.query(
        "SELECT count(*) FROM medallion.publications WHERE rows_read <>"
        " rows_published + rows_quarantined + rows_deduplicated + rows_discarded"
    ) == [(0,)]


def test_publishing_tells_the_other_dags(demo: Demo) -> None:
    events = demo.query(
        "SELECT DISTINCT a.name, e.extra::jsonb ? 'rows', e.extra::jsonb ? 'version',"
        " e.extra::jsonb ? 'digest' FROM asset_event AS e JOIN asset AS a ON a.id = e.asset_id",
        METADATA,
    )
    assert {str(row[0]) for row in events} >= {
        *(f"silver_cinema.{name}" for name in SILVER),
        *(f"gold_cinema.{name}" for name in GOLD),
    }
    assert {"silver_finance.customers", "gold_finance.operations"} <= {row[0] for row in events}
    assert all(row[1:] == (True, True, True) for row in events)


def test_no_secret_is_anywhere(demo: Demo) -> None:
    secrets = {
        path.name: path.read_text().strip()
        for path in [*demo.paths.secrets.glob("*.secret"), demo.paths.postgres / "superuser.secret"]
    }
    secrets |= {"the token": REPLAY_TOKEN, "the key of the rates": RATES_KEY}
    texts = {"output": "".join(demo.outputs)}
    for folder in (demo.paths.logs, demo.paths.airflow_home, demo.paths.lake):
        for path in folder.rglob("*"):
            if path.is_file() and path.stat().st_size < 50_000_000:
                texts[str(path)] = path.read_text(errors="replace")
    for database, schema in ((WAREHOUSE, "medallion"), (METADATA, "public")):
        for (table,) in demo.query(
            f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'",
            database,
        ):
            rows = demo.query(f'SELECT t::text FROM {schema}."{table}" AS t', database)
            texts[f"{database}.{table}"] = "\n".join(str(row[0]) for row in rows)
    found = [
        (name, place)
        for name, secret in secrets.items()
        for place, text in texts.items()
        if secret and secret in text
    ]
    assert found == []
