"""What `backfill` tells before anything is run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.docs.pages import Project

from medallion.cli.__main__ import main
from medallion.lake.manifest import Manifest, PartInfo
from medallion.names import Layer, PublishedTable
from medallion.records import RecordLayout
from medallion.run import Run
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.records import TaskRecord
from medallion.warehouse.session.connection import connect

SPEC = """\
description: Orders and their lines.
schedule: "0 6 * * *"
start_date: 2026-01-01
max_active_runs: 4
datasets:
  orders:
    source:
      type: rest
      conn_id: shop_api
      path: v1/orders
      params: {from: ":data_interval_start_date", kind: "[bold]"}
    silver: {columns: {id: {type: bigint}}}
  changes:
    source:
      type: rest
      conn_id: shop_api
      path: v1/changes
      params: {since: ":cursor", until: ":cursor_end"}
      cursor: {field: at, initial_value: 2026-01-01}
    silver:
      primary_key: [id]
      write_disposition: merge
      columns: {id: {type: bigint}}
  numbers:
    source:
      type: rest
      conn_id: shop_api
      path: v1/numbers
      params: {after: ":cursor"}
      cursor: {field: id, initial_value: 0}
    silver:
      primary_key: [id]
      write_disposition: merge
      columns: {id: {type: bigint}}
  items:
    source:
      type: rest
      conn_id: shop_api
      path: v1/orders/{order}/items
      for_each: {path: v1/orders, select: {order: id}}
    silver: {columns: {id: {type: bigint}}}
  stock:
    source: {type: file, path: "include/data/shop/stock/:data_interval_start_date.csv"}
    silver: {columns: {id: {type: bigint}}}
"""
BY_HAND = """\
description: Now and then.
datasets:
  counts:
    source: {type: file, path: include/data/shop/counts.csv}
    silver: {columns: {id: {type: bigint}}}
"""
SIX = datetime(2026, 1, 1, 6, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    project = Project(root=tmp_path, url=warehouse_db)
    project.write("specs/shop/orders.yaml", SPEC)
    project.write("specs/shop/by_hand.yaml", BY_HAND)
    assert project.problems() == []
    return project


def landed(url: str, day: int, *, records: int, requests: int) -> None:
    """A run of a day, as far as the registry tells of it."""
    start = SIX + timedelta(days=day)
    run = Run(
        dag_id="shop.orders",
        run_id=f"scheduled__{day}",
        interval_start=start,
        interval_end=start + timedelta(days=1),
        spec_digest="0",
    )
    table = PublishedTable(layer=Layer.SILVER, domain="shop", name="orders")
    with connect(url) as connection:
        registry.ensure(connection)
        manifest = Manifest(
            uri="/lake",
            run=run,
            dataset=table.name,
            load_id=registry.open_load(connection, run, table),
            extracted_at=start,
            source={},
            layout=RecordLayout(format="jsonl"),
            parts=(PartInfo(name="a", sha256="0", bytes=1, records=records),),
            notes={"requests": requests},
        )
        registry.close_load(connection, manifest)
        registry.record_task(
            connection,
            run,
            TaskRecord(
                task_id="orders.land",
                try_number=1,
                step="land",
                status="success",
                started_at=start,
                finished_at=start + timedelta(seconds=30),
            ),
        )


def reported(
    project: Project, capsys: pytest.CaptureFixture[str], *words: str, dag_id: str = "shop.orders"
) -> str:
    code = main(["backfill", dag_id, *words, "--root", str(project.root)])
    printed = capsys.readouterr()
    assert code == (1 if printed.err else 0)
    return printed.out + printed.err


def test_each_run_says_what_it_asks_for(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    text = reported(project, capsys, "--from", "2026-01-01", "--to", "2026-01-03")
    for asked in (
        "2026-01-02 06:00 – 2026-01-03 06:00",
        "orders: GET v1/orders?from=2026-01-02&kind=[bold]",
        "changes: GET v1/changes?since=2026-01-02&until=2026-01-03",
        "numbers: refused: id is a number and has no data intervals",
        "items: GET v1/orders, and for each record GET v1/orders/{order}/items",
        "stock: include/data/shop/stock/2026-01-02.csv",
        "3 runs, 4 at once.",
        "orders: has never been landed",
        "--from-date 2026-01-01T06:00 --to-date 2026-01-03T06:00",  # a day is all of it
    ):
        assert asked in text
    assert text.count("never run") == 3


def test_what_it_takes_is_reported_from_what_it_took(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    for day, (records, requests) in enumerate([(100, 2), (300, 4), (200, 3)]):
        landed(project.url, day, records=records, requests=requests)
    text = reported(project, capsys, "--from", "2026-01-01", "--to", "2026-01-11")
    assert (
        "orders: about 2,200 records, about 33 requests (3 a run); by its last 3 landings, took"
        " 330 s"
    ) in text


def test_many_runs_are_reported_by_their_first_and_last(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    text = reported(project, capsys, "--from", "2025-01-01", "--to", "2025-12-31")
    assert "325 more" in text
    assert "365 runs" in text
    assert "2025-12-31 06:00 – 2026-01-01 06:00" in text
    assert "2025-06-01" not in text


@pytest.mark.parametrize(
    ("dag_id", "first", "last", "said"),
    [
        ("shop.by_hand", "2026-01-01", "2026-01-02", "has no cron schedule"),
        ("shop.orders", "2026-01-01T07", "2026-01-01T08", "no data interval of shop.orders starts"),
        # Dates are looked at before a spec is compiled.
        ("shop.nothing", "2026-01-02", "2026-01-01", "2026-01-01 00:00 is before 2026-01-02"),
        ("shop.nothing", "soon", "2026-01-01", "'soon' is not a date"),
        ("shop.orders", "1926-01-01", "2026-01-01", "more than 10,000 runs"),
        ("shop.orders", "0001-01-01", "0002-01-01", "no data interval of shop.orders starts"),
        ("shop.orders", "9999-12-30", "9999-12-31", "no data interval of shop.orders starts"),
        ("shop.nothing", "2026-01-01", "2026-01-01", "there is no pipeline shop.nothing"),
    ],
)
def test_what_cannot_be_reported_is_refused(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    dag_id: str,
    first: str,
    last: str,
    said: str,
) -> None:
    assert said in reported(project, capsys, "--from", first, "--to", last, dag_id=dag_id)
