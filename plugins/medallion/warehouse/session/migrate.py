"""Brings the registry's tables to this Medallion's version: forward only, in one transaction.

The files of `registry/migrations/` are applied in the order of their numbers. A released file never
changes: what comes later goes into a file with the next number, which keeps the rows that are
there. Plain SQL files and no migration library: alembic and yoyo want a connection, a transaction
and a version table of their own, while a session has to look, and rarely to act, in its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from medallion.errors import SetupError
from medallion.warehouse.session.statements import statements

SQL = "registry/registry.sql"
FOLDER = Path(__file__).parents[1] / "registry" / "migrations"

LOCK_TIMEOUT = "10s"
"""How long a change of a table waits for the tasks that read it; the task is tried again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file: it upgrades the registry from the version before to `version`."""

    version: int
    name: str
    text: str


@cache
def list_released() -> tuple[Migration, ...]:
    """The product's migrations, oldest first. The last one's version is this Medallion's."""
    return read_migrations(FOLDER)


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """The files `NNNN_name.sql` of a folder, by their numbers.

    Raises:
        ValueError: two files have one number, or a number is missing.
    """
    found = []
    for path in sorted(folder.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        found.append(
            Migration(version=int(number), name=name, text=path.read_text(encoding="utf-8"))
        )
    numbers = [migration.version for migration in found]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise ValueError(f"the migrations' numbers have a gap or a twin: {numbers}")
    return tuple(found)


def migrate(connection: psycopg.Connection, migrations: Sequence[Migration]) -> None:
    """Create the registry, or bring an older one to the last of `migrations`.

    Two cheap questions where nothing is to be done. All in the transaction of `connection`, which
    the caller commits; several callers at once wait for each other.

    Raises:
        SetupError: a newer Medallion has been here, or one that was never released.
    """
    named = statements(SQL)
    newest = migrations[-1].version
    if _version(connection) == newest:
        return
    # Asked first without the lock: a task that finds the registry in order waits for nobody.
    connection.execute(named["one_at_a_time"])
    found = _version(connection)  # another one may have migrated while this one waited
    _refuse_unknown(found, migrations)
    before = _value(connection, named["lock_timeout"])
    connection.execute(named["set_lock_timeout"], {"timeout": LOCK_TIMEOUT})
    for migration in migrations:
        if found is None or migration.version > found:
            # Our own text, from the package: no value of anybody is in it.
            connection.execute(sql.SQL(migration.text))
            connection.execute(named["add_version"], {"version": migration.version})
    connection.execute(named["set_lock_timeout"], {"timeout": before})


def _version(connection: psycopg.Connection) -> int | None:
    """The version that the database has; None where there is no registry."""
    named = statements(SQL)
    if not _value(connection, named["is_there"]):
        return None
    return int(str(_value(connection, named["version"])))


def _refuse_unknown(found: int | None, migrations: Sequence[Migration]) -> None:
    if found is None:
        return
    oldest, newest = migrations[0].version, migrations[-1].version
    if found > newest:
        raise SetupError(
            f"the registry in this database has version {found}, and this Medallion knows "
            f"versions up to {newest}",
            remedy="update this Medallion: a newer one has already upgraded the registry",
        )
    if found < oldest:
        raise SetupError(
            f"the registry in this database has version {found}, which was never released: "
            f"upgrades start at {oldest}",
            remedy="use the Medallion that made it, or another database",
        )


def _value(connection: psycopg.Connection, query: sql.SQL) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
