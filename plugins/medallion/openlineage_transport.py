"""How OpenLineage's client is configured so that no value of a row leaves with an event."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from medallion.errors import SetupError

TRANSFORMER = "medallion.airflow.openlineage.without_values.WithoutValues"
"""The transformer of the transport, in its configuration."""
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


def is_clean(transport: str) -> bool:
    """Whether the JSON of a transport has our transformer around it.

    >>> is_clean('{"type": "http", "url": "http://marquez:5000"}')
    False
    """
    try:
        said: Any = json.loads(transport)
    except ValueError:
        return False
    if not isinstance(said, Mapping):
        return False
    return said.get("type") == "transform" and said.get("transformer_class") == TRANSFORMER


def transport_of(url: str) -> str:
    """The JSON of a transport that takes clean events to a receiver, and waits for it shortly.

    `http` and `https` are posted to; `file:///PATH` gets a line of JSON for each event,
    `kafka://HOST:PORT,…/TOPIC` a message, `console:` a line in the log of whatever sends.

    Raises:
        SetupError: the address is none of these.

    >>> json.loads(transport_of("http://marquez:5000"))["transport"]["url"]
    'http://marquez:5000'
    >>> json.loads(transport_of("kafka://k1:9092,k2:9092/lineage"))["transport"]["topic"]
    'lineage'
    """
    return json.dumps(
        {"type": "transform", "transformer_class": TRANSFORMER, "transport": _reach(url)}
    )


def _reach(url: str) -> Mapping[str, Any]:
    scheme, _, rest = url.partition(":")
    place = rest.removeprefix("//")
    servers, _, topic = place.partition("/")
    match scheme:
        case "http" | "https" if servers:
            return {"type": "http", "url": url, "timeout": 2, "retry": {"total": 1, "connect": 1}}
        case "file" if place.startswith("/"):
            return {"type": "file", "log_file_path": place, "append": True}
        case "kafka" if servers and _TOPIC.fullmatch(topic):
            # Without a limit librdkafka tries for five minutes, and the scheduler ends no sooner.
            config = {"bootstrap.servers": servers, "message.timeout.ms": "2000"}
            return {"type": "kafka", "topic": topic, "config": config}
        case "console" if not place:
            return {"type": "console"}
    raise SetupError(
        "MEDALLION_OPENLINEAGE_URL does not say where events go to.",
        remedy=(
            "give http://HOST:PORT, https://HOST, file:///FOLDER/events.jsonl, "
            "kafka://HOST:PORT/TOPIC or console:, or set AIRFLOW__OPENLINEAGE__TRANSPORT in its "
            "place: docs/openlineage.md"
        ),
    )
