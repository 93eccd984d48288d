"""`status`: which gold tables are older than what they read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.cli.__main__ import main
from medallion.names import Layer, PublishedTable
from medallion.plan.model import BuildStep
from medallion.steps.publish import step as publish
from medallion.steps.run import run_step
from medallion.warehouse.registry.behind import tables_behind
from medallion.warehouse.session.connection import connect

SUMS = PublishedTable(layer=Layer.GOLD, domain="lab", name="sums")
BUILD = BuildStep(
    table=SUMS,
    sql="select count(*) as n from silver_lab.readings",
    sql_path="include/sql/lab/sums.sql",
    upstream=(READINGS.public,),
)
PUBLISH = replace(REPLACE, table=SUMS, primary_key=(), inputs=(READINGS.public,))


def silver(url: str, day: int) -> None:
    run = Run(url=url, day=day)
    run.stage([(1, f"day {day}")])
    publish.run(REPLACE, run.context())


def gold(url: str, day: int) -> None:
    context = Run(url=url, day=day).context()
    run_step(BUILD, replace(context, task_id="sums.build"))
    publish.run(PUBLISH, replace(context, task_id="sums.publish"))


def test_a_gold_table_is_behind_since_the_first_publication_that_it_has_not_seen(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("MEDALLION_DISK_WARN_GIB", "0")
    assert main(["status"]) == 0
    silver(warehouse_db, 1)
    gold(warehouse_db, 1)
    silver(warehouse_db, 0)  # late: readers keep what they have
    assert main(["status"]) == 0
    assert "No gold table is older than what it reads." in capsys.readouterr().out
    silver(warehouse_db, 2)
    silver(warehouse_db, 3)
    with connect(warehouse_db) as connection:
        (found,) = tables_behind(connection)
    assert (found.table, found.newer_inputs) == (SUMS, ("silver_lab.readings",))
    assert query(
        warehouse_db,
        "SELECT published_at FROM medallion.publications WHERE data_interval_end = '2026-01-04Z'"
        " AND layer = 'silver'",
    ) == [(found.since,)]
    assert main(["status"]) == 0
    assert main(["status", "--tolerate", "0s"]) == 1
    assert "gold_lab.sums" in capsys.readouterr().out
    gold(warehouse_db, 3)
    assert main(["status", "--tolerate", "0s"]) == 0


def test_a_disk_that_is_nearly_full_is_a_warning(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("MEDALLION_DISK_WARN_GIB", "1e9")
    assert main(["status"]) == 1
    assert "are free on the disk of" in capsys.readouterr().out


def test_a_text_that_is_not_a_length_of_time_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--tolerate", "soon"]) == 1
    assert "write 30m, 26h or 2d" in capsys.readouterr().err
