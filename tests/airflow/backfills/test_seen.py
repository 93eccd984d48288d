"""What Airflow's real metadata say of a DAG before and after a backfill."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.utils.session import create_session
from tests.airflow.metadata_db import airflow_metadata, keep_dags
from tests.catalogue.shop import SPEC, Shop, make_shop
from tests.conftest import fresh_database

from medallion.airflow.backfills.seen import backfills_of, see_dag
from medallion.airflow.backfills.start import NotStarted, Order, start_backfill
from medallion.catalogue.backfills import Again, DagSeen, read_preview
from medallion.compiler.running import plan_that_runs
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import DagId

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
ADA = SimpleAuthManagerUser(username="ada", role="user")


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


@pytest.fixture
def shop(
    tmp_path_factory: pytest.TempPathFactory,
    warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
) -> Iterator[Shop]:
    shop = make_shop(tmp_path_factory.mktemp("shop") / "project", warehouse_db)
    shop.write(SPEC.replace("tags:", "catchup: true\ntags:"))
    with fresh_database(embedded_postgres, pg_url) as url, airflow_metadata(url):
        keep_dags(shop.dag())
        yield shop


def seen() -> DagSeen:
    with create_session() as session:
        found = see_dag(session, "shop.sales", day(0), day(9))
    assert found is not None
    return found


def test_a_backfill_moves_the_schedule_past_what_lies_before_it(shop: Shop) -> None:
    """The preview says so before it is started, and Airflow does it at the next parse."""
    before = seen()
    assert (before.due_from, before.open_backfill, before.going_on) == (day(0), None, 0)
    plan = plan_that_runs(shop.root, DagId("shop", "sales"))
    assert plan is not None
    with shop.session() as opened:
        preview = read_preview(opened, plan, before, (day(5), day(6)), Again.NONE, 1)
    assert (preview.starts, preview.left_out) == (2, 0)
    assert any("5 runs of the schedule before the last one here" in one for one in preview.warnings)
    order = Order(dag_id="shop.sales", first=day(5), last=day(6), again="none", at_once=1)
    start_backfill(order, ADA)
    keep_dags(shop.dag())
    after = seen()
    assert after.due_from == day(7), "days 0 to 4 are not started any more"
    assert (after.going_on, after.open_backfill) == (2, 1)
    assert after.states == {day(5): "queued", day(6): "queued"}
    with create_session() as session:
        assert see_dag(session, "shop.nothing", day(0), day(1)) is None
        (listed,) = backfills_of(session, ["shop.sales", "shop.nothing"])
        assert backfills_of(session, ["other.sales"]) == []
    assert (listed.total, listed.queued, listed.started_by) == (2, 2, "ada")
    with pytest.raises(NotStarted, match="already a running backfill"):
        start_backfill(order, ADA)
