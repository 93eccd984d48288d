"""Which lake the registry has as the warehouse's. Nothing is written."""

from __future__ import annotations

from medallion.warehouse.registry.lakes import RegisteredLake, find_current_lake
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.statements import statements

SQL = "doctor/lake.sql"


def find_registered_lake(url: str) -> RegisteredLake | None:
    """The warehouse's lake; None: no host has registered one, or the registry is not made yet.

    Raises:
        WarehouseUnavailable: the server does not answer.
        WarehouseRefused: the registry may not be read.
    """
    with translate_errors("looking which lake is the warehouse's"), connect(url) as session:
        has_lakes = session.execute(statements(SQL)["has_lakes"]).fetchone()
        return find_current_lake(session) if has_lakes == (True,) else None
