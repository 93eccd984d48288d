"""What `engine: spark` needs of this machine. No Spark is started."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from medallion.names import SPARK_CONN_ID
from medallion.operations.doctor.spark import examine_spark
from medallion.sources.base.source import ConnectionDetails
from medallion.warehouse.doctor.finding import Finding

SERVER = ConnectionDetails(
    conn_id=SPARK_CONN_ID, host="sc://spark.example.org", password="secret-token"
)


def found(
    lake: str, connection: Callable[[str], ConnectionDetails] = {SPARK_CONN_ID: SERVER}.__getitem__
) -> dict[str, Finding]:
    return {one.layer: one for one in examine_spark(lake, connection)}


def test_a_folder_and_a_connection(tmp_path: Path) -> None:
    by_layer = found(str(tmp_path))
    assert (by_layer["connection"].verdict, by_layer["lake"].verdict) == ("ok", "ok")
    assert "sc://spark.example.org, 4 parts at once" in by_layer["connection"].says
    assert "secret-token" not in repr(by_layer)


def test_a_lake_in_an_object_store_is_what_no_worker_reads() -> None:
    lake = found("abfs://lake@bronze/landed")["lake"]
    assert lake.verdict == "failed"
    assert "abfs://lake@bronze/landed" in lake.says
    assert "`engine: duckdb`" in lake.cause


def test_no_connection_says_how_to_make_one(tmp_path: Path) -> None:
    one = found(str(tmp_path), {}.__getitem__)["connection"]
    assert one.verdict == "failed"
    assert "airflow connections add medallion_spark" in one.cause


def test_the_package_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [])
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "pyspark", raising=False)
    package = found(str(tmp_path))["package"]
    assert (package.verdict, package.confirm) == ("failed", "pip show pyspark")
