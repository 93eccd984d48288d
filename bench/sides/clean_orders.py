"""Landed CSV → cleaned → staged, by Medallion's own step; its time and its peak of memory."""

from __future__ import annotations

import time

import duckdb  # noqa: F401
import pgpq  # noqa: F401  # imports are not what is measured
import psycopg
import pyarrow  # noqa: F401
import sqlglot  # noqa: F401

from bench.child import answer, arguments, peak_rss_mib
from bench.sides.orders_run import ORDERS, clean_step, cleaned, context
from bench.warehouse import url
from medallion.publish.relations import identifier
from medallion.steps.clean import step as clean
from medallion.warehouse.registry import records as registry


def main() -> None:
    given = arguments()
    surroundings, step = context(given, "orders.clean"), clean_step(given)
    staging = ORDERS.staging(surroundings.run_key)
    with psycopg.connect(url()) as connection:
        connection.execute(psycopg.sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(staging)))
    before = peak_rss_mib()
    began = time.perf_counter()
    result = clean.run(step, surroundings)
    seconds = time.perf_counter() - began
    with psycopg.connect(url()) as connection:  # a gate asks for it, and no clock runs here
        registry.ensure(connection)
        registry.record_task(connection, surroundings.run, cleaned(result.rows_out))
    answer(
        seconds=seconds, rows=result.rows_out, aside=result.rows_quarantined,
        table=str(staging), peak_mib=peak_rss_mib(), peak_mib_before=before,
    )  # fmt: skip


if __name__ == "__main__":
    main()
