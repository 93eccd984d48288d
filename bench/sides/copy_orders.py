"""The limit: psycopg's COPY of a file that is clean already, into the same kind of table."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
from psycopg import sql

from bench.child import answer, arguments, peak_rss_mib
from bench.sides.orders_run import primary_key, staging_columns
from bench.warehouse import url
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.tables.primary_key import add_primary_key
from medallion.warehouse.tables.staging import create_staging

TABLE = TableName("public", "copied_orders")
CHUNK = 1024 * 1024


def main() -> None:
    given = arguments()
    with psycopg.connect(url()) as connection:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(TABLE)))
    copied = [c.name for c in staging_columns(given) if c.default is None]
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, HEADER, FREEZE)").format(
        identifier(TABLE), sql.SQL(", ").join(map(sql.Identifier, copied))
    )
    began = time.perf_counter()
    with psycopg.connect(url()) as connection:
        create_staging(connection, TABLE, staging_columns(given), logged=given["logged"])
        with connection.cursor() as cursor:
            with Path(given["clean"]).open("rb") as source, cursor.copy(command) as copy:
                while chunk := source.read(CHUNK):
                    copy.write(chunk)
            rows = cursor.rowcount
        connection.commit()
        add_primary_key(connection, TABLE, primary_key(given))
    seconds = time.perf_counter() - began
    answer(seconds=seconds, rows=rows, table=str(TABLE), peak_mib=peak_rss_mib())


if __name__ == "__main__":
    main()
