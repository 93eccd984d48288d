"""A card payment of the finance domain, from a broker to gold."""

from __future__ import annotations

from dataclasses import replace

from tests.docs.pages import Project
from tests.kafka_broker import Broker

PAYMENT = {
    "value": b'{"id": "p1", "merchant": "m", "country": "fr", "amount": "1.00", "currency": "eur"}',
    "key": b"4970 1000 0000 0001",
    "headers": [("terminal", b"t1")],
    "timestamp": 1767225600000,
}
"""As a terminal reports it."""


def publish_payment(project: Project, broker: Broker) -> None:
    """Write one into the topic that the project's spec names, and run its pipeline."""
    cards = replace(broker.connection(), conn_id="cards_kafka")
    broker.write(broker.make_topic(1, "card-payments"), [PAYMENT])
    known = {**project.connections, cards.conn_id: cards}
    replace(project, connections=known).run("finance.card_payments")
