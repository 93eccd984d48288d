"""Landings that nothing needs any more: of tables whose spec sets no retention of bronze.

A landing is needed while a version that is still there has rows of it, while rows of it are open in
quarantine, and while nobody has published it, or a later landing in its place.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import class_row

from medallion.names import Area, PublishedTable, TableName
from medallion.publish.dispositions import DISPOSITIONS
from medallion.publish.relations import identifier, parent_of
from medallion.warehouse.registry.landings import OldLanding
from medallion.warehouse.session.relations import children_of, columns_of
from medallion.warehouse.session.statements import statements
from medallion.warehouse.tables.sweep import STAGING_KEPT

SQL = "registry/unneeded.sql"
SINCE = 24
"""The version of the registry that has brought this."""
NOTICE = timedelta(days=90)
"""So long after the upgrade nothing is deleted by it: the log says what will be."""


def read_due_from(connection: psycopg.Connection) -> datetime:
    """From when on landings are deleted that nothing needs."""
    asked = {"notice": NOTICE, "since": SINCE}
    row = connection.execute(statements(SQL)["due_from"], asked).fetchone()
    assert row is not None  # noqa: S101  # a session has the registry at this version
    due: datetime = row[0]
    return due


def list_unneeded(
    connection: psycopg.Connection,
    table: PublishedTable,
    age: timedelta,
    quarantine_age: timedelta | None = None,
) -> list[OldLanding]:
    """Landings older than `age` that nothing needs, and those whose deletion was interrupted.

    Where some are that old, the versions that are there are scanned, as is quarantine.

    Args:
        quarantine_age: how long open rows of quarantine are kept, and need their landing; None: for
            ever. So a dry run, which has not deleted those that are older, finds the same.
    """
    words = {**_words(table), "age": age, "unfinished_kept": STAGING_KEPT}
    with connection.cursor(row_factory=class_row(OldLanding)) as cursor:
        found = cursor.execute(statements(SQL)["candidates"], words).fetchall()
    needed = _find_needed(connection, table, [one.load_id for one in found], quarantine_age)
    return [one for one in found if one.load_id not in needed]


def forget_landings(
    connection: psycopg.Connection, table: PublishedTable, age: timedelta, *, dry_run: bool = False
) -> int:
    """Forget landings whose files were deleted longer ago than `age` and that no row that is kept
    names any more, and those that were never made; how many. `dry_run` only counts."""
    words = {**_words(table), "age": age}
    gone = [row[0] for row in connection.execute(statements(SQL)["gone_landings"], words)]
    named = _find_named(connection, table, gone)
    left = [load for load in gone if load not in named]
    if left and not dry_run:
        connection.execute(statements(SQL)["forget_landings"], {"loads": left})
    return len(left)


def _find_needed(
    connection: psycopg.Connection,
    table: PublishedTable,
    loads: Sequence[int],
    quarantine_age: timedelta | None,
) -> set[int]:
    """Those that versions have rows of, or that have open rows in quarantine."""
    if not loads:
        return set()
    needed = _with_rows(connection, _list_versions(connection, table), loads)
    if columns_of(connection, table.quarantine):
        query = statements(SQL)["with_open_rows"].format(relation=identifier(table.quarantine))
        asked = {"loads": list(loads), "age": quarantine_age}
        needed |= {row[0] for row in connection.execute(query, asked)}
    return needed


def _find_named(
    connection: psycopg.Connection, table: PublishedTable, loads: Sequence[int]
) -> set[int]:
    """Those that any row names that is kept, replayed ones of quarantine too."""
    if not loads:
        return set()
    relations = [*_list_versions(connection, table), table.quarantine]
    return _with_rows(connection, relations, loads)


def _list_versions(connection: psycopg.Connection, table: PublishedTable) -> list[TableName]:
    """All that are there, by the ledger or behind the view."""
    known = connection.execute(statements(SQL)["kept_versions"], _words(table)).fetchall()
    behind = children_of(connection, parent_of(table))
    names = {*(table.version(number).table for (number,) in known), *behind}
    return [TableName(table.schema(Area.STORE), name) for name in sorted(names)]


def _with_rows(
    connection: psycopg.Connection, relations: Collection[TableName], loads: Sequence[int]
) -> set[int]:
    found: set[int] = set()
    for relation in relations:
        if columns_of(connection, relation):
            query = statements(SQL)["with_rows"].format(relation=identifier(relation))
            found |= {row[0] for row in connection.execute(query, {"loads": list(loads)})}
    return found


def _words(table: PublishedTable) -> dict[str, object]:
    return {
        "domain": table.domain,
        "dataset": table.name,
        "of_whole_tables": [d.name for d in DISPOSITIONS.values() if d.moves_staging],
    }
