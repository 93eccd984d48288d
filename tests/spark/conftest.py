"""One local Spark for the suite: two threads, each task tried four times, an event log."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from tests.spark.local_spark import CONF, MASTER


@pytest.fixture(scope="session")
def event_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Spark's UI and its history server show is made of this folder's files."""
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="session", autouse=True)
def spark(event_log: Path) -> Iterator[SparkSession]:
    """The session, which the cleaning finds and leaves."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(MASTER).config("spark.eventLog.dir", event_log.as_uri())
    for key, value in (CONF | {"spark.eventLog.enabled": "true"}).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
