"""Which environments there are, what production has published, and what of it an environment may
take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row, dict_row

from medallion.names import Layer, PublishedTable, TableName
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "environments/environments.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRecord:
    """An environment that there is. `domains`: production's names. Times in UTC."""

    name: str
    role: str
    domains: Sequence[str]
    made_by: str
    made_at: datetime
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What readers of production have of a table. `fingerprint`: empty where it was published
    before that was kept."""

    fingerprint: str
    interval_start: datetime
    interval_end: datetime
    load_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A landing of production whose files are there."""

    uri: str
    run_id: str
    extracted_at: datetime


def environments(connection: Session) -> Sequence[EnvironmentRecord]:
    """All of them, by name."""
    with connection.cursor(row_factory=class_row(EnvironmentRecord)) as cursor:
        return cursor.execute(statements(SQL)["all"]).fetchall()


def list_landed(connection: Session, domain: str) -> Sequence[str]:
    """The datasets of an environment's domain that have landings which are not deleted."""
    rows = connection.execute(statements(SQL)["landed"], {"domain": domain}).fetchall()
    return [name for (name,) in rows]


def find_environment(connection: Session, name: str) -> EnvironmentRecord | None:
    """The one of a name; None: there is none."""
    with connection.cursor(row_factory=class_row(EnvironmentRecord)) as cursor:
        return cursor.execute(statements(SQL)["one"], {"name": name}).fetchone()


def has_own_rows(connection: Session, record: EnvironmentRecord) -> bool:
    """Whether an environment has tables or landings of its own, and not only views."""
    asked = {"name": record.name, "role": record.role}
    row = connection.execute(statements(SQL)["holds_rows"], asked).fetchone()
    return bool(row and row[0])


def find_unused_environments(connection: Session, age: timedelta) -> Sequence[EnvironmentRecord]:
    """Those in which nothing has run for so long."""
    with connection.cursor(row_factory=class_row(EnvironmentRecord)) as cursor:
        return cursor.execute(statements(SQL)["unused"], {"age": age}).fetchall()


def hold_environment(connection: Session, name: str) -> bool:
    """Take the environment for this session, as long as it lasts; False: another one has it."""
    row = connection.execute(statements(SQL)["try_to_hold"], {"name": name}).fetchone()
    return bool(row and row[0])


def share_environment(connection: Session, name: str) -> bool:
    """Work in the environment beside others that share it, as long as the session lasts; False: one
    that does not share has it."""
    row = connection.execute(statements(SQL)["try_to_share"], {"name": name}).fetchone()
    return bool(row and row[0])


def wait_for_turn(connection: Session, name: str) -> None:
    """Wait until no other session that shares the environment changes what is in it; the turn
    lasts as long as the session."""
    connection.execute(statements(SQL)["wait_for_turn"], {"name": name})


def read_published(connection: Session) -> Mapping[PublishedTable, Published]:
    """What production has published: each table that readers have."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements(SQL)["published"]).fetchall()
    return {
        PublishedTable(layer=Layer(row["layer"]), domain=row["domain"], name=row["table_name"]): (
            Published(
                fingerprint=row["fingerprint"],
                interval_start=row["interval_start"],
                interval_end=row["interval_end"],
                load_id=row["load_id"],
            )
        )
        for row in rows
    }


def find_landing(
    connection: Session,
    table: PublishedTable,
    source_fingerprint: str,
    interval_start: datetime,
    interval_end: datetime,
) -> Landing | None:
    """The landing of production that another extraction of the same source over the same interval
    would repeat; None: the source has to be asked.

    Args:
        table: of production.
        source_fingerprint: of the plan that is run.
        interval_start, interval_end: of its run.
    """
    asked = {
        **table.key(),
        "source_fingerprint": source_fingerprint,
        "interval_start": interval_start,
        "interval_end": interval_end,
    }
    with connection.cursor(row_factory=class_row(Landing)) as cursor:
        return cursor.execute(statements(SQL)["landing"], asked).fetchone()


def tables_in(connection: Session, schemas: Sequence[str]) -> Sequence[tuple[PublishedTable, bool]]:
    """The tables that an environment's schemas show, each with whether it is a view on
    production's."""
    rows = connection.execute(statements(SQL)["tables"], {"schemas": list(schemas)}).fetchall()
    return [
        (PublishedTable.of(TableName(schema, name)), bool(is_view))
        for schema, name, is_view in rows
    ]
