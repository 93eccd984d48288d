"""Where a table of a database is, as OpenLineage names datasets."""

from __future__ import annotations

from medallion.sources.base.server_name import server_of
from medallion.sources.base.source import ConnectionDetails, SourcePlace

_SCHEMES = {
    "postgresql": "postgres",
    "mariadb": "mysql",
    "denodo": "postgres",
    "ibmdb2": "db2",
    "ibm_db2": "db2",
}
_PORTS = {"postgres": 5432, "mysql": 3306, "mssql": 1433, "oracle": 2484, "db2": 50001}


def place_of_database(details: ConnectionDetails, table: str | None) -> SourcePlace:
    """`postgres://host:port` and `database.schema.table`; of a query, which may read any table, the
    database alone.

    >>> place_of_database(ConnectionDetails(conn_id="x", conn_type="postgres", host="db",
    ...     schema="bank", login="ana", password="pw"), "public.accounts")
    SourcePlace(namespace='postgres://db:5432', name='bank.public.accounts')
    """
    kind = details.conn_type.lower()
    scheme = _SCHEMES.get(kind, kind) or "database"
    if scheme == "sqlite":
        return SourcePlace(namespace="file", name=".".join(filter(None, (details.host, table))))
    server = server_of(details, _PORTS.get(scheme))
    name = ".".join(filter(None, (details.schema, table)))
    return SourcePlace(namespace=f"{scheme}://{server}", name=name or details.conn_id)
