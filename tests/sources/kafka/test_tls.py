"""TLS to a real broker: the certificate is checked, and a password goes over no other line.

What stands before the broker of the tests speaks TLS; `test_sasl.py` has what asks who comes.
"""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from confluent_kafka import Consumer
from tests.kafka_broker import Broker, run_broker
from tests.sources.conftest import Extract

from medallion.errors import SetupError, SourceUnavailable
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.kafka import client
from medallion.sources.kafka.settings import OWN, settings_of
from medallion.sources.kafka.source import KafkaSource


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of this machine that signs itself, and its key."""
    made = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-out", made[0], "-keyout",
         made[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def serve_tls(certificate: tuple[Path, Path]) -> Iterator[tuple[int, list[int]]]:
    """What takes TLS on a port, and hands on to the other port once that is known."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    behind: list[int] = []

    def serve(server: socket.socket) -> None:
        with suppress(OSError):  # it is closed
            while True:
                came, _ = server.accept()
                threading.Thread(target=greet, args=(came,), daemon=True).start()

    def greet(came: socket.socket) -> None:
        with suppress(OSError):
            inside = context.wrap_socket(came, server_side=True)
            broker = socket.create_connection(("127.0.0.1", behind[0]))
            threading.Thread(target=pump, args=(broker, inside), daemon=True).start()
            pump(inside, broker)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1], behind
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def test_a_certificate_is_checked(
    tmp_path: Path, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, another = (make_certificate(tmp_path, name) for name in ("ours", "another"))
    with (
        serve_tls(ours) as (port, behind),
        run_broker(tmp_path, advertised=f"tcp://127.0.0.1:{port}") as plain,
    ):
        behind.append(int(plain.servers.rpartition(":")[2]))
        trusted = {"security.protocol": "SSL", "ssl.ca.location": str(ours[0])}
        broker = Broker(servers=f"127.0.0.1:{port}", settings=trusted)
        topic = broker.make_topic()
        broker.write(topic, [{"value": b'{"id": 1}'}])
        source = KafkaSource(type="kafka", conn_id="broker", topic=topic)
        landed = extract(source, connection=broker.connection())
        assert [one["id"] for one in landed.records()] == [1]
        wrong = broker.connection(**{"ssl.ca.location": str(another[0])})
        monkeypatch.setattr(client, "TIMEOUT_SECONDS", 3.0)
        refused = find_refusal(lambda: extract(source, connection=wrong))
        assert "certificate verify failed" in refused.problem
        assert "certificates of the connection broker" in refused.remedy


def find_refusal(ask: Callable[[], object]) -> SetupError:
    """What is said once the client has met the certificate, which may take a busy machine longer
    than one question."""
    until = time.monotonic() + 240.0
    while time.monotonic() < until:
        try:
            ask()
        except SetupError as error:
            return error
        except SourceUnavailable:
            continue
    raise AssertionError("the certificate is not refused")


def test_the_settings_of_event_hubs_make_a_client() -> None:
    """Their Kafka endpoint takes the connection string as the password of a fixed login."""
    details = ConnectionDetails(
        conn_id="hub",
        host="shop.servicebus.windows.net",
        port=9093,
        login="$ConnectionString",
        password="Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKey=s3cret=",
    )
    made = settings_of(details)
    assert {key: made[key] for key in made if key not in OWN} == {
        "bootstrap.servers": "shop.servicebus.windows.net:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "$ConnectionString",
        "sasl.password": details.password,
    }
    Consumer({**made, "log_level": 0}).close()
