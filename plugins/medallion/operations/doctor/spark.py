"""What `engine: spark` needs of the task's machine. No session is started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from medallion.errors import MedallionError
from medallion.lake.storage import lake_path
from medallion.names import SPARK_CONN_ID
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.spark.session import find_spark
from medallion.warehouse.doctor.finding import Finding, Verdict

PACKAGE = "pyspark"


def examine_spark(
    lake_root: str, connection: Callable[[str], ConnectionDetails]
) -> Iterator[Finding]:
    """The connection, the package, and whether Spark's workers can read the lake.

    Args:
        lake_root: a folder, or an ObjectStoragePath's URL.
        connection: by its id; it may raise a MedallionError.
    """
    try:
        place = find_spark(connection)
    except MedallionError as error:
        yield _judge("connection", "failed", error.problem, error.remedy)
    else:
        streams = f"Spark is at {place.shown}, {place.streams} parts at once"
        yield _judge("connection", "ok", streams)
    if find_spec(PACKAGE) is None:
        cause = "install it where the tasks run: pip install 'airflow-medallion[spark]'"
        yield _judge("package", "failed", f"{PACKAGE} is not installed", cause)
    else:
        yield _judge("package", "ok", f"{PACKAGE} is installed")
    if isinstance(lake_path(lake_root), Path):
        yield _judge("lake", "ok", "it is a folder: Spark's workers need it at the same path")
    else:
        yield _judge(
            "lake",
            "failed",
            f"Spark's workers read the lake as a folder, and this one is {lake_root}",
            "mount it where Airflow and Spark see it at the same path, or write `engine: duckdb`",
        )


def _judge(layer: str, verdict: Verdict, says: str, cause: str = "") -> Finding:
    confirm = f"pip show {PACKAGE}" if cause and layer == "package" else ""
    return Finding(
        subject=SPARK_CONN_ID,
        layer=layer,
        verdict=verdict,
        says=says,
        cause=cause,
        confirm=confirm,
    )
