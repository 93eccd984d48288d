"""The commands on published tables: what they print, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.steps.staged import MERGE, REPLACE, Run, query

from medallion.cli.__main__ import main
from medallion.lake.servers import keep_server
from medallion.steps.publish import step as publish
from medallion.steps.publish.primary import read_server
from medallion.warehouse.session.transaction import session


@pytest.fixture
def published(warehouse_db: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    for day in range(2):
        run = Run(url=warehouse_db, day=day)
        run.stage([(1, f"day {day}")])
        publish.run(REPLACE, run.context())
    return warehouse_db


def test_versions_lists_what_is_kept(published: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["versions", "silver_lab.readings"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("2" in line and "●" in line and "scheduled__2026-01-02" in line for line in lines)
    assert any(
        "1" in line and "●" not in line and "scheduled__2026-01-01" in line for line in lines
    )


def test_a_version_is_pinned_and_unpinned(
    published: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["versions", "silver_lab.readings", "--pin", "1"]) == 0
    assert "command line" in capsys.readouterr().out
    assert main(["versions", "silver_lab.readings", "--unpin", "1"]) == 0
    assert "command line" not in capsys.readouterr().out
    assert main(["versions", "silver_lab.readings", "--pin", "9"]) == 1
    assert "has no version 9; kept: 2, 1" in capsys.readouterr().err


def test_rollback_says_what_readers_see_now(
    published: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rollback", "silver_lab.readings"]) == 0
    assert "silver_lab.readings shows version 1 again: 1 row" in capsys.readouterr().out
    assert query(published, "SELECT value FROM silver_lab.readings") == [("day 0",)]


def test_nobody_changes_versions_on_a_former_primary(
    published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("MEDALLION_LAKE_ROOT", str(tmp_path))
    with session(published, "asking which server it is") as connection:
        here = read_server(connection)
    assert here is not None
    keep_server(tmp_path, replace(here, timeline=here.timeline + 1))
    assert main(["rollback", "silver_lab.readings"]) == 1
    assert "this PostgreSQL is a former primary" in capsys.readouterr().err
    assert query(published, "SELECT value FROM silver_lab.readings") == [("day 1",)]
    for change in ("--pin", "--unpin"):
        assert main(["versions", "silver_lab.readings", change, "1"]) == 1
        assert "this PostgreSQL is a former primary" in capsys.readouterr().err
    assert query(published, "SELECT count(*) FROM medallion.pinned_versions") == [(0,)]
    assert main(["versions", "silver_lab.readings"]) == 0, "it may be looked at"
    keep_server(tmp_path, here)
    assert main(["versions", "silver_lab.readings", "--pin", "1"]) == 0
    assert main(["rollback", "silver_lab.readings"]) == 0


def test_a_table_that_was_only_merged_has_one_version(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    for day in range(2):
        run = Run(url=warehouse_db, day=day)
        run.stage([(1, f"day {day}")], unlogged=True)
        publish.run(MERGE, run.context())
    assert main(["rollback", "silver_lab.readings"]) == 1
    assert "has no version before 1; kept: 1" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["readings", "bronze_lab.readings", "silver_.x", "x.y"])
def test_what_is_no_published_table_is_refused(
    name: str, published: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["versions", name]) == 1
    assert "is not the name of a published table" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["versions", "silver_lab.reading"],
        ["rollback", "silver_lab.reading"],
        ["quarantine", "list", "silver_lab.reading"],
        ["quarantine", "replay", "silver_lab.reading"],
        ["quarantine", "drop", "silver_lab.reading", "--obsolete"],
    ],
)
def test_a_misspelt_table_is_not_answered_like_an_empty_one(
    words: list[str], published: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    reported = capsys.readouterr().err
    assert "silver_lab.reading has never been published" in reported
    assert "did you mean silver_lab.readings?" in reported
    assert main(["versions", "silver_lab__alice.readings"]) == 1
    reported = capsys.readouterr().err
    assert "run its pipeline first" in reported, "not production's, where an environment's is meant"


def test_plan_shows_tasks_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "cinema.box_office"]) == 0
    shown = capsys.readouterr().out
    assert "silver_cinema.movies merge" in shown
    assert "clean  after genres.publish" in shown
    assert main(["plan", "cinema.nothing"]) == 1
