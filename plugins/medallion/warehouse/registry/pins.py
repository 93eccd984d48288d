"""Pins: versions that a person keeps beyond `keep_versions`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from medallion.names import PublishedTable
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "registry/pins.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One pinned version, by whom and since when (UTC)."""

    version: int
    pinned_by: str
    pinned_at: datetime


def pins_of(session: Session, table: PublishedTable) -> Mapping[int, Pin]:
    """The pinned versions of a table, by their numbers."""
    with session.cursor(row_factory=class_row(Pin)) as cursor:
        found = cursor.execute(statements(SQL)["of_table"], table.key()).fetchall()
    return {pin.version: pin for pin in found}


def describe_pins(versions: Iterable[int]) -> str:
    """What becomes of pinned versions when the table changes its shape.

    >>> describe_pins([3, 1])
    'versions 1, 3 can be compared, and nobody can go back to them'
    """
    found = sorted(versions)
    word, them = ("versions", "them") if len(found) > 1 else ("version", "it")
    named = ", ".join(map(str, found))
    return f"{word} {named} can be compared, and nobody can go back to {them}"


def add_pin(session: Session, table: PublishedTable, version: int, by: str) -> bool:
    """Pin a version; False: it was pinned already. The caller holds the table's lock."""
    asked = {**table.key(), "version": version, "pinned_by": by}
    return session.execute(statements(SQL)["add"], asked).rowcount == 1


def remove_pin(session: Session, table: PublishedTable, version: int) -> bool:
    """Take a pin away; False: there was none."""
    asked = {**table.key(), "version": version}
    return session.execute(statements(SQL)["remove"], asked).rowcount == 1
