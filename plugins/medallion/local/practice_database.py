"""A database of the embedded server that learners ask: filled once, and read by a role with limits.

It has an owner of its own, which fills it, and a reader, which sees published tables and nothing
else. The local warehouse is another database, and neither of the two may connect to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from medallion.local.credentials import keep_secret
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.scratch_databases import create_scratch, drop_scratch

PREFIX = "practice_"
READER = "practice_reader"
_FILLED = "filled"
"""The comment on a database that was filled to its end."""
_LIMITS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "lock_timeout": "2s",
    "work_mem": "32MB",
    "temp_file_limit": "256MB",
}
_SESSIONS = 10

_ONE_AT_A_TIME = "SELECT pg_advisory_lock(hashtextextended('medallion.practice', 0))"
_COMMENT = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
_OTHERS = """
SELECT d.datname FROM pg_database AS d
WHERE starts_with(d.datname, %(prefix)s) AND d.datname <> %(name)s
  AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datid = d.oid)
"""
_PUBLISHED = """
SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^(silver|gold)_[a-z0-9_]+$'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeDatabase:
    """Its URLs: the owner's, and the one that what a learner wrote is asked by."""

    owner_url: str = field(repr=False)
    reader_url: str = field(repr=False)


def practice_database(
    paths: LocalPaths, digest: str, fill: Callable[[str], None]
) -> PracticeDatabase:
    """The database of a digest; where it is not there yet, or only in part, it is made.

    Args:
        paths: of the local state, which has the server and the passwords.
        digest: of what it is filled with, hexadecimal: another one is another database, and those
            that nobody uses are dropped.
        fill: takes the owner's URL, and publishes into it.

    Raises:
        SetupError: the server does not start.
    """
    server = EmbeddedPostgres(paths.postgres)
    info = server.start()
    name = f"{PREFIX}{digest[:12]}"
    owner = keep_secret(paths.secrets / f"{name}.secret")
    reader = keep_secret(paths.secrets / f"{READER}.secret")
    found = PracticeDatabase(
        owner_url=info.url(name, user=name, password=owner),
        reader_url=info.url(name, user=READER, password=reader),
    )
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(_ONE_AT_A_TIME)
        if _is_filled(admin, name):
            _set_passwords(admin, {name: owner, READER: reader})
        else:
            _make(server, admin, name, owner)
            fill(found.owner_url)
            _admit_reader(server, admin, name)
            _set_passwords(admin, {READER: reader})
            admin.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(name), sql.Literal(_FILLED)
                )
            )
    return found


def _is_filled(admin: psycopg.Connection, name: str) -> bool:
    row = admin.execute(_COMMENT, [name]).fetchone()
    return row is not None and row[0] == _FILLED


def _set_passwords(admin: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """As the files of the local state have them, which may have been made again."""
    for role, password in passwords.items():
        admin.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
        )


def _make(server: EmbeddedPostgres, admin: psycopg.Connection, name: str, password: str) -> None:
    """After those that an older course has left, and what a killed fill has left of this one."""
    for (other,) in admin.execute(_OTHERS, {"prefix": PREFIX, "name": name}).fetchall():
        drop_scratch(server, other)
    drop_scratch(server, name)
    create_scratch(server, name, password)


def _admit_reader(server: EmbeddedPostgres, admin: psycopg.Connection, name: str) -> None:
    """Let the reader see the schemas of published tables, with limits on what it may cost."""
    role, database = sql.Identifier(READER), sql.Identifier(name)
    known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [READER]).fetchone()
    if known is None:
        admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
    admin.execute(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION "
            "CONNECTION LIMIT {}"
        ).format(role, sql.Literal(_SESSIONS))
    )
    for setting, value in _LIMITS.items():
        admin.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(role, sql.Identifier(setting), value)
        )
    admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role))
    with psycopg.connect(server.url(name), autocommit=True) as inside:
        for (schema,) in inside.execute(_PUBLISHED).fetchall():
            words = {"schema": sql.Identifier(schema), "role": role}
            inside.execute(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**words))
            inside.execute(
                sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}").format(**words)
            )
