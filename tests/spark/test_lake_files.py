"""The files of published lake tables, as the log or the manifests name them, by Spark's own reader
of Parquet: the types that the format's schema says, and the values that the warehouse has.

Neither Delta's nor Iceberg's library for this Spark is in a package of Python: the log of Delta is
read here by hand.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from tests.readers.all_kinds import (
    DISPOSITIONS,
    make_spec,
    prepare,
    rows_of_reader,
    rows_of_warehouse,
    run_day,
)
from tests.steps.lake_lab import Lab
from tests.steps.test_iceberg_table import open_catalogue

from medallion.names import TableName

TYPES = {
    "n": "bigint", "b": "boolean", "i": "int", "l": "bigint", "r": "float", "d": "double",
    "small": "decimal(8,2)", "half": "decimal(18,4)", "wide": "decimal(38,10)", "t": "string",
    "v": "string", "by": "binary", "day": "date", "at": "timestamp", "seen": "timestamp_ntz",
    "texts": "array<string>", "moments": "array<timestamp>", "days": "array<date>",
    "halves": "array<decimal(18,4)>", "longs": "array<bigint>", "never": "int",
}  # fmt: skip
"""As Spark's own SQL has them."""


@pytest.fixture
def lab(tmp_path: Path, warehouse_db: str) -> Lab:
    lake = f"file://{tmp_path}/lake"
    return prepare(Lab(root=tmp_path / "project", url=warehouse_db, lake=lake, spec=make_spec()))


@pytest.fixture(autouse=True)
def _utc(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.session.timeZone", "UTC")


def files_of_delta(lab: Lab, name: str) -> list[str]:
    """What the log has added and not removed since, in the order of its commits."""
    folder, found = lab.folder("delta") / name, dict[str, None]()
    for commit in sorted(folder.glob("_delta_log/*.json")):
        for action in map(json.loads, commit.read_text().splitlines()):
            if "add" in action:
                found[action["add"]["path"]] = None
            elif "remove" in action:
                found.pop(action["remove"]["path"], None)
    return [str(folder / path) for path in found]


def files_of_iceberg(lab: Lab, name: str) -> list[str]:
    schema = "gold_lab" if name == "types" else "silver_lab"
    table = open_catalogue(lab.url).load_table(f"{schema}.{name}")
    return [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]


FILES = {"delta": files_of_delta, "iceberg": files_of_iceberg}


@pytest.mark.parametrize("kind", FILES)
def test_spark_reads_their_types_and_values(lab: Lab, spark: SparkSession, kind: str) -> None:
    for day in range(2):
        run_day(lab, day)
    for name in ("types", *DISPOSITIONS):
        frame = spark.read.parquet(*FILES[kind](lab, name))
        if name == "types":
            assert dict(frame.dtypes) == TYPES
        schema = "gold_lab" if name == "types" else "silver_lab"
        rows = rows_of_warehouse(lab, TableName(schema, name))
        assert len(rows) >= 3
        # NaN is no NaN, but in words.
        assert repr(rows_of_reader(frame.toArrow())) == repr(rows), name


def test_spark_writes_out_dates_before_1582_as_they_are(lab: Lab, spark: SparkSession) -> None:
    """No Julian calendar: Spark rebases what its version 2 wrote, by a mark in the file."""
    run_day(lab, 0)
    for find in FILES.values():
        frame = spark.read.parquet(*find(lab, "types"))
        said = frame.selectExpr("n", "string(day)", "string(at)", "string(seen)").collect()
        assert {row[0]: tuple(row)[1:] for row in said if row[0] in (1, 4)} == {
            1: ("0001-01-01", "0001-01-01 00:00:00", "0001-01-01 00:00:00"),
            4: ("1582-10-10", "1582-10-14 23:59:59.999999", "1582-10-05 00:00:00"),
        }
