"""The gate of the staged orders: by Medallion's step, by GX called directly, or by SQL."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from bench import expectations
from bench.child import answer, arguments, in_fork
from bench.orders import COLUMNS
from bench.sides.orders_run import ORDERS, context
from bench.warehouse import url
from medallion.names import Layer, TableName
from medallion.plan.model import GateStep
from medallion.steps.gate import step as gate
from medallion.steps.preload import preload, settle
from medallion.warehouse.session.reuse import reuse_connections


def main() -> None:
    given = arguments()
    preload()  # imports are not what is measured, on no side
    side = {"medallion": _medallion, "gx": _gx, "sql": _sql}[given["by"]]
    if given["forked"]:
        settle()
    found = in_fork(lambda: _timed(side, given)) if given["forked"] else _timed(side, given)
    answer(**found)


def _timed(side: Any, given: dict[str, Any]) -> dict[str, Any]:
    bounds = expectations.TWO_FAIL if given["failing"] else expectations.ALL_PASS
    began = time.perf_counter()
    failed = side(given, bounds)
    seconds = time.perf_counter() - began
    if failed != (2 if given["failing"] else 0):
        raise SystemExit(f"{given['by']} found {failed} failing checks")
    return {"seconds": seconds}


def _medallion(given: dict[str, Any], bounds: dict[str, int]) -> int:
    checks = expectations.planned(bounds, tuple(COLUMNS))
    step = GateStep(layer=Layer.SILVER, table=ORDERS, checks=checks)
    with reuse_connections():  # as a task's transactions do
        result = gate.run(step, context(given, "orders.gate_silver"))
    if result.details["checks"] != len(checks):
        raise SystemExit(f"the gate gave {result.details}")
    return int(str(result.details.get("warned", 0)))


def _gx(given: dict[str, Any], bounds: dict[str, int]) -> int:
    import great_expectations as gx

    staging = _staging(given)
    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_postgres(
        "warehouse",
        connection_string=url().replace("postgresql://", "postgresql+psycopg2://"),
    )
    asset = source.add_table_asset("orders", table_name=staging.table, schema_name=staging.schema)
    batch = asset.add_batch_definition_whole_table("whole")
    suite = context.suites.add(
        gx.ExpectationSuite("orders", expectations=expectations.of_gx(bounds))
    )
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="orders", data=batch, suite=suite)
    )
    results = definition.run().results
    if len(results) != 8:
        raise SystemExit(f"{len(results)} results")
    return sum(not result.success for result in results)


def _sql(given: dict[str, Any], bounds: dict[str, int]) -> int:
    failed = 0
    with psycopg.connect(url()) as connection:
        for query, values in expectations.of_sql(_staging(given), bounds):
            row = connection.execute(query, values).fetchone()
            failed += sum(not verdict for verdict in row or [False])
    return failed


def _staging(given: dict[str, Any]) -> TableName:
    return ORDERS.staging(context(given, "orders.gate_silver").run_key)


if __name__ == "__main__":
    main()
