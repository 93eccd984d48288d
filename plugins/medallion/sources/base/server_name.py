"""The server that a connection means, without its user, its password and its query."""

from __future__ import annotations

from urllib.parse import urlsplit

from medallion.sources.base.source import ConnectionDetails


def server_of(details: ConnectionDetails, port: int | None = None) -> str:
    """`host`, or `host:port`; the connection's id where it has no host.

    >>> details = ConnectionDetails(conn_id="x", host="https://ana:pw@lake.example.org/?sig=1")
    >>> server_of(details, 443)
    'lake.example.org:443'
    """
    given = details.host.strip()
    if given.count(":") > 1 and "/" not in given and "[" not in given:  # an address of IPv6
        given = f"[{given}]"
    try:
        parts = urlsplit(given if "://" in given else f"//{given}")
        host, port = parts.hostname or "", details.port or parts.port or port
    except ValueError:
        host, port = "", details.port or port
    if not host:
        return details.conn_id
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown
