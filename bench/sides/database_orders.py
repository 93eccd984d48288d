"""A table of orders to a staging table: by Medallion's land and clean steps, or by two COPYs."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi  # noqa: F401
import duckdb  # noqa: F401
import pgpq  # noqa: F401  # imports are not what is measured
import psycopg
import pyarrow.parquet  # noqa: F401
import sqlglot  # noqa: F401
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bench.child import answer, arguments, peak_rss_mib
from bench.orders import COLUMNS
from bench.sides import orders_run
from bench.sides.orders_run import ORDERS
from bench.warehouse import source_url, url
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.names import TableName
from medallion.plan.model import CleanStep, LandStep
from medallion.publish.relations import identifier
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.source import DatabaseSource
from medallion.steps.clean import step as clean
from medallion.steps.land import step as land
from medallion.warehouse.session.reuse import reuse_connections
from medallion.warehouse.tables.staging import create_staging

SOURCE, TARGET = "source_orders", TableName("public", "copied_source_orders")
CHUNK = 1024 * 1024


def main() -> None:
    given = arguments()
    seconds, rows = _by_medallion(given) if given["by"] == "medallion" else _by_copy(given)
    answer(seconds=seconds, rows=rows, peak_mib=peak_rss_mib())


def _by_medallion(given: dict[str, Any]) -> tuple[float, int]:
    found = conninfo_to_dict(source_url())
    details = ConnectionDetails(
        conn_id="source", conn_type="postgres", host=str(found["host"]),
        port=int(str(found["port"])), schema=str(found["dbname"]), login=str(found["user"]),
        password=str(found["password"]),
    )  # fmt: skip
    source = DatabaseSource(type="database", conn_id="source", table=SOURCE)
    columns = {
        name: ColumnSpec(type=str(spec["type"]), nullable=bool(spec.get("nullable", False)))
        for name, spec in COLUMNS.items()
    }
    context = replace(
        orders_run.context(given, "orders.land"), connection={"source": details}.__getitem__
    )
    shutil.rmtree(Path(given["lake"]), ignore_errors=True)
    _drop(ORDERS.staging(context.run_key))
    began = time.perf_counter()
    with reuse_connections():  # each is a task, and a task's transactions share one
        land.run(LandStep(table=ORDERS, source=source), context)
    step = CleanStep(table=ORDERS, columns=columns, primary_key=(), logged=True)
    with reuse_connections():
        result = clean.run(step, context)
    seconds = time.perf_counter() - began
    _drop(ORDERS.staging(context.run_key))
    return seconds, result.rows_out


def _by_copy(given: dict[str, Any]) -> tuple[float, int]:
    columns = orders_run.staging_columns({"keyed": False})
    own = [column for column in columns if not column.name.startswith("_")]
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in own)
    out = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT csv)").format(sql.Identifier(SOURCE), names)
    into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, FREEZE)").format(identifier(TARGET), names)
    file = Path(given["folder"]) / "copied.csv"
    _drop(TARGET)
    began = time.perf_counter()
    with (
        psycopg.connect(source_url()) as origin,
        origin.cursor() as cursor,
        file.open("wb") as target,
        cursor.copy(out) as copy,
    ):
        for chunk in copy:
            target.write(chunk)
    with psycopg.connect(url()) as connection, connection.cursor() as cursor:
        create_staging(connection, TARGET, own, logged=True)
        with file.open("rb") as source, cursor.copy(into) as copy:
            while chunk := source.read(CHUNK):
                copy.write(chunk)
        rows = cursor.rowcount
    seconds = time.perf_counter() - began
    file.unlink()
    return seconds, rows


def _drop(table: TableName) -> None:
    with psycopg.connect(url()) as connection:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))


if __name__ == "__main__":
    main()
