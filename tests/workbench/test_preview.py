"""A preview on a real server: what it shows, and that it leaves nothing behind."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.steps.staged import REPLACE, Run, query

from medallion.compiler.single import plan_of_pipeline
from medallion.errors import DataRejected, SetupError
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.scratch_databases import create_scratch
from medallion.names import Layer, PublishedTable
from medallion.operations.surroundings import Surroundings
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.publish import step as publish
from medallion.workbench.page import page
from medallion.workbench.preview import HIDDEN, Preview, TablePreview, preview, run_for
from medallion.workbench.scratch import open_scratch

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)

SHOP = """\
description: What a shop sells.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver:
      primary_key: [order_id]
      guard: {max_quarantined_percent: 60, max_conflicting_percent: 60}
      columns:
        order_id: {from: id, type: bigint}
        amount: {type: "decimal(10,2)"}
        buyer: {type: text, classification: {pii: email, protect: mask}}
      checks:
        - between: {column: amount, min_value: 0, on_failure: quarantine}
  returns:
    source: {type: file, path: include/data/shop/returns.csv}
    silver:
      columns: {order_id: {type: bigint}}
      checks:
        - foreign_key: {column: order_id, to: silver_shop.orders.order_id}
gold:
  totals:
    sql: totals.sql
    grants: [nobody_made_this_role]
  from_lab:
    sql: from_lab.sql
"""
LAB = """\
description: What sensors say.
datasets:
  readings:
    source: {type: file, path: include/data/lab/readings.csv}
    silver:
      share_with: [shop]
      columns: {id: {type: bigint}, value: {type: text}}
