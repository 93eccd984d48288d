"""What the connection medallion_spark says, and what is refused of it. No Spark is started."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from medallion.errors import SetupError
from medallion.names import SPARK_CONN_ID
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.spark.session import (
    SparkPlace,
    _knock,
    find_spark,
    open_spark,
)

SPARK = ConnectionDetails(conn_id=SPARK_CONN_ID, host="spark://master", port=7077)


def with_connection(*connections: ConnectionDetails) -> Callable[[str], ConnectionDetails]:
    """The connections of a task that knows these."""
    return {one.conn_id: one for one in connections}.__getitem__


def test_a_master_with_its_settings() -> None:
    extra = {"conf": {"spark.executor.cores": 4}, "streams": 8}
    place = find_spark(with_connection(replace(SPARK, extra=extra)))
    assert (place.address, place.conf, place.streams, place.is_server) == (
        "spark://master:7077", {"spark.executor.cores": "4"}, 8, False,
    )  # fmt: skip


def test_a_server_of_spark_connect_and_its_token_which_is_never_shown() -> None:
    details = ConnectionDetails(
        conn_id=SPARK_CONN_ID, host="sc://dbc.example.org", port=443, password="dapi-secret",
        schema="x-databricks-cluster-id=0123",
    )  # fmt: skip
    place = find_spark(with_connection(details))
    assert place.address == (
        "sc://dbc.example.org:443/;x-databricks-cluster-id=0123;use_ssl=true;token=dapi-secret"
    )
    assert place.is_server
    assert place.shown == "sc://dbc.example.org:443"
    assert "secret" not in repr(place)


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ({"streams": 0}, "not a whole number from 1 to 64"),
        ({"streams": "4"}, "not a whole number from 1 to 64"),
        ({"streams": True}, "not a whole number from 1 to 64"),
        ({"conf": "spark.ui.enabled"}, "has no names with values"),
    ],
)
def test_an_extra_that_cannot_be_understood(extra: dict[str, object], problem: str) -> None:
    with pytest.raises(SetupError, match=problem):
        find_spark(with_connection(replace(SPARK, extra=extra)))


def test_no_connection_and_one_without_a_host() -> None:
    with pytest.raises(SetupError, match="needs the connection medallion_spark"):
        find_spark(with_connection())
    with pytest.raises(SetupError, match="has no host"):
        find_spark(with_connection(replace(SPARK, host="")))


def test_a_server_that_is_not_there_is_known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyspark alone asks for ten minutes."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        there = SparkPlace(address=f"sc://127.0.0.1:{port}/;token=x", conf={}, streams=1)
        with pytest.raises(ConnectionRefusedError):
            _knock(there)
        server.listen()
        _knock(there)
    with pytest.raises(ConnectionRefusedError):
        _knock(there)
    for address in (f"spark://127.0.0.1:{port}", "local[2]", "sc://127.0.0.1:99999"):
        _knock(replace(there, address=address))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    _knock(there)


def test_the_package_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    place = SparkPlace(address="local[2]", conf={}, streams=1)
    named = r"pip install 'airflow-medallion\[spark\]'"
    with pytest.raises(SetupError, match=named), open_spark(place, "test"):
        pass
