"""What the registry knows of a domain as a whole: what it costs, and who reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row, dict_row

from medallion.names import Layer, PublishedTable
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/domain.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineCost:
    """What a pipeline took in some time. `requests`: None where its sources make none."""

    dag_id: str
    runs: int
    tasks: int
    failed: int
    seconds: float
    rows: int
    bytes_landed: int
    requests: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBytes:
    """What is on disk now: landings in the lake, versions with their indexes in the warehouse."""

    lake: int
    warehouse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A role (`grants`) or a domain (`share_with`) that may read a table, and since when."""

    table: PublishedTable
    kind: str
    reader: str
    since: datetime


def costs(session: Session, dag_ids: Sequence[str], since: timedelta) -> list[PipelineCost]:
    """What some pipelines took lately, the dearest first."""
    with session.cursor(row_factory=class_row(PipelineCost)) as cursor:
        asked = {"dag_ids": list(dag_ids), "since": since}
        return cursor.execute(statements(SQL)["cost"], asked).fetchall()


def count_kept_bytes(session: Session, domain: str) -> KeptBytes:
    """What a domain has on disk now."""
    row = session.execute(statements(SQL)["kept_bytes"], {"domain": domain}).fetchone()
    lake, warehouse = row or (0, 0)
    return KeptBytes(lake=lake, warehouse=warehouse)


def readers(session: Session, domain: str) -> list[Reader]:
    """Who may read which table of a domain, as of its last publication."""
    with session.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements(SQL)["readers"], {"domain": domain}).fetchall()
    return [
        Reader(
            table=PublishedTable(layer=Layer(row["layer"]), domain=domain, name=row["table_name"]),
            kind=row["kind"],
            reader=row["reader"],
            since=row["since"],
        )
        for row in rows
    ]
