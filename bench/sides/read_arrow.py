"""A published table, whole: by the client, in its batches, or by ADBC itself."""

from __future__ import annotations

import time

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa  # noqa: F401  # before the clock starts

from bench.child import answer, arguments, peak_rss_mib
from medallion.client import connect


def main() -> None:
    given = arguments()
    began = time.perf_counter()
    rows = READS[given["by"]](given["reader"], given["table"])
    answer(seconds=time.perf_counter() - began, rows=rows, peak_mib=peak_rss_mib())


def by_client(url: str, table: str) -> int:
    return int(connect(url).read(table, "arrow").num_rows)


def by_batches(url: str, table: str) -> int:
    with connect(url).table(table).batches() as batches:
        return sum(batch.num_rows for batch in batches)


def by_adbc(url: str, table: str) -> int:
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  # ours
        return int(cursor.fetch_arrow_table().num_rows)


READS = {"client": by_client, "batches": by_batches, "adbc": by_adbc}

if __name__ == "__main__":
    main()
