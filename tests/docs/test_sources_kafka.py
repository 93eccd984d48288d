"""docs/sources-kafka.md: its spec runs on a real broker, and does what the page says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from tests.docs.pages import Project, fenced
from tests.kafka_broker import Broker
from tests.schema_registry import serve_registry
from tests.steps.staged import query

from medallion.errors import DataRejected, SourceRefused, WarehouseUnavailable
from medallion.names import Layer, PublishedTable
from medallion.sources.kafka.messages import FIELDS, MOST_BYTES
from medallion.sources.kafka.source import MOST_MESSAGES
from medallion.sources.kafka.values.decoded import PREFIX

NEW_YEAR = 1767225600000
"""Milliseconds of 2026-01-01T00:00:00Z."""
PAYMENTS = "SELECT payment_id, topic_part, topic_at FROM silver_shop.payments ORDER BY 1"
CARDS = "SELECT card_id, limit_eur, is_deleted FROM silver_shop.cards ORDER BY 1"
MOVES = "SELECT dataset, value_after FROM medallion.cursor_moves ORDER BY move_id"


@pytest.fixture
def page(project_root: Path) -> Path:
    return project_root / "docs" / "sources-kafka.md"


class Shop:
    """The page's project, whose topics have names of this test alone."""

    def __init__(self, project: Project, broker: Broker, own: str) -> None:
        self.project = project
        self.broker = broker
        self.own = own

    def topic(self, name: str) -> str:
        return f"{name}-{self.own}"

    def pay(self, *numbers: int, partition: int = 0) -> None:
        self.broker.write(
            self.topic("card-payments"),
            [
                {
                    "value": b'{"id": %d, "amount": %d.10}' % (number, number),
                    "key": b"c%d" % number,
                    "partition": partition,
                    "headers": [("trace_id", b"t%d" % number)],
                    "timestamp": NEW_YEAR + number,
                }
                for number in numbers
            ],
        )

    def set_card(self, card: str, value: bytes | None) -> None:
        key = json.dumps({"card": card}).encode()
        self.broker.write(self.topic("cards"), [{"key": key, "value": value}])


@pytest.fixture
def shop(page: Path, kafka_broker: Broker, tmp_path: Path, warehouse_db: str) -> Iterator[Shop]:
    own = uuid4().hex[:8]
    details = replace(kafka_broker.connection(), conn_id="cards_kafka")
    project = Project(root=tmp_path, url=warehouse_db, connections={"cards_kafka": details})
    shop = Shop(project, kafka_broker, own)
    kafka_broker.make_topic(2, shop.topic("card-payments"))
    kafka_broker.make_topic(1, shop.topic("cards"))
    spec = fenced(page)[0]
    for name in ("card-payments", "cards"):
        spec = spec.replace(f"topic: {name}", f"topic: {shop.topic(name)}")
    project.write("specs/shop/cards.yaml", spec)
    assert project.problems() == []
    yield shop


def test_a_run_reads_on_from_the_last_publication(
    shop: Shop, page: Path, warehouse_db: str
) -> None:
    shop.pay(1, 2)
    shop.pay(3, partition=1)
    shop.set_card("a", b'{"limit_eur": 100}')
    shop.set_card("b", b'{"limit_eur": 200}')
    shop.project.run("shop.cards")
    (row,) = query(
        warehouse_db,
        "SELECT payment_id, card_id, amount, paid_at, trace FROM silver_shop.payments LIMIT 1",
    )
    paid_at = datetime(2026, 1, 1, microsecond=1000, tzinfo=UTC)
    assert row == (1, "c1", Decimal("1.10"), paid_at, "t1")
    shop.pay(4)
    shop.set_card("a", None)
    results = shop.project.run("shop.cards", 1)
    assert results["payments.land"].rows_out == 1
    assert query(warehouse_db, PAYMENTS) == [(1, 0, 0), (2, 0, 1), (3, 1, 0), (4, 0, 2)]
    assert query(warehouse_db, CARDS) == [("b", 200, False)]
    assert [(name, json.loads(text)) for name, text in query(warehouse_db, MOVES)] == [
        ("payments", {"0": 2, "1": 1}),
        ("cards", {"0": 2}),
        ("payments", {"0": 3, "1": 1}),
        ("cards", {"0": 3}),
    ]
    (moves,) = (one for one in fenced(page, "sql") if "cursor_moves" in one)
    last, _, _, first = query(warehouse_db, moves.rstrip().rstrip(";"))
    assert last[:2] == ("cards", shop.topic("cards"))
    assert json.loads(last[2]) == {"0": 3}
    assert (first[0], first[1]) == ("payments", shop.topic("card-payments"))
    assert first[3] == "scheduled__2026-01-01" and last[4] > first[4]


