"""The windows of incremental gold tables: what each publication has made, and when it read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import psycopg

from medallion.names import PublishedTable
from medallion.publish.recipe import Recipe
from medallion.publish.window import Window
from medallion.warehouse.session.statements import statements

SQL = "registry/windows.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWindow:
    """The window of one publication. `read_at`: what was published later, it has not seen."""

    window: Window
    read_at: datetime
    sql_digest: str
    publication_id: int
    dag_id: str
    run_id: str


def digest_of(sql: str) -> str:
    """Of the text of a SELECT.

    >>> digest_of("select 1")
    '822ae07d4783158b'
    """
    return hashlib.sha256(sql.encode()).hexdigest()[:16]


def keep(
    connection: psycopg.Connection,
    publication_id: int,
    window: Window,
    *,
    read_at: datetime,
    recipe: Recipe,
) -> None:
    """Record what a publication has made, in its transaction."""
    connection.execute(
        statements(SQL)["keep"],
        {
            "publication_id": publication_id,
            "start": window.start,
            "end": window.end,
            "is_whole": window.is_whole,
            "read_at": read_at,
            "sql_digest": recipe.sql_digest,
            "time_column": recipe.time_column,
            "time_grain": recipe.time_grain,
            "primary_key": list(recipe.primary_key),
            "time_digest": recipe.time_digest,
        },
    )


def windows_of(
    connection: psycopg.Connection, table: PublishedTable, version: int
) -> tuple[KeptWindow, ...]:
    """What a version is made of, the earliest publication first."""
    rows = connection.execute(
        statements(SQL)["windows_of"], {**table.key(), "version": version}
    ).fetchall()
    return tuple(
        KeptWindow(
            window=Window(start=start, end=end, is_whole=whole),
            read_at=read_at,
            sql_digest=digest,
            publication_id=publication_id,
            dag_id=dag_id,
            run_id=run_id,
        )
        for start, end, whole, read_at, digest, publication_id, dag_id, run_id in rows
    )


def latest_end(
    connection: psycopg.Connection, table: PublishedTable, version: int
) -> datetime | None:
    """The end of the latest window of a version; None: it has none, so nobody knows what it
    holds."""
    row = connection.execute(
        statements(SQL)["latest_end"], {**table.key(), "version": version}
    ).fetchone()
    return row[0] if row else None


def first_start(
    connection: psycopg.Connection, table: PublishedTable, version: int
) -> datetime | None:
    """The start of the earliest window of a version, which is the `begin` that it was built with;
    None: it has none."""
    row = connection.execute(
        statements(SQL)["first_start"], {**table.key(), "version": version}
    ).fetchone()
    return row[0] if row else None


def recipes_of(
    connection: psycopg.Connection, table: PublishedTable, version: int
) -> tuple[Recipe, ...]:
    """What a version's windows were made by, each once, in no order."""
    rows = connection.execute(
        statements(SQL)["recipes_of"], {**table.key(), "version": version}
    ).fetchall()
    return tuple(
        Recipe(
            sql_digest=digest,
            time_column=column,
            time_grain=grain,
            primary_key=tuple(key or ()),
            time_digest=time_digest,
        )
        for digest, column, grain, key, time_digest in rows
    )


def find_later_run(
    connection: psycopg.Connection,
    table: PublishedTable,
    version: int,
    window: Window,
    read_at: datetime,
    *,
    any_time: bool,
) -> str | None:
    """The run that has read later and published part of the same window of a version; None: none
    has.

    Args:
        any_time: whatever its window: rows that are found by their key may be anywhere.
    """
    row = connection.execute(
        statements(SQL)["later_run"],
        {
            **table.key(),
            "version": version,
            "start": window.start,
            "end": window.end,
            "read_at": read_at,
            "any_time": any_time,
        },
    ).fetchone()
    return str(row[0]) if row else None
