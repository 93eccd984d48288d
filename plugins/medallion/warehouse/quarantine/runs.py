"""What is open in quarantine by run, and whether a later run has overtaken that run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg

from medallion.errors import WarehouseUnavailable
from medallion.names import PublishedTable
from medallion.publish.dispositions import DISPOSITIONS
from medallion.publish.relations import identifier
from medallion.run import Run
from medallion.warehouse.quarantine.chosen import EVERY, Chosen, which_rows
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import autocommit_session

SQL = "quarantine/runs.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRun:
    """A run that has open rows in a table's quarantine. Its spec is not read here."""

    run: Run
    rows: int
    oldest: datetime


def open_runs(
    connection: psycopg.Connection, table: PublishedTable, chosen: Chosen = EVERY
) -> list[QuarantinedRun]:
    """The runs with open rows, the oldest data interval first: the order in which to replay them.
    Of each, the rows that were chosen are counted."""
    if not columns_of(connection, table.quarantine):
        return []
    query = statements(SQL)["open"].format(table=identifier(table.quarantine), which=which_rows())
    return [
        QuarantinedRun(
            run=Run(dag_id=dag_id, run_id=run_id, interval_start=start, interval_end=end),
            rows=rows,
            oldest=oldest,
        )
        for dag_id, run_id, start, end, rows, oldest in connection.execute(
            query, chosen.values()
        ).fetchall()
    ]


def count_left_and_open(
    connection: psycopg.Connection, table: PublishedTable, run: Run, publication_id: int
) -> tuple[int, int]:
    """A run's rows that left quarantine by this publication, and those still open."""
    row = connection.execute(
        statements(SQL)["left_and_open"].format(identifier(table.quarantine)),
        {"publication_id": publication_id, "dag_id": run.dag_id, "run_id": run.run_id},
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def last_publication(connection: psycopg.Connection, table: PublishedTable, run: Run) -> int:
    """The id of a run's latest publication of a table; 0 if there is none."""
    row = connection.execute(
        statements(SQL)["last_publication"],
        {**table.key(), **run.ids()},
    ).fetchone()
    return int(row[0] or 0) if row else 0


def find_overtaking_run(
    connection: psycopg.Connection, table: PublishedTable, run: Run, publication_id: int
) -> str | None:
    """The run that has since published the same data interval, or the whole table; None if no run
    has.

    The earlier run's quarantined rows are obsolete then: the other run has read them again.
    """
    values = {
        **table.key(),
        **run.ids(),
        "interval_end": run.interval_end,
        "publication_id": publication_id,
        "of_whole_tables": [d.name for d in DISPOSITIONS.values() if d.moves_staging],
    }
    row = connection.execute(statements(SQL)["overtaken_by"], values).fetchone()
    return str(row[0]) if row else None


def last_replay(connection: psycopg.Connection, table: PublishedTable) -> datetime | None:
    """When rows last left quarantine for the published table; None if never."""
    if not columns_of(connection, table.quarantine):
        return None
    query = statements(SQL)["replayed_at"].format(identifier(table.quarantine))
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def run_of(connection: psycopg.Connection, publication_id: int, spec_digest: str) -> Run:
    """The run that made a publication. The registry knows no spec for a replay: the digest is
    given."""
    row = connection.execute(
        statements(SQL)["run_of"], {"publication_id": publication_id}
    ).fetchone()
    assert row is not None  # noqa: S101  # whoever asks has the number from the registry
    dag_id, run_id, start, end = row
    return Run(
        dag_id=dag_id,
        run_id=run_id,
        interval_start=start,
        interval_end=end,
        spec_digest=spec_digest,
    )


def next_try(connection: psycopg.Connection, run: Run, task_id: str) -> int:
    """The number for a task's next try in a run: 1 more than the registry has."""
    row = connection.execute(
        statements(SQL)["last_try"],
        {"dag_id": run.dag_id, "run_id": run.run_id, "task_id": task_id},
    ).fetchone()
    return int(row[0] or 0) + 1 if row else 1


@contextmanager
def one_replay_at_a_time(url: str, table: PublishedTable) -> Iterator[None]:
    """Hold the replay lock of a table. It belongs to the session: a replay is many transactions,
    over hours.

    PostgreSQL releases it when the process dies. It does not wait: a second replay would do the
    same work again.

    Raises:
        WarehouseUnavailable: another replay of this table is running.
    """
    with autocommit_session(url, f"replaying {table.public}") as connection:
        row = connection.execute(
            statements(SQL)["lock_replay"], {"table": str(table.public)}
        ).fetchone()
        if not (row and row[0]):
            raise WarehouseUnavailable(
                f"another replay of {table.public} is running",
                remedy="wait until it has ended, and look at what is left in quarantine",
            )
        yield
