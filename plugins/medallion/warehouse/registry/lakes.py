"""Which lake belongs to this warehouse, for hosts that compare the one they see with it."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import class_row

from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "registry/lakes.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredLake:
    """A lake's mark, and where it was as the host that registered it saw it."""

    mark: str
    root: str
    host: str


def find_current_lake(session: Session) -> RegisteredLake | None:
    """The warehouse's lake; None: no host has registered one."""
    with session.cursor(row_factory=class_row(RegisteredLake)) as cursor:
        return cursor.execute(statements(SQL)["find_current"]).fetchone()


def claim_lakes(session: Session) -> None:
    """Wait until no other host registers one; the transaction's end lets the next one go."""
    session.execute(statements(SQL)["claim"])


def register_lake(session: Session, lake: RegisteredLake) -> None:
    """Make it the warehouse's. A former one stays in the table as such."""
    session.execute(statements(SQL)["retire"], {"mark": lake.mark})
    given = {"mark": lake.mark, "root": lake.root, "host": lake.host}
    session.execute(statements(SQL)["register"], given)
