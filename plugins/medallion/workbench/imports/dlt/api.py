"""What the resources of a dlt source share, and one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medallion.workbench.imports.base.node import COMPUTED, Node, is_computed
from medallion.workbench.imports.base.rest_parts import (
    NOT_IN_A_SPEC,
    TO_THE_CONNECTION,
    connection_words,
    is_secret,
)
from medallion.workbench.imports.base.sketch import Sketch
from medallion.workbench.imports.dlt.parts import auth_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What all resources share."""

    conn_id: str
    client: Node
    auth: Mapping[str, Any]
    headers: Mapping[str, Any]

    @classmethod
    def of(cls, client: Node, conn_id: str, sketch: Sketch) -> Api:
        """By its `client`; what its connection has to hold is noted."""
        auth, credentials = auth_of(client)
        client.leave("session", "requests are made by Medallion's own client")
        base = client.take("base_url")
        if is_computed(base):
            client.leave("base_url", COMPUTED, "it is the host of the connection")
        words = connection_words(base if isinstance(base, str) else "")
        sketch.connections[conn_id] = f"{words} {credentials}".strip()
        headers = open_headers(client, conn_id)
        client.drop("paginator")  # each resource reads it with its own
        return cls(conn_id=conn_id, client=client, auth=auth, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource with the defaults of all written out."""

    name: str
    node: Node
    endpoint: Node


def open_headers(owner: Node, conn_id: str) -> dict[str, Any]:
    """Headers without secrets, which are reported."""
    found: dict[str, Any] = {}
    headers = owner.node("headers")
    for name in headers:
        value = headers.take(name)
        if is_secret(name) or is_computed(value):
            why = COMPUTED if not is_secret(name) else NOT_IN_A_SPEC
            headers.leftovers.leave(headers.at(name), why, TO_THE_CONNECTION.format(conn_id))
        else:
            found[name] = str(value)
    return found
