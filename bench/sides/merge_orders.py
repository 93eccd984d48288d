"""A staged interval of orders merged into the published ones: by the publish step, or by SQL."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from bench.child import answer, arguments
from bench.sides import orders_run
from bench.sides.orders_run import ORDERS
from bench.warehouse import url
from medallion.lake.manifest import Manifest, PartInfo
from medallion.names import TableName
from medallion.plan.model import PublishStep
from medallion.publish.declaration import GuardSpec
from medallion.publish.dispositions import DISPOSITIONS
from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.steps.context import StepContext
from medallion.steps.publish import step as publish
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.schemas import ensure_schemas

START = datetime(2026, 1, 1, tzinfo=UTC)
TARGET = TableName("public", "merged_orders")
STAGED = TableName("public", "staged_orders")
COLUMNS = ("order_id", "customer", "email", "ordered_on", "sent_at", "amount", "weight", "quantity",
           "note")  # fmt: skip

_ORDERS = """
CREATE UNLOGGED TABLE {table} AS
SELECT i::bigint AS order_id, 'Customer ' || i % 9973 AS customer,
       'customer' || i || '@mail.fr' AS email, DATE '2024-01-01' + (i % 730)::int AS ordered_on,
       TIMESTAMP '2024-01-01' + (i % 63072000) * INTERVAL '1 second' AS sent_at,
       ((i * 7919 + {interval}) % 100000000 / 100.0)::numeric(18,2) AS amount,
       (i % 90000 / 1000.0)::numeric(10,3) AS weight, (i % 40 + 1)::int AS quantity,
       'Leave it with no. ' || i % 97 AS note,
       {load}::bigint AS _load_id, 0 AS _bronze_part, i::bigint AS _bronze_record
FROM generate_series({first}::bigint, {first} + {rows} - 1) AS s(i)
"""
_MERGE = """
MERGE INTO {target} AS t USING {staged} AS s ON t.order_id = s.order_id
WHEN MATCHED AND {end} >= t._data_interval_end THEN UPDATE SET {changes}, _data_interval_end = {end}
WHEN NOT MATCHED THEN INSERT ({names}, _data_interval_end) VALUES ({values}, {end})
"""


def main() -> None:
    given = arguments()
    seconds = {"medallion": _medallion, "sql": _sql}[given["by"]](given)
    answer(seconds=seconds)


def _stage(
    connection: psycopg.Connection, table: TableName, given: dict[str, Any], load: int
) -> None:
    """A staged table as the clean and gate steps leave it."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))
    connection.execute(
        sql.SQL(_ORDERS).format(
            table=identifier(table), interval=given["interval"], load=load, first=given["first"],
            rows=given["rows"],
        )
    )  # fmt: skip
    connection.execute(sql.SQL("CREATE UNIQUE INDEX ON {} (order_id)").format(identifier(table)))
    connection.execute(sql.SQL("ANALYZE {}").format(identifier(table)))


def _medallion(given: dict[str, Any]) -> float:
    context = _context(given)
    run = context.run
    with connect(url()) as connection:
        registry.ensure(connection)
        ensure_schemas(connection, ORDERS)
        load = registry.open_load(connection, run, ORDERS)
        registry.close_load(connection, _manifest(given, context, load))
        _stage(connection, ORDERS.staging(context.run_key), given, load)
        registry.record_task(connection, run, orders_run.cleaned(given["rows"]))
    step = PublishStep(
        table=ORDERS, write_disposition=DISPOSITIONS["merge"], primary_key=("order_id",),
        guard=GuardSpec(), keep_versions=3, grants=(), description="", column_descriptions={},
    )  # fmt: skip
    began = time.perf_counter()
    publish.run(step, context)
    return time.perf_counter() - began


def _sql(given: dict[str, Any]) -> float:
    names = (*COLUMNS, "_load_id", "_bronze_part", "_bronze_record")
    end = sql.Literal(START + timedelta(days=given["interval"] + 1))
    with psycopg.connect(url()) as connection:
        _stage(connection, STAGED, given, 1)
        if not given["interval"]:
            connection.execute(
                sql.SQL(
                    "DROP TABLE IF EXISTS {target}; CREATE TABLE {target} AS"
                    " SELECT *, {end} AS _data_interval_end FROM {staged};"
                    " CREATE UNIQUE INDEX ON {target} (order_id)"
                ).format(target=identifier(TARGET), staged=identifier(STAGED), end=end)
            )
            return 0.0
        connection.commit()
        began = time.perf_counter()
        connection.execute(
            sql.SQL(_MERGE).format(
                target=identifier(TARGET),
                staged=identifier(STAGED),
                end=end,
                changes=sql.SQL(", ").join(
                    sql.SQL("{n} = s.{n}").format(n=sql.Identifier(n)) for n in names[1:]
                ),
                names=sql.SQL(", ").join(map(sql.Identifier, names)),
                values=sql.SQL(", ").join(sql.Identifier("s", n) for n in names),
            )
        )
        connection.execute(sql.SQL("DROP TABLE {}").format(identifier(STAGED)))
        connection.commit()
        return time.perf_counter() - began


def _context(given: dict[str, Any]) -> StepContext:
    start = START + timedelta(days=given["interval"])
    common = {"run_id": f"merge_{given['interval']}", "folder": ".", "lake": ""}
    context = orders_run.context(common, "orders.publish")
    return replace(
        context,
        run=replace(context.run, interval_start=start, interval_end=start + timedelta(days=1)),
    )


def _manifest(given: dict[str, Any], context: StepContext, load: int) -> Manifest:
    return Manifest(
        uri="/lake/orders", dataset="orders", load_id=load, run=context.run,
        extracted_at=datetime.now(UTC), source={"type": "file"},
        layout=RecordLayout(format="csv"),
        parts=(PartInfo(name="a.csv", sha256="0" * 64, bytes=1, records=given["rows"]),),
    )  # fmt: skip


if __name__ == "__main__":
    main()
