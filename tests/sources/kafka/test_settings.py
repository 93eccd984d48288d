"""An Airflow connection as the client's settings."""

from __future__ import annotations

import pytest

from medallion.errors import SetupError
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.kafka.settings import OWN, secrets_of, servers_of, settings_of


def settings(**given: object) -> dict[str, object]:
    details = ConnectionDetails(**{"conn_id": "broker", **given})  # type: ignore[arg-type]
    return {key: value for key, value in settings_of(details).items() if key not in OWN}


def test_the_extra_s_settings_are_taken_as_they_are() -> None:
    extra = {"bootstrap.servers": "a:1,b:2", "security.protocol": "SSL", "group.id": "theirs"}
    assert settings(extra=extra) == {"bootstrap.servers": "a:1,b:2", "security.protocol": "SSL"}


def test_host_port_login_and_password_say_the_same() -> None:
    assert settings(host="a, b:9093", port=9094, login="ana", password="pw") == {
        "bootstrap.servers": "a:9094,b:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "ana",
        "sasl.password": "pw",
    }


def test_what_runs_code_or_names_no_server_is_refused() -> None:
    code = {"ssl.engine.location": "x.so"}, {"sasl.kerberos.kinit.cmd": "touch /tmp/x"}
    for extra in (
        *code,
        {"plugin.library.paths": "x.so"},
        {"test.mock.num.brokers": 1},
        {"sasl": 1},
    ):
        with pytest.raises(SetupError, match="is not a setting that a source may have"):
            settings(host="a", extra=extra)
    with pytest.raises(SetupError, match="names no server of Kafka"):
        settings()


def test_secrets_are_known_by_their_names() -> None:
    found = secrets_of(
        {
            "sasl.password": "a",
            "sasl.oauthbearer.client.secret": "b",
            "ssl.key.password": "c",
            "ssl.key.pem": "d",
            "sasl.username": "ana",
        }
    )
    assert found == ("a", "b", "c", "d")


def test_a_place_names_the_first_server() -> None:
    assert servers_of(ConnectionDetails(conn_id="x", host="a,b")) == "a:9092"
    assert servers_of(ConnectionDetails(conn_id="x")) == "x"
