"""Brings the registry's tables to this Medallion's version: forward only, in one transaction.

A Medallion that is older than the registry works with it where the migrations since say so, in
their first line (`-- works from: 26`): the oldest version of the registry whose Medallion reads and
writes the newer one rightly. So a release can be taken back without a restore of the database.

The files of `registry/migrations/` are applied in the order of their numbers. A released file never
changes: what comes later goes into a file with the next number, which keeps the rows that are
there. Plain SQL files and no migration library: alembic and yoyo want a connection, a transaction
and a version table of their own, while a session has to look, and rarely to act, in its own.
"""

from __future__ import annotations

import logging
import re
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

    @property
    def works_from(self) -> int | None:
        """The oldest version whose Medallion may still work with this one; None: no older one."""
        found = _WORKS_FROM.match(self.text)
        return int(found[1]) if found else None


_WORKS_FROM = re.compile(r"-- works from: (\d+)\n")


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

    Two cheap questions where nothing is to be done, three where the registry is newer. All in the
    transaction of `connection`, which the caller commits; several at once wait for each other.

    Raises:
        SetupError: a newer Medallion has been here, whose registry this one must not touch, or one
            that was never released.
    """
    named = statements(SQL)
    if _is_usable(connection, migrations):
        return
    # Asked first without the lock: a task that finds the registry in order waits for nobody.
    connection.execute(named["one_at_a_time"])
    if _is_usable(connection, migrations):  # another one has migrated while this one waited
        return
    found = _version(connection)
    _refuse_unknown(found, migrations)
    before = _value(connection, named["lock_timeout"])
    connection.execute(named["set_lock_timeout"], {"timeout": LOCK_TIMEOUT})
    for migration in migrations:
        if found is None or migration.version > found:
            # Our own text, from the package: no value of anybody is in it.
            connection.execute(sql.SQL(migration.text))
            connection.execute(named["add_version"], {"version": migration.version})
            if migration.works_from is not None:
                known = {"version": migration.version, "works_from": migration.works_from}
                connection.execute(named["set_works_from"], known)
    connection.execute(named["set_lock_timeout"], {"timeout": before})


def _is_usable(connection: psycopg.Connection, migrations: Sequence[Migration]) -> bool:
    """Whether the registry is of this version, or of a newer one that this Medallion works with."""
    found, newest = _version(connection), migrations[-1].version
    if found is None or found < newest:
        return False
    if found == newest:
        return True
    if migrations[-1].works_from is None:  # of a version before any said it
        return False
    asked = statements(SQL)["works_with"]
    works = connection.execute(asked, {"newest": newest}).fetchone() == (True,)
    if works:
        _LOG.info("The registry has version %d; this Medallion knows %d, and works with it.",
                  found, newest)  # fmt: skip
    return works


_LOG = logging.getLogger("medallion")


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
            remedy="update this Medallion: a newer one has already upgraded the registry, in a way "
            "that this one must not touch",
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
