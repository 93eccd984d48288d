"""Open incidents and channels that messages do not get through, by who may see the domain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.catalogue.shop import SALES, Shop

from medallion.catalogue.incidents import read_troubles
from medallion.catalogue.table import read_head, read_story
from medallion.plan.model import AlertChannel
from medallion.spec.models.alerts import AlertEvent
from medallion.warehouse.registry import bi, incidents, notices
from medallion.warehouse.session.transaction import Session, session

CHANNEL = AlertChannel(conn_id="shop_hook", events=(AlertEvent.RUN_FAILED,), to=(), of_domain=True)


def incident(key: str, domain: str, table: str | None, dag_id: str) -> incidents.NewIncident:
    return incidents.NewIncident(
        key=key,
        event=AlertEvent.RUN_FAILED,
        domain=domain,
        dag_id=dag_id,
        table=table,
        problem=f"{key} is broken",
    )


@pytest.fixture
def reading(shop: Shop) -> Iterator[Session]:
    """Four are open, of two domains; messages about them wait for a connection."""
    with session(shop.url, "breaking") as connection:
        for new in (
            incident("sales", "shop", "silver_shop.sales", "shop.sales"),
            incident("run", "shop", None, "shop.sales"),
            incident("buyers", "shop", "silver_shop.buyers", "shop.other"),
            incident("bank", "bank", "silver_bank.loans", "bank.loans"),
            incident("over", "shop", "silver_shop.sales", "shop.sales"),
        ):
            incidents.open_incident(connection, new)
        incidents.close_incidents(connection, ["over"])
        for one in incidents.open_incidents(connection):
            if one.domain == "shop":
                notices.route(connection, one, [CHANNEL])
        notices.keep_failure(connection, notices.claim(connection), "refused: 403")
    with shop.session() as opened:
        yield opened


def test_what_is_open_is_listed_by_domain_the_latest_first(reading: Session) -> None:
    found = read_troubles(reading, frozenset({"shop", "bank"}))
    assert [one.key for one in found.incidents] == ["bank", "buyers", "run", "sales"]
    (channel,) = found.channels
    assert (channel.conn_id, channel.waiting, channel.error) == ("shop_hook", 3, "refused: 403")
    of_bank = read_troubles(reading, frozenset({"bank"}))
    assert [one.key for one in of_bank.incidents] == ["bank"]
    assert of_bank.channels == [], "its messages do get through"
    assert read_troubles(reading, frozenset({"bank"}), "shop").incidents == []


def test_a_table_shows_its_own_and_those_of_its_pipeline(shop: Shop, reading: Session) -> None:
    declared = shop.declared()
    head = read_head(reading, declared, SALES)
    assert head is not None
    troubles = read_story(reading, declared, head).troubles
    assert [one.key for one in troubles.incidents] == ["run", "sales"]
    assert [one.conn_id for one in troubles.channels] == ["shop_hook"]


def test_of_a_channel_of_two_domains_each_sees_its_own_messages(shop: Shop) -> None:
    with session(shop.url, "breaking") as connection:
        for domain in ("shop", "bank"):
            new = incident(domain, domain, None, f"{domain}.run")
            incidents.open_incident(connection, new)
        for one in incidents.open_incidents(connection):
            notices.route(connection, one, [CHANNEL])
        notices.keep_failure(connection, notices.claim(connection), "refused: 403")
        everybodys = notices.failing_channels(connection)
        found = read_troubles(connection, frozenset({"bank"})).channels
        assert read_troubles(connection, frozenset()).channels == []
    assert [(one.waiting, one.domains) for one in everybodys] == [(2, ["bank", "shop"])]
    assert [(one.waiting, one.domains) for one in found] == [(1, ["bank"])]


def test_a_sync_with_superset_that_fails_is_said_to_everybody(shop: Shop) -> None:
    """Since when, and not why: that may name another domain's dashboard."""
    with session(shop.url, "failing") as connection:
        bi.keep_failure(connection, "dashboard x: its slug is taken")
    with shop.session() as reading:
        assert read_troubles(reading, frozenset()).bi_failing_since is not None
    with session(shop.url, "succeeding") as connection:
        bi.keep_success(connection)
    with shop.session() as reading:
        assert read_troubles(reading, frozenset()).bi_failing_since is None
