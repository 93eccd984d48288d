"""The catalogue of Iceberg tables: which metadata file of each is the newest.

It is pyiceberg's and Java's SQL catalogue, so that whoever may read the schema opens the tables by
their names. Nothing else of the lake is in it, and the registry does not know it.
"""

from __future__ import annotations

from dataclasses import dataclass

from medallion.names import TableName
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import session

SQL = "registry/lake_catalogue.sql"
NAME = "medallion"
"""Of the catalogue, as its readers have to call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRow:
    """A published table's row. The catalogue is asked and changed in transactions of their own.

    Attributes:
        url: a libpq URL of the loader.
        table: the public name: its schema is the namespace.
    """

    url: str
    table: TableName

    def find(self) -> str | None:
        """The metadata file that is the newest one; None: the catalogue does not know the table."""
        with session(self.url, f"finding {self.table} in the lake's catalogue") as connection:
            found = connection.execute(statements(SQL)["find"], self._key()).fetchone()
        return str(found[0]) if found and found[0] else None

    def swap(self, before: str | None, after: str) -> bool:
        """Name another metadata file, if it still names the one before; whether it did."""
        given = {**self._key(), "before": before, "after": after}
        with session(self.url, f"changing {self.table} in the lake's catalogue") as connection:
            connection.execute(statements(SQL)["name_space"], given)
            done = connection.execute(statements(SQL)["swap"], given)
            return done.rowcount == 1

    def _key(self) -> dict[str, str]:
        return {"catalog": NAME, "namespace": self.table.schema, "name": self.table.table}
