"""A client of Kafka from an Airflow connection, whose extra has the settings of librdkafka."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.errors import SetupError
from medallion.sources.base.source import ConnectionDetails

SERVERS = "bootstrap.servers"
PORT = 9092
TIMEOUT_SECONDS = 30.0
"""How long one question to the brokers may take."""

OWN: Mapping[str, object] = {
    # Offsets are kept with the publication: a group would only remember others.
    "group.id": "medallion",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    # Messages that are gone are reported, never passed over.
    "auto.offset.reset": "error",
    "enable.partition.eof": True,
    "isolation.level": "read_committed",
    "allow.auto.create.topics": False,
    "check.crcs": True,
    # An idle partition answers after this, not after half a second.
    "fetch.wait.max.ms": 50,
    "queued.max.messages.kbytes": 65536,
}
"""What a batch depends on: an extra cannot say otherwise."""
OF_A_CONSUMER = frozenset(OWN) - {"allow.auto.create.topics"}
"""Settings that a client has no use for which reads no messages."""

ALLOWED = (
    "bootstrap.servers", "metadata.broker.list", "security.protocol", "sasl.", "ssl.", "socket.",
    "client.id", "client.rack", "client.dns.lookup", "broker.address.", "metadata.max.age.ms",
    "topic.metadata.", "reconnect.backoff.", "retry.backoff.", "fetch.message.max.bytes",
    "max.partition.fetch.bytes", "fetch.max.bytes", "receive.message.max.bytes",
    "enable.ssl.certificate.verification", "api.version.", "broker.version.", "https.",
)  # fmt: skip
"""How the settings begin that a connection may have."""
RUN_CODE = ("sasl.kerberos.kinit.cmd", "ssl.engine.location", "ssl.providers")
"""Those among them that run a command, or load a library, on the worker."""

_FOR_OTHERS = frozenset({"schema_registry", "error_cb", "oauth_cb", "stats_cb"})
"""Keys of an extra that librdkafka does not know."""
_SECRET_WORDS = ("password", "secret", "token", "key.pem", "jaas", "login")


def settings_of(details: ConnectionDetails) -> dict[str, object]:
    """The settings of a consumer. Host and port, login and password say the same as
    `bootstrap.servers`, `sasl.username` and `sasl.password` of the extra, which come first.

    Raises:
        SetupError: no server is named, or a setting is one that no connection may have.
    """
    given: dict[str, object] = {}
    for key, value in details.extra.items():
        if key in _FOR_OTHERS or key in OWN:
            continue
        if not key.startswith(ALLOWED) or key in RUN_CODE:
            raise SetupError(
                f"the extra {key} of the connection {details.conn_id} is not a setting that a "
                "source may have",
                remedy="remove it; docs/sources-kafka.md lists those that it may",
            )
        given[key] = value
    if SERVERS not in given and details.host.strip():
        port = details.port or PORT
        hosts = (host.strip() for host in details.host.split(","))
        given[SERVERS] = ",".join(
            host if _has_port(host) else f"{host}:{port}" for host in hosts if host
        )
    if not given.get(SERVERS):
        raise SetupError(
            f"the connection {details.conn_id} names no server of Kafka",
            remedy='write {"bootstrap.servers": "kafka.example.org:9092"} into its extra',
        )
    return {**given, **_login(details, given), **OWN}


def servers_of(details: ConnectionDetails) -> str:
    """The first server of a connection, as OpenLineage names a cluster.

    >>> servers_of(ConnectionDetails(conn_id="a", host="kafka.example.org"))
    'kafka.example.org:9092'
    """
    try:
        return str(settings_of(details)[SERVERS]).split(",")[0].strip()
    except SetupError:
        return details.conn_id


def secrets_of(settings: Mapping[str, object]) -> tuple[str, ...]:
    """The values that no message may hold.

    >>> secrets_of({"sasl.username": "ana", "sasl.password": "pw"})
    ('pw',)
    """
    return tuple(
        str(value)
        for key, value in settings.items()
        if value and any(word in key for word in _SECRET_WORDS)
    )


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdecimal() and not host.endswith("]")


def _login(details: ConnectionDetails, given: Mapping[str, object]) -> dict[str, object]:
    """What the connection's login and password mean where the extra has none. They are never sent
    over a line that anyone can read."""
    if not details.login or "sasl.username" in given:
        return {}
    return {
        "security.protocol": given.get("security.protocol", "SASL_SSL"),
        "sasl.mechanism": given.get("sasl.mechanism", given.get("sasl.mechanisms", "PLAIN")),
        "sasl.username": details.login,
        "sasl.password": details.password,
    }
