"""dlt loads the untidy CSV into PostgreSQL: with its defaults, or in the fastest way it documents.

DuckDB reads the file into Arrow batches (`read_csv_duckdb`), and dlt loads them with its defaults.
Tuned, dlt hands them on as Parquet, of which ADBC copies several files at once ("Fast loading with
Arrow tables and Parquet"). Nothing is cleaned: money stays text with its currency sign, texts keep
their blanks.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from bench.child import age_s, answer, arguments, peak_rss_mib
from bench.warehouse import url

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
import psycopg
from dlt.sources.filesystem import filesystem, read_csv_duckdb
from psycopg import sql

BATCH_ROWS = 100_000
DATASET = "dlt_orders"


def main() -> None:
    imports, given = age_s(), arguments()
    if given["tuned"]:
        # Several files are loaded at once: its documentation's advice for large tables.
        os.environ["DATA_WRITER__FILE_MAX_ITEMS"] = "250000"
    with psycopg.connect(url()) as connection:
        connection.execute(
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(DATASET))
        )
    with tempfile.TemporaryDirectory(dir=given["folder"]) as folder:
        began = time.perf_counter()
        pipeline = dlt.pipeline(
            pipeline_name="orders",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(url()),
            dataset_name=DATASET,
        )
        file = Path(given["folder"]) / given["file"]
        files = filesystem(bucket_url=file.parent.as_uri(), file_glob=file.name)
        batches = files | read_csv_duckdb(chunk_size=BATCH_ROWS, use_pyarrow=True)
        load = pipeline.run(
            batches.with_name("orders"),
            write_disposition="replace",
            loader_file_format="parquet" if given["tuned"] else None,
        )
        seconds = time.perf_counter() - began
        load.raise_on_failed_jobs()
    with psycopg.connect(url()) as connection:
        table = sql.Identifier(DATASET, "orders")
        count = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    answer(seconds=seconds, imports=imports, rows=count[0] if count else 0, peak_mib=peak_rss_mib())


if __name__ == "__main__":
    main()
