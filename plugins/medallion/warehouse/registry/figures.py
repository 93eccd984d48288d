"""Figures that are kept as things happen, each in the transaction of what it counts.

Counters are totals of all time: they keep counting what retention deletes. Sizes are counted again
by whoever changes them, so that asking costs one row per table.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

import psycopg

from medallion.names import PublishedTable
from medallion.publish.relations import identifier
from medallion.run import Run
from medallion.warehouse.session.statements import statements

SQL = "registry/figures.sql"

SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 10800.0, float("inf"))
"""The upper ends of the ranges by which durations of tasks are counted."""


def count_publication(connection: psycopg.Connection, values: Mapping[str, object]) -> None:
    """Add a publication's rows to its table's totals; `values` are those of its own row."""
    connection.execute(statements(SQL)["count_publication"], values)


def count_checks(
    connection: psycopg.Connection, gate: Mapping[str, object], table: Mapping[str, object]
) -> None:
    """Add what a gate has just recorded.

    Args:
        gate: its dag_id, run_id and task_id.
        table: the layer, domain and table_name that it judged.
    """
    named = statements(SQL)
    connection.execute(named["forget_latest_checks"], table)
    connection.execute(named["count_checks"], gate)


def count_task(
    connection: psycopg.Connection, run: Run, step: str, status: str, seconds: float
) -> None:
    """Add one try of a task."""
    connection.execute(
        statements(SQL)["count_task"],
        {
            "dag_id": run.dag_id,
            "step": step,
            "status": status,
            "seconds": seconds,
            "at_most": SECONDS[bisect_left(SECONDS, seconds)],
        },
    )


def keep_lake_bytes(connection: psycopg.Connection, load_id: int) -> None:
    """Sum up what the landings of a load's dataset take in the lake."""
    connection.execute(statements(SQL)["keep_lake_bytes"], {"load_id": load_id})


def keep_open_rows(connection: psycopg.Connection, table: PublishedTable) -> None:
    """Count the open rows of a table's quarantine, which is there. An index has them alone."""
    query = statements(SQL)["count_open_rows"].format(quarantine=identifier(table.quarantine))
    row = connection.execute(query).fetchone()
    connection.execute(
        statements(SQL)["keep_open_rows"],
        {
            "layer": str(table.layer),
            "domain": table.domain,
            "table_name": table.name,
            "open_rows": int(row[0]) if row else 0,
        },
    )
