"""Connections of sources: their name and their port."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from medallion.operations.doctor.connections import _find_address, examine_connection
from medallion.sources.base.source import ConnectionDetails


def details(**known: object) -> ConnectionDetails:
    return ConnectionDetails(**{"conn_id": "shop", "conn_type": "http", **known})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "address"),
    [
        ({"host": "api.example.org"}, ("api.example.org", 80)),
        ({"host": "api.example.org", "schema": "https"}, ("api.example.org", 443)),
        ({"host": "https://api.example.org/v1"}, ("api.example.org", 443)),
        ({"host": "https://api.example.org:8443"}, ("api.example.org", 8443)),
        ({"host": "http://api.example.org", "port": 8080}, ("api.example.org", 8080)),
        ({"host": "db", "conn_type": "mysql", "schema": "shop"}, ("db", 3306)),
        ({"host": "account", "conn_type": "wasb"}, ("account", None)),
        ({"host": "http://[broken"}, ("", None)),
    ],
)
def test_where_a_connection_leads(
    known: dict[str, object], address: tuple[str, int | None]
) -> None:
    assert _find_address(details(**known)) == address


def test_a_source_that_answers_and_one_that_does_not() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        found = list(examine_connection(details(host="127.0.0.1", port=port)))
        assert [(one.layer, one.verdict) for one in found] == [("name", "ok"), ("tcp", "ok")]
    found = list(examine_connection(details(host="127.0.0.1", port=port)))
    assert [(one.layer, one.verdict) for one in found] == [("name", "ok"), ("tcp", "failed")]
    assert {one.subject for one in found} == {"shop"}


def test_a_connection_without_an_address_is_there() -> None:
    (found,) = examine_connection(details(conn_type="generic"))
    assert (found.layer, found.verdict) == ("connection", "ok")
