"""The names of our datasets, by OpenLineage's naming: `postgres://host:port`, `db.schema.table`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from medallion.names import Area, PublishedTable, TableName
from medallion.sources.base.source import SourcePlace
from medallion.warehouse.session.connection import settings_of

_POSTGRES_PORT = "5432"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The warehouse and the lake of a task, without users and passwords."""

    server: str
    """`postgres://db.example.org:5432`."""
    database: str
    lake_root: str

    @classmethod
    def of(cls, warehouse_url: str, lake_root: str) -> Surroundings:
        """Read off a libpq URL; of several hosts the first names the warehouse, whichever is the
        primary now.

        >>> Surroundings.of("postgresql://ana:pw@db/shop?sslmode=require", "/lake").server
        'postgres://db:5432'
        """
        found = settings_of(warehouse_url)
        host = found.get("host", "").partition(",")[0]
        host = "localhost" if not host or host.startswith(("/", "@")) else host
        shown = f"[{host}]" if ":" in host else host
        port = found.get("port", "").partition(",")[0] or _POSTGRES_PORT
        return cls(
            server=f"postgres://{shown}:{port}",
            database=found.get("dbname", ""),
            lake_root=lake_root,
        )

    def table(self, name: TableName) -> SourcePlace:
        """A published table."""
        return SourcePlace(namespace=self.server, name=f"{self.database}.{name}")

    def staging(self, table: PublishedTable) -> SourcePlace:
        """What runs prepare a table's rows in. A run's own has a name of the run's besides, which
        would be another dataset each time."""
        return self.table(TableName(table.schema(Area.STAGING), table.name))

    def landing(self, table: PublishedTable) -> SourcePlace:
        """A dataset's folder of bronze.

        >>> films = PublishedTable.of(TableName("silver_cinema", "films"))
        >>> lake = "abfs://conn@lake/prod"
        >>> Surroundings.of("postgresql://db/x", lake).landing(films)
        SourcePlace(namespace='abfs://lake', name='prod/bronze/cinema/films')
        """
        below = f"bronze/{table.domain}/{table.name}"
        scheme, separator, _ = self.lake_root.partition("://")
        if not separator or scheme == "file":
            root = self.lake_root.removeprefix("file://").rstrip("/")
            return SourcePlace(namespace="file", name=f"{root}/{below}")
        parts = urlsplit(self.lake_root)
        container = parts.netloc.rpartition("@")[2]
        path = "/".join(filter(None, (parts.path.strip("/"), below)))
        return SourcePlace(namespace=f"{scheme}://{container}", name=path)