def test_a_deleted_card_comes_back_by_no_earlier_run(shop: Shop, warehouse_db: str) -> None:
    shop.pay(1)
    shop.set_card("a", b'{"limit_eur": 100}')
    shop.set_card("b", b'{"limit_eur": 200}')
    shop.project.run("shop.cards", 0)
    shop.set_card("b", None)
    shop.set_card("never", None)
    done = shop.project.run("shop.cards", 1)["cards.publish"]
    assert (done.rows_in, done.rows_out, done.details["rows_deleted"]) == (2, 2, 1)
    shop.project.run("shop.cards", 0)
    assert query(warehouse_db, CARDS) == [("a", 100, False)]
    shop.set_card("b", b'{"limit_eur": 300}')
    shop.project.run("shop.cards", 2)
    assert query(warehouse_db, CARDS) == [("a", 100, False), ("b", 300, False)]
    shop.set_card("a", b'{"other": 1}')
    with pytest.raises(DataRejected, match="limit_eur"):
        shop.project.run("shop.cards", 3)


def test_an_idle_topic_makes_an_empty_landing(shop: Shop, warehouse_db: str) -> None:
    shop.pay(1)
    shop.set_card("a", b'{"limit_eur": 100}')
    shop.project.run("shop.cards")
    results = shop.project.run("shop.cards", 1)
    assert results["payments.land"].rows_out == 0
    assert query(warehouse_db, PAYMENTS) == [(1, 0, 0)]


def test_a_message_that_cannot_be_read_goes_to_quarantine_with_its_reason(
    shop: Shop, warehouse_db: str
) -> None:
    shop.pay(1)
    topic = shop.topic("card-payments")
    for value in (b"no json", b"[1]", b"\xff", b'{"id": "x", "amount": 1}'):
        shop.broker.write(topic, [{"value": value, "key": b"k", "partition": 0}])
    shop.set_card("a", b'{"limit_eur": 100}')
    shop.project.run("shop.cards")
    assert query(warehouse_db, PAYMENTS) == [(1, 0, 0)]
    quarantine = PublishedTable(layer=Layer.SILVER, domain="shop", name="payments").quarantine
    found = query(warehouse_db, f"SELECT reasons[1], record FROM {quarantine}")
    by_offset = {record["_message"]["offset"]: reason for reason, record in found}
    assert by_offset == {
        1: "message: the value is not JSON: Expecting value, at character 1",
        2: "message: the value is JSON, but not an object: an array",
        3: "message: the value is not UTF-8",
        4: 'payment_id: "x" is not a whole number of 64 bits',
    }


def test_a_run_that_is_repeated_reads_what_it_read_before(shop: Shop, warehouse_db: str) -> None:
    shop.set_card("a", b'{"limit_eur": 100}')
    shop.pay(1, 2)
    shop.project.run("shop.cards", 0)
    shop.pay(3)
    shop.project.run("shop.cards", 1)
    shop.pay(4)
    again = shop.project.run("shop.cards", 0)
    assert again["payments.land"].rows_out == 2
    assert [row[0] for row in query(warehouse_db, PAYMENTS)] == [1, 2, 3]
    last = shop.project.run("shop.cards", 1)
    assert last["payments.land"].rows_out == 2
    assert [row[0] for row in query(warehouse_db, PAYMENTS)] == [1, 2, 3, 4]


def test_two_runs_at_once_do_not_bring_a_message_twice(shop: Shop, warehouse_db: str) -> None:
    shop.set_card("a", b'{"limit_eur": 100}')
    shop.pay(1)
    shop.project.run("shop.cards", 0)
    shop.pay(2)
    for day in (1, 2):
        shop.project.run("shop.cards", day, only=("payments.land", "payments.clean"))
    shop.project.run("shop.cards", 1, only=("payments.publish",))
    with pytest.raises(WarehouseUnavailable, match="these rows would be there twice"):
        shop.project.run("shop.cards", 2, only=("payments.publish",))
    shop.project.run("shop.cards", 2, group="payments")
    assert [row[0] for row in query(warehouse_db, PAYMENTS)] == [1, 2]


def test_what_would_bring_messages_twice_is_refused(shop: Shop) -> None:
    shop.pay(1)
    with pytest.raises(SourceRefused, match="a backfill would bring messages that are there"):
        shop.project.run("shop.cards", backfill=True)
    with pytest.raises(SourceRefused, match="a full refresh would bring"):
        shop.project.run("shop.cards", full_refresh=True)


