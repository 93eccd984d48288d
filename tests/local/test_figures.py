"""What `make status` says of tables that are late, or behind what they read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
from tests.cli.test_status import gold, silver
from tests.steps.staged import REPLACE
from tests.warehouse.registry.test_freshness import plan

from medallion.local.databases import Databases
from medallion.local.figures import describe_tables
from medallion.local.paths import LocalPaths
from medallion.local.settings import Ports, StackSettings
from medallion.plan.model import FreshnessLimits
from medallion.warehouse.registry.declared_tables import declare


def settings_of(root: Path, url: str) -> StackSettings:
    return StackSettings(
        paths=LocalPaths(project_root=root, state_root=root, dags_folder=root),
        databases=Databases(metadata_url="", warehouse_url=url, bank_url=""),
        ports=Ports(api=0, replay=0, rates=0),
        uses_replay=False,
    )


def test_late_tables_and_those_behind_have_a_line_each(tmp_path: Path, warehouse_db: str) -> None:
    settings = settings_of(tmp_path, warehouse_db)
    silver(warehouse_db, 1)
    gold(warehouse_db, 1)
    limits = FreshnessLimits(warn_after=timedelta(days=1), error_after=timedelta(days=9))
    with psycopg.connect(warehouse_db) as connection:
        declare(connection, plan(replace(REPLACE, freshness=limits)), "p")
    assert list(describe_tables(settings)) == ["tables    1 declared, 0 late, 0 behind"]
    silver(warehouse_db, 2)  # gold has not seen it
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(
            "UPDATE medallion.publications SET published_at = published_at - interval '30 h',"
            " as_of = as_of - interval '30 h'"
        )
        connection.execute(
            "UPDATE medallion.shown_publications SET shown_at = shown_at - interval '30 h'"
        )
    assert list(describe_tables(settings)) == [
        "tables    1 declared, 1 late, 1 behind",
        "! late    silver_lab.readings (stale)",
        "! behind  gold_lab.sums",
    ]


def test_a_warehouse_that_is_away_is_a_line_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://loader:geheim@/x?host={tmp_path}"
    (line,) = describe_tables(settings_of(tmp_path, url))
    assert line.startswith("! tables  not known: ") and "geheim" not in line
