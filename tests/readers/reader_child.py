"""A reader of lake tables in a process of its own, in the environment that has it. It takes tables
from its input, one a line of JSON, and says in which file of Arrow it has put the rows.

    python -m tests.readers.reader_child duckdb|clickhouse|spark FOLDER
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.readers.iceberg_jars import find_jars

EXTENSIONS = ("avro", "delta", "iceberg")
Read = Callable[[str, str, "int | None"], pa.Table]


def read_by_duckdb() -> Read:
    """DuckDB's own extensions, which it loads by its makers' signature alone: without leave to load
    others, a file that somebody has changed is refused."""
    duckdb: Any = importlib.import_module("duckdb")
    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    for name in EXTENSIONS:
        package = importlib.import_module(f"duckdb_extension_{name}")
        (file,) = Path(str(package.__file__)).parent.rglob("*.duckdb_extension")
        connection.execute(f"LOAD '{file}'")
    connection.execute("SET timezone = 'UTC'")

    def read(kind: str, where: str, version: int | None) -> pa.Table:
        chosen = {"delta": "version", "iceberg": "snapshot_from_id"}[kind]
        of_then = "" if version is None else f", {chosen} := {version}"
        return connection.sql(
            f"SELECT * FROM {kind}_scan(?{of_then})", params=[where]
        ).to_arrow_table()

    return read


def read_by_clickhouse() -> Read:
    """ClickHouse as a library. Of Delta it has two readers: one of its own (`delta`), and the Delta
    project's (`delta_kernel`), which delta-rs and DuckDB stand on too."""
    os.chdir("/")  # it reads no file outside of its folder
    session: Any = importlib.import_module("chdb.session").Session()

    def read(kind: str, where: str, version: int | None) -> pa.Table:
        function = "icebergLocal" if kind == "iceberg" else "deltaLakeLocal"
        settings = ["output_format_arrow_string_as_string = 0"]
        if function == "deltaLakeLocal":
            settings.append(f"allow_experimental_delta_kernel_rs = {int(kind == 'delta_kernel')}")
        if version is not None:
            settings.append(f"iceberg_snapshot_id = {version}")
        asked = f"SELECT * FROM {function}('{where}') SETTINGS {', '.join(settings)}"
        return session.query(asked, "ArrowTable")

    return read


def read_by_spark(folder: Path) -> Read:
    """Spark with Iceberg's own runtime."""
    sql: Any = importlib.import_module("pyspark.sql")
    builder = sql.SparkSession.builder.master("local[1]")
    for key, value in {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.jars": ",".join(map(str, find_jars(folder))),
    }.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()

    def read(kind: str, where: str, version: int | None) -> pa.Table:
        reader = spark.read.format(kind)
        if version is not None:
            reader = reader.option("snapshot-id", version)
        frame = reader.load(where)
        types: Any = importlib.import_module("pyspark.sql.pandas.types")
        return pa.Table.from_batches(frame._collect_as_arrow(), types.to_arrow_schema(frame.schema))

    return read


def say(**answer: str) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main(name: str, folder: Path) -> None:
    """Answer until the input ends."""
    made = {
        "duckdb": read_by_duckdb,
        "clickhouse": read_by_clickhouse,
        "spark": lambda: read_by_spark(folder),
    }
    read = made[name]()
    say(ready=name)
    for number, line in enumerate(sys.stdin):
        asked = json.loads(line)
        try:
            table = read(asked["kind"], asked["where"], asked["version"])
        except Exception as error:  # the test says whether it should have been
            say(error=str(error)[:1000])
            continue
        file = folder / f"{number}.arrow"
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        say(rows=str(file))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
