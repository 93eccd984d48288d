"""What is looked at once the warehouse lets the loader in: pooler, server, rights and roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import psycopg

from medallion.errors import SetupError
from medallion.warehouse.doctor.finding import Finding, Verdict
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.pooler import is_behind_pooler, refuse_shared_sessions
from medallion.warehouse.session.relations import missing_roles
from medallion.warehouse.session.statements import statements

SQL = "doctor/inside.sql"
OLDEST = 140000
"""The oldest PostgreSQL whose SQL the statements keep to; tests run on 18."""
CLOCK_SECONDS = 30.0
"""Two clocks that differ by more make a table look late or fresh that is not."""


def look_inside(
    subject: str, connection: psycopg.Connection, url: str, grants: Sequence[str]
) -> Iterator[Finding]:
    """What a session that is open finds out. Nothing is written.

    Args:
        subject: what is looked at.
        connection: of `connect(url)`.
        url: the same one's, for a second session behind a pooler.
        grants: the roles that specs grant tables to.
    """
    yield _look_at_pooler(subject, connection, url)
    asked = statements(SQL)
    connection.execute(asked["read_as_text"])
    server = connection.execute(asked["server"]).fetchone()
    role = connection.execute(asked["role"]).fetchone()
    if server is None or role is None:  # neither can be: both ask about this session
        return
    number, version, encoding, reads_only, clock = server
    yield _judge(
        subject,
        "version",
        f"PostgreSQL {version}",
        "failed" if number < OLDEST else "ok",
        "Medallion needs PostgreSQL 14 or later",
    )
    yield _judge(
        subject,
        "database",
        f"encoding {encoding}",
        "ok" if encoding == "UTF8" else "failed",
        "texts of every language are stored: make the database with ENCODING 'UTF8'",
    )
    yield _judge(
        subject,
        "database",
        "it only reads" if reads_only else "it reads and writes",
        "failed" if reads_only else "ok",
        "this is a standby: name the primary, or all hosts with target_session_attrs=read-write",
        "SELECT pg_is_in_recovery()",
    )
    yield _judge_clock(subject, (datetime.now(UTC) - clock).total_seconds())
    yield from _judge_role(subject, *role)
    yield _judge_grants(subject, missing_roles(connection, grants), len(grants))


def _look_at_pooler(subject: str, connection: psycopg.Connection, url: str) -> Finding:
    if not is_behind_pooler(connection):
        return _judge(subject, "pooler", "the session is PostgreSQL's own", "ok", "")
    try:
        with connect(url) as second:
            refuse_shared_sessions(connection, second)
    except SetupError as error:
        return _judge(subject, "pooler", error.problem, "failed", str(error.remedy))
    return _judge(
        subject,
        "pooler",
        "a pooler is in between; each session has a server of its own",
        "ok",
        "",
    )


def _judge_clock(subject: str, behind: float) -> Finding:
    differs = abs(behind) > CLOCK_SECONDS
    return _judge(
        subject,
        "clock",
        f"the server's clock differs from this machine's by {abs(behind):.0f} s",
        "warning" if differs else "ok",
        "one of the two is not set by NTP: freshness and intervals go by both",
        "SELECT clock_timestamp()",
    )


def _judge_role(
    subject: str, name: str, is_super: bool, may_create: bool, owns: bool | None
) -> Iterator[Finding]:
    yield _judge(
        subject,
        "rights",
        f"{name} {'may' if may_create else 'may not'} make schemas in this database",
        "ok" if may_create else "failed",
        f"an administrator runs: GRANT CREATE ON DATABASE … TO {name}",
        "SELECT has_database_privilege(current_database(), 'CREATE')",
    )
    if owns is False:
        yield _judge(
            subject,
            "rights",
            f"the registry is not {name}'s",
            "failed",
            "another role has made the schema `medallion`: connect as that one, or have it "
            f"changed: ALTER SCHEMA medallion OWNER TO {name}, and all that is in it",
            r"\dn+ medallion",
        )
    if is_super:
        yield _judge(
            subject,
            "rights",
            f"{name} is a superuser",
            "warning",
            "nothing of Medallion needs one at run time: make a role that owns the database",
        )


def _judge_grants(subject: str, missing: Sequence[str], wanted: int) -> Finding:
    if not missing:
        return _judge(subject, "roles", f"all {wanted} roles that specs name are there", "ok", "")
    return _judge(
        subject,
        "roles",
        f"specs grant tables to roles that do not exist: {', '.join(missing)}",
        "failed",
        "an administrator makes them: python -m medallion.cli roles",
        r"\du",
    )


def _judge(
    subject: str, layer: str, says: str, verdict: Verdict, cause: str, confirm: str = ""
) -> Finding:
    is_ok = verdict == "ok"
    return Finding(
        subject=subject,
        layer=layer,
        verdict=verdict,
        says=says,
        cause="" if is_ok else cause,
        confirm="" if is_ok else confirm,
    )
