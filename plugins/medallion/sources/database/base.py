"""What is read by the Airflow connection of a database, whoever has written it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.sources.base.source import (
    ConnectionDetails,
    ExtractRequest,
    SourceModel,
    SourcePlace,
)

if TYPE_CHECKING:
    from medallion.sources.database.catalogue import CatalogueTable


class FromDatabase(SourceModel):
    """What the source types have in common that read a database; none of them is one by itself."""

    conn_id: str
    """The Airflow connection of the database: postgres, mysql, sqlite, mssql, oracle and others."""
    table: str | None = None
    """The table or view, exactly as the database names it: sales.orders. All of it is read."""

    def conn_ids(self) -> tuple[str, ...]:
        return (self.conn_id,)

    def place(
        self, connection: Callable[[str], ConnectionDetails], project_root: Path
    ) -> SourcePlace:
        from medallion.sources.database.places import place_of_database

        return place_of_database(connection(self.conn_id), self.table)

    def has_columns(self) -> bool:
        return True

    def catalogue(self, request: ExtractRequest) -> CatalogueTable | None:
        """What the database's catalogue says of `table`; None of a query, and where it is not
        known.

        Raises:
            SourceUnavailable, SourceRefused, SetupError: as `extract`.
        """
        from medallion.sources.database.opening import read_catalogue

        return read_catalogue(self.conn_id, self.table, request) if self.table else None
