"""A shop of which every page has something to show, and the pages that there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi.routing import APIRoute
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.airflow.metadata_db import airflow_metadata, keep_dags
from tests.airflow.pages.visitors import BELOW
from tests.catalogue.shop import DOMAIN, SALES, Shop, two_days
from tests.conftest import fresh_database

from medallion.airflow.backfills.start import Order, start_backfill
from medallion.airflow.pages.app import make_app
from medallion.local.postgres import EmbeddedPostgres
from medallion.plan.intervals import Span
from medallion.warehouse.journal.collection import TableReads, Tally, add_reads
from medallion.warehouse.journal.keeper import JournalSettings, make_journal
from medallion.warehouse.registry.restatements import record_restatement
from medallion.warehouse.roles.catalogue_reader import catalogue_url
from medallion.warehouse.session.transaction import session

PRODUCTS = """\
products:
  takings:
    title: <Takings>
    description: What was taken.
    purpose: Plan.
    tables: [gold_shop.totals, silver_shop.sales]
    terms: {notice_days: 90}
"""
DAY = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def filled_shop(root: Path, url: str, postgres: EmbeddedPostgres, admin_url: str) -> Iterator[Shop]:
    """Two days of it published, of which one was restated, and a backfill of its DAG in Airflow's
    metadata."""
    shop = two_days(root, url)
    (shop.root / "specs/shop/domain.yaml").write_text(DOMAIN + PRODUCTS)
    shop.write()
    with session(shop.url, "restating") as connection:
        stretch = Span(start=DAY, end=DAY + timedelta(days=1))
        entry = record_restatement(connection, SALES, stretch, by="ada", downstream=[], runs=1)
    assert entry.number == 1
    _keep_reads(shop, make_conninfo(admin_url, dbname=str(conninfo_to_dict(url)["dbname"])))
    with fresh_database(postgres, admin_url) as metadata, airflow_metadata(metadata):
        keep_dags(shop.dag())
        start_backfill(
            Order(dag_id="shop.sales", first=DAY, last=DAY, again="none", at_once=1),
            SimpleAuthManagerUser(username="ada", role="user"),
        )
        yield shop


def _keep_reads(shop: Shop, admin: str) -> None:
    """Two logins have read what it sells."""
    catalogue_url(shop.url)
    settings = JournalSettings(reads_for=timedelta(days=400), changes_for=timedelta(days=400))
    list(make_journal(admin, shop.url, settings))
    now = datetime.now(UTC)
    readers = (
        ("superset_reader", "10.0.0.7", "superset", 41, None),
        ("ada", "10.0.0.8", "notebook-7", 1, 1_234),
    )
    reads = [
        TableReads(
            layer="silver", domain="shop", table_name="sales", reader=reader, client=client,
            application=application, first_at=now, last_at=now, times=times, rows=rows,
        )
        for reader, client, application, times, rows in readers
    ]  # fmt: skip
    tally = Tally(up_to=now, lines=50, statements=44, refused=1, not_understood={"too long": 2})
    with session(shop.url, "keeping reads") as connection:
        assert add_reads(connection, "0" * 64, (0, 1_000), reads, tally)


def routes() -> list[APIRoute]:
    """All but that of the metrics, which a machine asks for: tests/airflow/metrics."""
    found = [
        route
        for route in make_app().routes
        if isinstance(route, APIRoute) and route.path != "/metrics"
    ]
    assert len(found) >= 5
    return found


def paths(name: str = "silver_shop.sales") -> list[str]:
    """Every page that can be got, with its words filled in; a preview needs more of them."""
    words = {
        "name": name,
        "dag_id": "shop.sales",
        "run_id": "scheduled__1",
        "file": "desk.css",
        "domain": "shop",
        "product_id": "shop.takings",
        "backfill_id": "1",
        "number": "1",
        "path": "index.html",
    }
    return [
        BELOW + route.path.replace(":path}", "}").format(**words)
        for route in routes()
        if "GET" in (route.methods or ()) and not route.path.endswith("/preview")
    ]
