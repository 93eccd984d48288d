"""What specs declare reaches the registry without a spec being read, and leaves it with them."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from tests.operations.alerts.receivers import Hook, web_server
from tests.warehouse.registry.test_freshness import publish

from medallion.cli.__main__ import main
from medallion.compiler.project import load_project
from medallion.names import Layer, PublishedTable
from medallion.operations.freshness import evaluate_freshness
from medallion.operations.surroundings import Surroundings
from medallion.operations.watch import watch
from medallion.sources.base.source import ConnectionDetails
from medallion.spec.load import specs as loading
from medallion.warehouse.registry import records as registry

GOOD = """\
description: Days of the shop.
owner: shop-data
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver:
      columns: {day: {type: date}}
      freshness: {warn_after: 0s, error_after: 2d}
gold:
  days:
    sql: days.sql
    freshness: {behind_after: 3h}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "specs/shop").mkdir(parents=True)
    (tmp_path / "include/sql/shop").mkdir(parents=True)
    (tmp_path / "specs/shop/good.yaml").write_text(GOOD)
    (tmp_path / "include/sql/shop/days.sql").write_text("select day from silver_shop.orders")
    return tmp_path


def accept(root: Path) -> None:
    """As the DAG processor does at each parse."""
    load_project(root, until=time.monotonic() + 600)


def evaluated(root: Path, url: str) -> dict[str, tuple[str, bool]]:
    surroundings = Surroundings(
        project_root=root,
        lake_root="",
        warehouse_url=url,
        connection={}.__getitem__,
        log=logging.getLogger("test"),
    )
    found = evaluate_freshness(surroundings)
    return {str(one.table.public): (str(one.state), one.is_late) for one in found}


def test_tables_are_declared_as_soon_as_their_spec_is_accepted_and_until_it_is_gone(
    project: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    spec = project / "specs/shop/good.yaml"
    assert evaluated(project, warehouse_db) == {}  # no parse has accepted it yet
    accept(project)
    monkeypatch.setattr(loading, "load_spec", None)  # no spec is read from here on
    never = {
        "gold_shop.days": ("never_published", False),
        "silver_shop.orders": ("never_published", True),
    }
    with caplog.at_level(logging.INFO):
        assert evaluated(project, warehouse_db) == never
    assert "silver_shop.orders is never_published: never published; it was due by" in caplog.text
    caplog.clear()
    assert evaluated(project, warehouse_db) == never
    assert "is never_published" not in caplog.text  # said once
    spec.write_text(GOOD.replace("warn_after: 0s", "warn_after: 1d"))
    accept(project)
    assert evaluated(project, warehouse_db)["silver_shop.orders"] == ("never_published", False)
    spec.write_text("datasets: [")  # the last good version runs on
    accept(project)
    assert evaluated(project, warehouse_db).keys() == never.keys()
    spec.unlink()
    assert evaluated(project, warehouse_db) == {}


def test_status_lists_stale_tables_and_says_where_nobody_looks(
    project: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("MEDALLION_DISK_WARN_GIB", "0")
    monkeypatch.setenv("COLUMNS", "200")
    accept(project)
    evaluated(project, warehouse_db)
    assert main(["status"]) == 1
    out = capsys.readouterr().out
    assert "silver_shop.orders" in out and "shop-data" in out and "gold_shop.days" not in out
    assert "medallion.freshness" not in out
    with psycopg.connect(warehouse_db) as connection:
        connection.execute("UPDATE medallion.last_runs SET ended_at = now() - interval '1 hour'")
        connection.execute("UPDATE medallion.declared_tables SET warn_after = '1 day'")
    assert main(["status"]) == 0
    out = capsys.readouterr().out
    assert "None of 2 declared tables is stale." in out
    assert "! The last good run of the DAG medallion.freshness ended" in out


def test_a_table_that_becomes_stale_is_a_message_and_its_publication_another(
    project: Path, warehouse_db: str
) -> None:
    (project / "specs/shop/domain.yaml").write_text(
        "alerts: [{conn_id: hook, events: [stale, recovered]}]\n"
    )
    spec = GOOD.replace("warn_after: 0s", "warn_after: 26h")
    (project / "specs/shop/good.yaml").write_text(spec)
    accept(project)
    with web_server() as hook:
        around = with_hook(project, warehouse_db, hook)

        def look() -> tuple[int, int]:
            _, late, sent = watch(around, NoRuns(), "https://airflow.example.org")
            assert sent.problems == ()
            return late, sent.messages

        publish_orders(warehouse_db, timedelta(hours=25))
        assert look() == (0, 0)
        publish_orders(warehouse_db, timedelta(hours=30))
        assert look() == (1, 1)
        assert look() == (1, 0), "one message an incident"
        publish_orders(warehouse_db, timedelta(0))
        assert look() == (0, 1)
        assert look() == (0, 0)
    assert hook.titles() == [
        "[shop] stale: silver_shop.orders",
        "[shop] recovered, was stale: silver_shop.orders",
    ]
    first = hook.posts[0][2]
    assert "(owner: shop-data)" in first["message"]
    assert first["link"] == "https://airflow.example.org/medallion/tables/silver_shop.orders"
    assert states(warehouse_db)["orders"] == "fresh"


class NoRuns:
    """An Airflow without runs."""

    def count(
        self, dag_id: str, states: Sequence[str], run_ids: Sequence[str] | None = None
    ) -> int:
        return 0


def with_hook(root: Path, url: str, hook: Hook) -> Surroundings:
    details = ConnectionDetails(
        conn_id="hook",
        conn_type="http",
        host=f"http://127.0.0.1:{hook.port}/",
        schema="",
        port=None,
        login="",
        password="",
        extra={},
    )
    return Surroundings(
        project_root=root,
        lake_root="",
        warehouse_url=url,
        connection={"hook": details}.__getitem__,
        log=logging.getLogger("test"),
    )


def publish_orders(url: str, ago: timedelta) -> None:
    """The only publication of the orders is so old."""
    table = PublishedTable(layer=Layer.SILVER, domain="shop", name="orders")
    with psycopg.connect(url) as connection:
        registry.ensure(connection)
        connection.execute("DELETE FROM medallion.shown_publications")
        connection.execute("DELETE FROM medallion.publications")
        publish(connection, table, ago)


def states(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT table_name, state FROM medallion.freshness_states")
        return dict(rows.fetchall())
