"""Signing in to brokers: PLAIN, as Event Hubs takes it, SCRAM and tokens. A wrong password is said,
and is not in the message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.kafka_broker import Broker, run_broker
from tests.kafka_sasl import Door, open_door, serve_tokens
from tests.sources.conftest import Extract
from tests.sources.kafka.test_tls import find_refusal

from medallion.sources.base.source import ConnectionDetails
from medallion.sources.kafka import client
from medallion.sources.kafka.source import KafkaSource

LOGIN, PASSWORD = "$ConnectionString", "Endpoint=sb://shop/;SharedAccessKey=s3cret+/="
OPEN = "SASL_PLAINTEXT"
"""The line to the tests' door is not encrypted: TLS is tested by itself."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Door, str]]:
    """A broker behind a door, and its topic with one message."""
    with (
        open_door({LOGIN: PASSWORD}) as door,
        run_broker(
            tmp_path_factory.mktemp("broker"), advertised=f"tcp://127.0.0.1:{door.listens}"
        ) as plain,
    ):
        door.port = int(plain.servers.rpartition(":")[2])
        settings = {
            "security.protocol": OPEN, "sasl.mechanism": "PLAIN", "sasl.username": LOGIN,
            "sasl.password": PASSWORD,
        }  # fmt: skip
        broker = Broker(servers=f"127.0.0.1:{door.listens}", settings=settings)
        topic = broker.make_topic()
        broker.write(topic, [{"value": b'{"id": 1}'}])
        yield door, topic


def connection_of(door: Door, **extra: Any) -> ConnectionDetails:
    """As an operator writes it: login and password in the connection's own fields."""
    return ConnectionDetails(
        conn_id="broker",
        conn_type="kafka",
        host="127.0.0.1",
        port=door.listens,
        login=LOGIN,
        password=PASSWORD,
        extra={"security.protocol": OPEN, **extra},
    )


def source_of(topic: str) -> KafkaSource:
    return KafkaSource(type="kafka", conn_id="broker", topic=topic)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_password_lets_in_and_a_wrong_one_is_said(
    guarded: tuple[Door, str], mechanism: str, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, topic = guarded
    more = {} if mechanism == "PLAIN" else {"sasl.mechanism": mechanism}  # it is what a login means
    right = connection_of(door, **more)
    assert [one["id"] for one in extract(source_of(topic), connection=right).records()] == [1]
    assert f"{mechanism} {LOGIN}" in door.came
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 3.0)
    wrong = replace(right, password="n0t-this-one")
    refused = find_refusal(lambda: extract(source_of(topic), connection=wrong))
    assert "not with this password" in refused.problem
    assert "password or certificates of the connection broker" in refused.remedy
    assert "n0t-this-one" not in str(refused)


def test_a_service_principal_gets_a_token(
    guarded: tuple[Door, str], extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, topic = guarded
    with serve_tokens(door, "medallion", "s3cret") as address:
        extra = {
            "security.protocol": OPEN, "sasl.mechanism": "OAUTHBEARER",
            "sasl.oauthbearer.method": "oidc", "sasl.oauthbearer.client.id": "medallion",
            "sasl.oauthbearer.client.secret": "s3cret", "sasl.oauthbearer.scope": "https://h/.default",
            "sasl.oauthbearer.token.endpoint.url": address,
        }  # fmt: skip
        details = replace(connection_of(door), login="", password="", extra=extra)
        landed = extract(source_of(topic), connection=details)
        assert [one["id"] for one in landed.records()] == [1]
        assert "OAUTHBEARER bearer" in door.came
        monkeypatch.setattr(client, "TIMEOUT_SECONDS", 3.0)
        wrong = {**extra, "sasl.oauthbearer.client.secret": "n0t-this-one"}
        refused = find_refusal(
            lambda: extract(source_of(topic), connection=replace(details, extra=wrong))
        )
        assert "n0t-this-one" not in str(refused)


def test_a_real_broker_that_does_not_know_a_user_is_understood(
    tmp_path: Path, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tansu's own SASL; users of a broker in memory cannot be made."""
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 3.0)
    with run_broker(tmp_path, "--authentication", asks=False) as broker:
        extra = {
            "security.protocol": OPEN, "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "nobody", "sasl.password": "s3cret",
        }  # fmt: skip
        details = broker.connection(**extra)
        refused = find_refusal(lambda: extract(source_of("t"), connection=details))
        assert "unknown-user" in refused.problem
        assert "s3cret" not in str(refused)
