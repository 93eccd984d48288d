"""Of a copied table, the rows that one run has staged."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg

from medallion.names import TableName
from medallion.warehouse.tables.copied import keep_rows_of_run

DAY = datetime(2026, 1, 2, tzinfo=UTC)


def test_a_history_keeps_what_holds_and_an_append_its_interval(module_warehouse_db: str) -> None:
    with psycopg.connect(module_warehouse_db) as target:
        target.execute(
            "CREATE SCHEMA s"
            " CREATE TABLE plain (a int)"
            " CREATE TABLE history (a int, _valid_to timestamptz)"
            " CREATE TABLE log (a int, _data_interval_end timestamptz)"
        )
        target.execute("INSERT INTO s.plain VALUES (1), (2)")
        target.execute("INSERT INTO s.history VALUES (1, NULL), (2, now())")
        target.execute(
            "INSERT INTO s.log VALUES (1, '2026-01-02Z'), (2, '2026-01-01Z'), (3, '2026-01-02Z')"
        )
        for table, end, left in (
            ("plain", DAY, [1, 2]),
            ("history", None, [1]),
            ("log", None, [1, 2, 3]),
            ("log", DAY, [1, 3]),
        ):
            keep_rows_of_run(target, TableName("s", table), end)
            rows = target.execute(f"SELECT a FROM s.{table} ORDER BY 1").fetchall()
            assert [a for (a,) in rows] == left, table
        target.rollback()