"""
FILES = {
    "specs/shop/sales.yaml": SHOP,
    "specs/lab/sensors.yaml": LAB,
    "include/data/lab/readings.csv": "id,value\n1,a\n",
    "include/data/shop/orders.csv": "id,amount,buyer\n1,9.50,ann@example.org\n2,x,bob@example.org\n"
    "3,-1,eve@example.org\n4,2.00,dan@example.org\n4,3.00,dan@example.org\n",
    "include/data/shop/returns.csv": "order_id\n1\n",
    "include/sql/shop/totals.sql": "select sum(amount) as total from silver_shop.orders\n",
    "include/sql/shop/from_lab.sql": "select id, value from silver_lab.readings\n",
}


def no_connection(conn_id: str) -> ConnectionDetails:
    raise SetupError(f"no connection {conn_id}")


class Shop:
    """A project, a warehouse, and previews of it."""

    def __init__(self, root: Path, url: str, server: EmbeddedPostgres) -> None:
        self.root, self.url, self.server = root, url, server
        for name, text in FILES.items():
            self.write(name, text)
        lake = root / "lake"
        lake.mkdir()
        self.surroundings = Surroundings(
            project_root=root,
            lake_root=str(lake),
            warehouse_url=url,
            connection=no_connection,
            log=logging.getLogger("test"),
        )

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def publish_readings(self) -> None:
        """What the other domain has published."""
        run = Run(url=self.url, day=0)
        run.stage([(1, "a"), (2, "b")])
        publish.run(REPLACE, run.context())

    def preview(self, only: str = "") -> Preview:
        plan = plan_of_pipeline("shop.sales", self.root)
        layer, _, name = only.partition(".")
        table = PublishedTable(layer=Layer(layer), domain="shop", name=name) if only else None
        with open_scratch(self.server) as scratch:
            return preview(plan, table, run_for(plan, None, NOW), scratch, self.surroundings)


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str, embedded_postgres: EmbeddedPostgres) -> Shop:
    return Shop(tmp_path, warehouse_db, embedded_postgres)


def of(found: Preview, name: str) -> TablePreview:
    return next(one for one in found.tables if one.table.name == name)


def test_a_whole_pipeline_shows_what_would_become_of_each_row(shop: Shop) -> None:
    shop.publish_readings()
    before = query(shop.url, "SELECT count(*) FROM medallion.task_runs")
    found = shop.preview()
    assert found.would_be_published
    assert (found.run.interval_start.day, found.run.interval_end.day) == (9, 10)
    orders = of(found, "orders")
    assert orders.accounts is not None
    accounts = orders.accounts
    assert (accounts.read, accounts.published) == (5, 2)
    assert (accounts.quarantined, accounts.deduplicated, accounts.discarded) == (2, 1, 0)
    assert {(one.stage, one.rows) for one in orders.reasons} == {("clean", 1), ("gate", 1)}
    assert orders.duplicates == (
        "saying something else, in amount: 1 row",
        "order_id = 4: record 4 of part 0 gives way to record 5 of part 0",
    )
    assert orders.sample is not None
    assert [column.name for column in orders.sample.columns] == ["order_id", "amount", "buyer"]
    assert [(v.name, v.status) for v in orders.verdicts] == [("between", "quarantined")]
    totals, from_lab = of(found, "totals"), of(found, "from_lab")
    assert totals.sample is not None and [str(v) for v in totals.sample.rows[0]] == ["12.50"]
    assert from_lab.sample is not None and from_lab.sample.rows == ((1, "a"), (2, "b"))
    assert [(str(name), rows) for name, rows in found.inputs] == [("silver_lab.readings", 2)]
    _shows_no_personal_data(shop, found)
    # Nothing of it is anywhere but in what was returned.
    assert query(shop.url, "SELECT count(*) FROM medallion.task_runs") == before
    assert query(shop.url, "SELECT to_regclass('silver_shop.orders')") == [(None,)]
    assert list((shop.root / "lake").iterdir()) == []
    with psycopg.connect(shop.server.url()) as admin:
        left = "SELECT datname FROM pg_database WHERE datname LIKE 'scratch%'"
        assert admin.execute(left).fetchall() == []
        roles = "SELECT rolname FROM pg_roles WHERE rolname LIKE '%scratch_%'"
        assert admin.execute(roles).fetchall() == []


def _shows_no_personal_data(shop: Shop, found: Preview) -> None:
    orders = of(found, "orders")
    assert orders.landed is not None
    assert orders.landed.rows[0] == ("1", "9.50", HIDDEN)
    plan = plan_of_pipeline("shop.sales", shop.root)
    text = page("shop.sales", plan, found)
    assert "silver_shop.orders" in text and "5 rows read" in text
    for name in ("ann", "bob", "eve", "dan"):
        assert f"{name}@" not in text


def test_one_table_brings_along_what_was_never_published_and_shows_what_failed(shop: Shop) -> None:
    shop.write("include/data/shop/returns.csv", "order_id\n1\n77\n")
    found = shop.preview("silver.returns")
    assert [one.table.name for one in found.tables] == ["orders", "returns"]
    returns = of(found, "returns")
    assert not found.would_be_published
    assert isinstance(returns.problem, DataRejected) and "77" in str(returns.problem)
    assert returns.accounts is None
    assert returns.sample is not None and returns.sample.total == 2
    assert [v.status for v in returns.verdicts] == ["failed"]


def test_a_table_behind_a_failed_one_says_what_it_waits_for(shop: Shop) -> None:
    shop.publish_readings()
    shop.write("include/data/shop/orders.csv", "id,amount,buyer\n")
    found = shop.preview()
    assert "rows to publish" in str(of(found, "orders").problem)
    assert "totals.build was not tried" in str(of(found, "totals").problem)
    assert "orders.publish" in str(of(found, "totals").problem)
    assert of(found, "from_lab").problem is None


def test_a_table_may_be_named_before_those_that_it_reads(shop: Shop) -> None:
    shop.publish_readings()
    spec = SHOP.replace("gold:\n", "gold:\n  doubled:\n    sql: doubled.sql\n")
    shop.write("specs/shop/sales.yaml", spec)
    shop.write("include/sql/shop/doubled.sql", "select total * 2 as twice from gold_shop.totals\n")
    found = shop.preview("gold.doubled")
    assert [one.table.name for one in found.tables if one.problem is None] == [
        "orders", "totals", "doubled",
    ]  # fmt: skip


def test_a_table_that_nobody_has_published_is_asked_for_by_name(shop: Shop) -> None:
    with pytest.raises(SetupError, match=r"silver_lab\.readings was never published"):
        shop.preview("gold.from_lab")


def test_a_database_that_a_killed_preview_has_left_is_dropped_by_the_next(
    embedded_postgres: EmbeddedPostgres,
) -> None:
    create_scratch(embedded_postgres, "scratch_left", "secret-of-a-test")
    asked = "SELECT datname FROM pg_database WHERE datname LIKE 'scratch%' ORDER BY 1"
    with (
        open_scratch(embedded_postgres),
        open_scratch(embedded_postgres),
        psycopg.connect(embedded_postgres.url()) as admin,
    ):
        names = [row[0] for row in admin.execute(asked).fetchall()]
    assert len(names) == 2 and "scratch_left" not in names


def test_an_interval_is_the_one_that_holds_the_moment(shop: Shop) -> None:
    plan = plan_of_pipeline("shop.sales", shop.root)
    for moment in (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, 23, 59, tzinfo=UTC)):
        run = run_for(plan, moment, NOW)
        assert (run.interval_start, run.interval_end) == (
            datetime(2026, 1, 5, tzinfo=UTC),
            datetime(2026, 1, 6, tzinfo=UTC),
        )
