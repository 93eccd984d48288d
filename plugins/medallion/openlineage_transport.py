"""How OpenLineage's client is configured so that no value of a row leaves with an event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TRANSFORMER = "medallion.airflow.openlineage.without_values.WithoutValues"
"""The transformer of the transport, in its configuration."""


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
    """The JSON of a transport that posts clean events to a receiver, and waits for it shortly.

    >>> json.loads(transport_of("http://marquez:5000"))["transport"]["url"]
    'http://marquez:5000'
    """
    http = {"type": "http", "url": url, "timeout": 2, "retry": {"total": 1, "connect": 1}}
    return json.dumps({"type": "transform", "transformer_class": TRANSFORMER, "transport": http})
