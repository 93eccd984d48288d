"""What is open in quarantine, by the run that it came from, and what has become of that run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from medallion.errors import WarehouseUnavailable
from medallion.names import PublishedTable
from medallion.publish.dispositions import DISPOSITIONS
from medallion.publish.relations import identifier
from medallion.run import Run
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import autocommit_session

_OPEN = """
SELECT dag_id, run_id, min(data_interval_start) AS interval_start,
       max(data_interval_end) AS interval_end, count(*) AS rows,
       min(quarantined_at) AS oldest
FROM {} WHERE replayed_at IS NULL
GROUP BY dag_id, run_id ORDER BY interval_end, run_id
"""

_LAST = """
SELECT max(publication_id) FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND dag_id = %(dag_id)s AND run_id = %(run_id)s
"""

_OVERTAKEN = """
SELECT run_id FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND (dag_id, run_id) <> (%(dag_id)s, %(run_id)s)
  AND (publication_id > %(publication_id)s AND data_interval_end = %(interval_end)s
       OR is_current AND write_disposition = ANY(%(of_whole_tables)s))
ORDER BY publication_id DESC LIMIT 1
"""

_REPLAYED_AT = """
SELECT max(p.published_at) FROM medallion.publications AS p
WHERE p.publication_id IN (SELECT replayed_by FROM {})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRun:
    """A run that has open rows in a table's quarantine. Of its spec nothing is known here."""

    run: Run
    rows: int
    oldest: datetime


def open_runs(connection: psycopg.Connection, table: PublishedTable) -> list[QuarantinedRun]:
    """The runs with open rows, the oldest data interval first."""
    if not columns_of(connection, table.quarantine):
        return []
    query = sql.SQL(_OPEN).format(identifier(table.quarantine))
    return [
        QuarantinedRun(
            run=Run(dag_id=dag_id, run_id=run_id, interval_start=start, interval_end=end),
            rows=rows,
            oldest=oldest,
        )
        for dag_id, run_id, start, end, rows, oldest in connection.execute(query).fetchall()
    ]


def left_and_open(
    connection: psycopg.Connection, table: PublishedTable, run: Run, publication_id: int
) -> tuple[int, int]:
    """Of a run, the rows that left quarantine by a publication, and those that are open now."""
    row = connection.execute(
        sql.SQL(
            "SELECT count(*) FILTER (WHERE replayed_by = %s),"
            " count(*) FILTER (WHERE replayed_at IS NULL) FROM {} WHERE dag_id = %s AND run_id = %s"
        ).format(identifier(table.quarantine)),
        [publication_id, run.dag_id, run.run_id],
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def last_publication(connection: psycopg.Connection, table: PublishedTable, run: Run) -> int:
    """The number of the latest publication of a table by a run; 0: there is none."""
    row = connection.execute(
        _LAST, {**key_of(table), "dag_id": run.dag_id, "run_id": run.run_id}
    ).fetchone()
    return int(row[0] or 0) if row else 0


def overtaken_by(
    connection: psycopg.Connection, table: PublishedTable, run: Run, publication_id: int
) -> str | None:
    """The run that has brought the same data interval since a publication, or the table whole.

    What the earlier run had quarantined is obsolete then: the other one has read it again.
    """
    values = {
        **key_of(table),
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "interval_end": run.interval_end,
        "publication_id": publication_id,
        "of_whole_tables": [d.name for d in DISPOSITIONS.values() if d.moves_staging],
    }
    row = connection.execute(_OVERTAKEN, values).fetchone()
    return str(row[0]) if row else None


def last_replay(connection: psycopg.Connection, table: PublishedTable) -> datetime | None:
    """When rows last left quarantine into the published table."""
    if not columns_of(connection, table.quarantine):
        return None
    query = sql.SQL(_REPLAYED_AT).format(identifier(table.quarantine))
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def run_of(connection: psycopg.Connection, publication_id: int, spec_digest: str) -> Run:
    """The run that a publication was made by."""
    row = connection.execute(
        "SELECT dag_id, run_id, data_interval_start, data_interval_end"
        " FROM medallion.publications WHERE publication_id = %s",
        [publication_id],
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
    """The number of a task's next try in a run."""
    row = connection.execute(
        "SELECT max(try_number) FROM medallion.task_runs"
        " WHERE dag_id = %s AND run_id = %s AND task_id = %s",
        [run.dag_id, run.run_id, task_id],
    ).fetchone()
    return int(row[0] or 0) + 1 if row else 1


@contextmanager
def one_replay_at_a_time(url: str, table: PublishedTable) -> Iterator[None]:
    """A lock of the session, not of a transaction: a replay is many transactions, over hours.

    PostgreSQL releases it when the process dies. It does not wait: two replays of one table would
    do the same twice, so the second one is refused at once.

    Raises:
        WarehouseUnavailable: another replay of this table is going on.
    """
    with autocommit_session(url, f"replaying {table.public}") as connection:
        row = connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended('medallion.replay ' || %s, 0))",
            [str(table.public)],
        ).fetchone()
        if not (row and row[0]):
            raise WarehouseUnavailable(
                f"another replay of {table.public} is going on",
                remedy="wait until it has ended, and look at what is left in quarantine",
            )
        yield


def key_of(table: PublishedTable) -> dict[str, object]:
    """How the registry's tables name a table."""
    return {"layer": str(table.layer), "domain": table.domain, "table_name": table.name}
