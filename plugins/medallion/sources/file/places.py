"""Where files on other machines are, as OpenLineage names datasets."""

from __future__ import annotations

from collections.abc import Callable

from medallion.sources.base.locations import Location
from medallion.sources.base.server_name import server_of
from medallion.sources.base.source import ConnectionDetails, SourcePlace
from medallion.sources.base.web_address import server_of_url
from medallion.sources.http.connection import address

_PORTS = {"sftp": 22, "ftp": 21}
_AZURE = ("abfs", "abfss")


def place_of_location(
    location: Location, connection: Callable[[str], ConnectionDetails]
) -> SourcePlace:
    """Namespace and name of what a URL names: of a bucket or a container those come first."""
    scheme, path = location.scheme, location.path
    if scheme == "file":
        return SourcePlace(namespace="file", name=path)
    if location.is_web and not location.conn_id:
        server = server_of_url(location.url(path))
        return SourcePlace(namespace=server, name=f"/{path.partition('/')[2]}")
    if location.is_web:
        base = address(connection(location.conn_id))
        server = server_of_url(base)
        return SourcePlace(namespace=server, name=f"{base.removeprefix(server)}{path}")
    if scheme in _PORTS:
        server = server_of(connection(location.conn_id), _PORTS[scheme])
        return SourcePlace(namespace=f"{scheme}://{server}", name=path)
    container, _, below = path.partition("/")
    if scheme in _AZURE:
        account = _account_of(connection(location.conn_id))
        return SourcePlace(namespace=f"abfss://{container}@{account}", name=below)
    return SourcePlace(namespace=f"{scheme}://{container}", name=below)


def _account_of(details: ConnectionDetails) -> str:
    """The storage account's server. The type `wasb` has its name as the login."""
    if details.host:
        return server_of(details)
    name = details.login or details.conn_id
    return name if "." in name else f"{name}.dfs.core.windows.net"
