"""What Medallion has made in Superset: the ledger of a sync, and how its last run ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from medallion.names import FRESHNESS, TableName
from medallion.warehouse.session.statements import statements

SQL = "registry/bi.sql"
_WAIT = "10min"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One object that Medallion has made, as the last imports left it."""

    uuid: str
    kind: str
    """database, dataset, chart, dashboard or row_filter."""
    name: str
    path: str = ""
    spec: str = ""
    """Where its spec is."""
    wanted: Mapping[str, Any] | None = None
    """What the spec said when it was last imported to its end; None: it never was."""
    found: Mapping[str, Any] | None = None
    """What Superset exported right after that: where an export differs later, people edited. Where
    their text was kept, the spec's stands here, so that it is still seen to be theirs."""
    sending: Mapping[str, Any] | None = None
    """What an import that did not come to its end has sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSync:
    """How the last sync with Superset ended. Times in UTC."""

    tried_at: datetime
    succeeded_at: datetime | None
    failing_since: datetime | None
    """None: nothing is wrong."""
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldState:
    """How fresh a gold table is, in words, and the publication that readers see."""

    message: str
    publication_id: int | None


def wait_for_turn(connection: psycopg.Connection) -> None:
    """Wait until no other sync runs; the turn is this session's until it ends.

    Raises:
        psycopg.errors.LockNotAvailable: another one has run for ten minutes.
    """
    connection.execute(statements(SQL)["wait_at_most"], {"time": _WAIT})
    connection.execute(statements(SQL)["one_at_a_time"])


def read_ledger(connection: psycopg.Connection) -> dict[str, Remembered]:
    """Our objects by their UUIDs."""
    with connection.cursor(row_factory=class_row(Remembered)) as cursor:
        return {one.uuid: one for one in cursor.execute(statements(SQL)["ledger"]).fetchall()}


def begin(connection: psycopg.Connection, objects: Iterable[Remembered]) -> None:
    """Write down what is about to be sent (`sending`), before it is."""
    rows = [
        {
            "uuid": one.uuid,
            "kind": str(one.kind),
            "name": one.name,
            "path": one.path,
            "spec": one.spec,
            "sending": Jsonb(one.sending),
        }
        for one in objects
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statements(SQL)["begin"], rows)


def finish(
    connection: psycopg.Connection,
    uuid: str,
    wanted: Mapping[str, Any],
    found: Mapping[str, Any],
) -> None:
    """Write down that what was sent has arrived."""
    said = {"uuid": uuid, "wanted": Jsonb(wanted), "found": Jsonb(found)}
    connection.execute(statements(SQL)["finish"], said)


def forget(connection: psycopg.Connection, uuid: str) -> None:
    """Write down that an object is gone, or people's own now."""
    connection.execute(statements(SQL)["forget"], {"uuid": uuid})


def keep_success(connection: psycopg.Connection) -> None:
    """Write down that everything is in step."""
    connection.execute(statements(SQL)["keep_success"])


def keep_failure(connection: psycopg.Connection, problem: str) -> None:
    """Write down what went wrong, without secrets; since when is kept."""
    connection.execute(statements(SQL)["keep_failure"], {"problem": problem})


def last_sync(connection: psycopg.Connection) -> LastSync | None:
    """How the last one ended; None: there never was one."""
    with connection.cursor(row_factory=class_row(LastSync)) as cursor:
        return cursor.execute(statements(SQL)["last_sync"]).fetchone()


def gold_states(connection: psycopg.Connection) -> dict[TableName, GoldState]:
    """What the view says of each published gold table, and what readers see of it."""
    rows = connection.execute(statements(SQL)["states"]).fetchall()
    return {
        TableName(schema, table): GoldState(message=message, publication_id=publication)
        for schema, table, message, publication in rows
    }


def let_read_freshness(connection: psycopg.Connection, role: str) -> bool:
    """Let a role read the view; whether it could not before."""
    row = connection.execute(statements(SQL)["may_read_freshness"], {"role": role}).fetchone()
    if row and row[0]:
        return False
    connection.execute(statements(SQL)["one_grant_at_a_time"])
    named, place = sql.Identifier(role), sql.Identifier(FRESHNESS.schema)
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(place, named))
    view = sql.Identifier(FRESHNESS.schema, FRESHNESS.table)
    connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(view, named))
    return True
