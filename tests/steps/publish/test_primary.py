"""A publication goes to the server that the warehouse is on, and leaves a receipt in the lake."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.errors import LakeError
from medallion.lake.receipts import find_old_receipts, list_receipts, read_receipt
from medallion.lake.servers import NAME, Server, keep_server, read_servers
from medallion.operations.doctor.server import examine_server
from medallion.operations.same_server import adopt_server
from medallion.plan.model import PublishStep
from medallion.steps.publish import step as publish
from medallion.steps.publish.primary import FormerPrimary

VERSIONS = "SELECT count(*) FROM medallion.publications"


def publish_day(url: str, lake: Path, day: int, step: PublishStep = REPLACE) -> None:
    run = Run(url=url, day=day, table=step.table)
    run.stage([(1, f"day {day}")])
    publish.run(step, replace(run.context(), lake_root=str(lake)))


def test_the_lake_learns_which_server_it_is(warehouse_db: str, tmp_path: Path) -> None:
    publish_day(warehouse_db, tmp_path / "lake", 0)
    (server,) = read_servers(tmp_path / "lake")
    assert server.system.isdecimal()
    assert server.timeline == 1
    written = (tmp_path / "lake" / NAME).stat().st_mtime_ns
    publish_day(warehouse_db, tmp_path / "lake", 1)
    assert (tmp_path / "lake" / NAME).stat().st_mtime_ns == written


def test_a_newer_timeline_in_the_lake_keeps_a_former_primary_out(
    warehouse_db: str, tmp_path: Path
) -> None:
    publish_day(warehouse_db, tmp_path, 0)
    (here,) = read_servers(tmp_path)
    keep_server(tmp_path, replace(here, timeline=7))
    with pytest.raises(FormerPrimary, match=f"former primary .*{here.system}, timeline 7"):
        publish_day(warehouse_db, tmp_path, 1)
    assert query(warehouse_db, VERSIONS) == [(1,)]
    found = examine_server(str(tmp_path), warehouse_db)
    assert (found.verdict, "--adopt-server" in found.cause) == ("failed", True)
    assert adopt_server(warehouse_db, str(tmp_path)) == here
    publish_day(warehouse_db, tmp_path, 1)
    assert query(warehouse_db, VERSIONS) == [(2,)]


def test_another_server_is_where_the_warehouse_has_moved_to(
    warehouse_db: str, tmp_path: Path
) -> None:
    old = Server(system="42", timeline=3)
    keep_server(tmp_path, old)
    publish_day(warehouse_db, tmp_path, 0)
    former, here = read_servers(tmp_path)
    assert former == old
    keep_server(tmp_path, old)  # somebody went back to it
    with pytest.raises(FormerPrimary):
        publish_day(warehouse_db, tmp_path, 1)
    assert read_servers(tmp_path) == (here, old)


@pytest.mark.parametrize("text", ["", "[]", '{"servers": [{"system": 1}]}', '{"servers": 5}'])
def test_a_file_of_somebody_else_is_named(text: str, warehouse_db: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(LakeError, match="does not say which server"):
        publish_day(warehouse_db, tmp_path, 0)


def test_an_environment_says_nothing_of_the_warehouse(warehouse_db: str, tmp_path: Path) -> None:
    table = replace(READINGS, domain="lab__alice")
    publish_day(warehouse_db, tmp_path, 0, replace(REPLACE, table=table))
    assert list(tmp_path.iterdir()) == []


def test_a_receipt_says_what_was_published(warehouse_db: str, tmp_path: Path) -> None:
    before = datetime.now(UTC)  # its day may end meanwhile
    publish_day(warehouse_db, tmp_path, 0)
    (name,) = list_receipts(str(tmp_path), READINGS)
    receipt = read_receipt(str(tmp_path), READINGS, name)
    assert receipt is not None
    assert (receipt.table, receipt.version, receipt.rows) == (READINGS, 1, 1)
    assert (receipt.run.dag_id, receipt.run.run_id) == ("lab.sensors", "scheduled__2026-01-01")
    assert receipt.landing == "/lake/readings"
    assert receipt.name == name
    text = (tmp_path / "publications/silver/lab/readings" / name).read_text()
    assert "postgresql" not in json.dumps(json.loads(text))
    assert list(find_old_receipts(str(tmp_path), READINGS, before)) == []
    after = datetime.now(UTC) + timedelta(days=1)
    assert list(find_old_receipts(str(tmp_path), READINGS, after)) == [name]


def test_without_a_receipt_it_is_published_all_the_same(
    warehouse_db: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "publications").write_text("a file in the folder's place")
    publish_day(warehouse_db, tmp_path, 0)
    assert query(warehouse_db, VERSIONS) == [(1,)]
    assert "silver_lab.readings has no receipt in the lake: " in caplog.text
