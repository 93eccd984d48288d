"""The warehouse as a database of Superset."""

from __future__ import annotations

from urllib.parse import urlsplit

from medallion.bi.assets.documents import VERSION, Asset
from medallion.bi.assets.identity import path_of, slug_of, uuid_of
from medallion.bi.assets.inputs import Warehouse

PASSWORD_MASK = "X" * 10
"""What an address has in place of the password: an import takes that from its form."""
_KEY = "warehouse"


def database_asset(warehouse: Warehouse) -> Asset:
    """The database: people query it, and nobody writes through it."""
    uuid = uuid_of(warehouse.project, "database", _KEY)
    return Asset(
        kind="database",
        key=_KEY,
        uuid=uuid,
        path=path_of("database", slug_of(warehouse.database)),
        name=warehouse.database,
        document={
            "database_name": warehouse.database,
            "sqlalchemy_uri": _with_mask(warehouse.sqlalchemy_uri),
            "expose_in_sqllab": True,
            "allow_run_async": False,
            "allow_ctas": False,
            "allow_cvas": False,
            "allow_dml": False,
            "allow_csv_upload": False,
            "extra": {"allows_virtual_table_explore": True},
            "is_managed_externally": True,
            "external_url": warehouse.url or None,
            "uuid": uuid,
            "version": VERSION,
        },
    )


def _with_mask(uri: str) -> str:
    """
    >>> _with_mask("postgresql+psycopg2://bi_reader@db:5432/warehouse")
    'postgresql+psycopg2://bi_reader:XXXXXXXXXX@db:5432/warehouse'
    """
    parts = urlsplit(uri)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return uri
    name = user.partition(":")[0]
    return parts._replace(netloc=f"{name}:{PASSWORD_MASK}@{host}").geturl()
