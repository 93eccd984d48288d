"""What the registry knows of landings and publications, for who compares it with the lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from medallion.names import PublishedTable
from medallion.publish.dispositions import DISPOSITIONS
from medallion.run import Run
from medallion.warehouse.session.statements import statements

SQL = "registry/known.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLanding:
    """A landing that was complete. Its files are there unless retention has taken them: then
    `is_kept` is false. `is_published`: rows of it were."""

    dag_id: str
    run_id: str
    interval_start: datetime
    interval_end: datetime
    uri: str
    records: int
    is_kept: bool
    is_published: bool

    @property
    def run(self) -> Run:
        """The run that made it."""
        return Run(
            dag_id=self.dag_id,
            run_id=self.run_id,
            interval_start=self.interval_start,
            interval_end=self.interval_end,
        )


def list_known_landings(
    connection: psycopg.Connection, table: PublishedTable
) -> list[KnownLanding]:
    """Every landing of a dataset that the registry has, the oldest interval first."""
    with connection.cursor(row_factory=class_row(KnownLanding)) as cursor:
        return cursor.execute(statements(SQL)["landings"], table.key()).fetchall()


def list_known_publications(
    connection: psycopg.Connection, table: PublishedTable
) -> set[tuple[str, str, str]]:
    """DAG, run and digest of every publication of a table that the registry has."""
    rows = connection.execute(statements(SQL)["publications"], table.key()).fetchall()
    return {(dag_id, run_id, digest) for dag_id, run_id, digest in rows}


def find_overtaking_publication(
    connection: psycopg.Connection, table: PublishedTable, run: Run, published_at: datetime
) -> str:
    """The run that has published since what a run had published, or more; empty: none has."""
    asked = {
        **table.key(),
        "published_at": published_at,
        "interval_end": run.interval_end,
        "of_whole_tables": [one.name for one in DISPOSITIONS.values() if one.moves_staging],
    }
    row = connection.execute(statements(SQL)["overtaken_by"], asked).fetchone()
    return str(row[0]) if row else ""
