"""Whether what a connection of a spec's source names can be reached. Nobody logs in there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from medallion.sources.base.source import ConnectionDetails
from medallion.warehouse.doctor.finding import Finding
from medallion.warehouse.doctor.reach import look_at_name, look_at_port

PORTS: Mapping[str, int] = {
    "postgres": 5432,
    "postgresql": 5432,
    "mysql": 3306,
    "mssql": 1433,
    "oracle": 2484,
    "db2": 50001,
    "ibmdb2": 50001,
    "ibm_db2": 50001,
    "sftp": 22,
    "ssh": 22,
    "ftp": 21,
    "http": 80,
    "https": 443,
}
"""By a connection's type, or the scheme of its host, where it names no port."""


def examine_connection(details: ConnectionDetails) -> Iterator[Finding]:
    """Its name and its port; a connection without a host is only there."""
    host, port = _find_address(details)
    if not host or port is None:
        yield Finding(
            subject=details.conn_id,
            layer="connection",
            verdict="ok",
            says=f"it is there, of the type {details.conn_type or 'generic'}",
        )
        return
    name, addresses = look_at_name(details.conn_id, host, port)
    yield name
    if addresses:
        yield look_at_port(details.conn_id, host, port, addresses)


def _find_address(details: ConnectionDetails) -> tuple[str, int | None]:
    """Host and port. The host of an HTTP connection may be a whole URL; its `schema` is
    http or https."""
    text = details.host
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        named = parts.port
    except ValueError:  # a broken IPv6 address, a port that is not a number
        return "", None
    scheme = parts.scheme or (details.schema if details.conn_type == "http" else "")
    kind = scheme or ("http" if details.conn_type == "http" else details.conn_type)
    return parts.hostname or "", details.port or named or PORTS.get(kind)