def test_what_the_page_says_is_the_codes(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert f"`max_messages` ({MOST_MESSAGES:,})" in text
    assert f"longer\nthan {MOST_BYTES // 1024**2} MiB" in text
    table = text.partition("| `from` | is |")[2].partition("\n\n")[0]
    assert [field for field in FIELDS if f"{field}" not in table] == ["problem"]


def test_two_runs_of_one_interval_keep_each_other_s_messages(shop: Shop, warehouse_db: str) -> None:
    shop.set_card("a", b'{"limit_eur": 100}')
    shop.pay(1)
    shop.project.run("shop.cards", 0)
    shop.pay(2)
    shop.project.run("shop.cards", 0, run_id="manual__1")
    assert [row[0] for row in query(warehouse_db, PAYMENTS)] == [1, 2]
    shop.project.run("shop.cards", 0, run_id="manual__1", group="payments")
    shop.project.run("shop.cards", 0, group="payments")
    assert [row[0] for row in query(warehouse_db, PAYMENTS)] == [1, 2]


def test_two_runs_of_one_interval_may_be_cleared_in_any_order(
    shop: Shop, warehouse_db: str
) -> None:
    for card, limit in (("a", 100), ("b", 200), ("c", 300)):
        shop.set_card(card, b'{"limit_eur": %d}' % limit)
    shop.project.run("shop.cards", 0, group="cards")
    shop.set_card("a", b'{"limit_eur": 150}')
    shop.set_card("b", None)
    shop.project.run("shop.cards", 0, run_id="manual__1", group="cards")
    again = shop.project.run("shop.cards", 0, group="cards")["cards.publish"]
    assert (again.rows_in, again.rows_deduplicated) == (3, 2)
    assert query(warehouse_db, CARDS) == [("a", 150, False), ("c", 300, False)]
    shop.set_card("a", b'{"limit_eur": 160}')
    shop.project.run("shop.cards", -1, group="cards")  # it had failed, and reads what is newest
    assert query(warehouse_db, CARDS) == [("a", 160, False), ("c", 300, False)]


ORDER = {
    "type": "record", "name": "Order", "fields": [
        {"name": "order_id", "type": "long"},
        {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12,
                                   "scale": 2}},
        {"name": "placed_at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    ],
}  # fmt: skip
COUPON = {"name": "coupon", "type": ["null", "string"], "default": None}


def test_values_in_avro_are_read_by_their_own_schemas(
    page: Path, kafka_broker: Broker, tmp_path: Path, warehouse_db: str
) -> None:
    with serve_registry() as registry:
        registry.put(json.dumps(ORDER))
        registry.put(json.dumps({**ORDER, "fields": [*ORDER["fields"], COUPON]}))
        project = Project(
            root=tmp_path,
            url=warehouse_db,
            connections={
                "cards_kafka": replace(kafka_broker.connection(), conn_id="cards_kafka"),
                "cards_registry": replace(registry.connection(), conn_id="cards_registry"),
            },
        )
        topic = kafka_broker.make_topic()
        orders = next(one for one in fenced(page) if "value_format: avro" in one)
        project.write("specs/shop/orders.yaml", orders.replace("topic: orders", f"topic: {topic}"))
        assert project.problems() == []
        price, moment = b"\x04\x04\xe2", b"\xea\x88\x91\xe2\x88\xd2\xa3\x06"  # 12.50
        values = [
            PREFIX.pack(0, 1) + b"\x02" + price + moment,
            PREFIX.pack(0, 2) + b"\x04" + price + moment + b"\x02\x08gift",
            PREFIX.pack(0, 7) + b"\x06",
        ]
        kafka_broker.write(topic, [{"value": value, "partition": 0} for value in values])
        project.run("shop.orders")
    placed_at = datetime(2026, 1, 1, 0, 0, 0, 123445, tzinfo=UTC)
    assert query(warehouse_db, "SELECT * FROM silver_shop.orders ORDER BY 1")[0][:5] == (
        1, Decimal("12.50"), placed_at, None, 1,
    )  # fmt: skip
    assert query(
        warehouse_db, "SELECT coupon, schema_id FROM silver_shop.orders ORDER BY order_id"
    ) == [(None, 1), ("gift", 2)]
    table = PublishedTable(layer=Layer.SILVER, domain="shop", name="orders").quarantine
    assert query(warehouse_db, f"SELECT reasons FROM {table}") == [
        (["message: the schema registry has no schema 7"],)
    ]


def test_the_continuous_spec_counts_what_is_paid(
    page: Path, kafka_broker: Broker, tmp_path: Path, warehouse_db: str
) -> None:
    details = replace(kafka_broker.connection(), conn_id="cards_kafka")
    project = Project(root=tmp_path, url=warehouse_db, connections={"cards_kafka": details})
    topic = kafka_broker.make_topic()
    spec = next(one for one in fenced(page) if "@continuous" in one)
    project.write("specs/shop/live.yaml", spec.replace("topic: live-payments", f"topic: {topic}"))
    project.write(
        "include/sql/shop/paid_by_shop.sql",
        next(one for one in fenced(page, "sql") if "live_payments" in one),
    )
    assert project.problems() == []
    for day, number in enumerate((1, 2)):
        value = b'{"id": %d, "shop": "Lyon", "amount": 12.50}' % number
        kafka_broker.write(topic, [{"value": value}])
        project.run("shop.live", day)
    assert query(warehouse_db, "SELECT shop, payments, paid FROM gold_shop.paid_by_shop") == [
        ("Lyon", 2, Decimal("25.00"))
    ]
