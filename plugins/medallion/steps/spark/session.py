"""The Spark that an operator's connection names: this machine, a master, or Spark Connect."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from medallion.errors import ClusterUnavailable, SetupError
from medallion.names import SPARK_CONN_ID
from medallion.sources.base.source import ConnectionDetails

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEFAULT_STREAMS = 4
MOST_STREAMS = 64
CONNECT_PORT = 15002
"""Of Spark Connect, where the address names none."""
PATIENCE = 10.0
"""Seconds in which a server has to take a connection."""

_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkPlace:
    """Where Spark is, and how much of it a cleaning takes.

    Attributes:
        address: a master (`local[2]`, `spark://host:7077`, `yarn`), or `sc://host:15002/;…`, which
            may hold a token.
        conf: Spark's own settings.
        streams: how many parts are cleaned and copied at once.
    """

    address: str = field(repr=False)
    conf: Mapping[str, str] = field(repr=False)
    streams: int

    @property
    def is_server(self) -> bool:
        """Whether it is a server of Spark Connect, which needs no Java here."""
        return self.address.startswith("sc://")

    @property
    def shown(self) -> str:
        """The address without what may be secret."""
        return self.address.partition("/;")[0]


def find_spark(connection: Callable[[str], ConnectionDetails]) -> SparkPlace:
    """The place in the connection `medallion_spark`.

    Raises:
        SetupError: there is no such connection, or it says what cannot be understood.
    """
    remedy = (
        f"airflow connections add {SPARK_CONN_ID} --conn-type generic --conn-host "
        "'spark://master:7077': docs/spark.md says more"
    )
    try:
        details = connection(SPARK_CONN_ID)
    except (SetupError, KeyError):
        raise SetupError(
            f"`engine: spark` needs the connection {SPARK_CONN_ID}, and there is none",
            remedy=remedy,
        ) from None
    if not details.host:
        raise SetupError(f"the connection {SPARK_CONN_ID} has no host", remedy=remedy)
    return SparkPlace(
        address=_read_address(details),
        conf=_read_conf(details.extra.get("conf", {})),
        streams=_read_streams(details.extra.get("streams", DEFAULT_STREAMS)),
    )


@contextmanager
def open_spark(place: SparkPlace, name: str) -> Iterator[SparkSession]:
    """A session, ended with the block; one that this process has already is used and left.

    Raises:
        SetupError: pyspark is not installed, or there is no Java.
        ClusterUnavailable: Spark does not answer.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise SetupError(
            "`engine: spark` needs the package pyspark, which is not installed",
            remedy="install it where the tasks run: pip install 'airflow-medallion[spark]'",
        ) from None
    if (active := SparkSession.getActiveSession()) is not None:
        yield active
        return
    try:
        _knock(place)
        session = _make_session(SparkSession.builder, place, name)
    except (PySparkException, OSError) as error:
        raise _describe(error, place) from None
    except Exception as error:
        # Java's errors come through py4j, which is imported with the first of them.
        if not type(error).__module__.startswith(("py4j", "grpc")):
            raise
        raise _describe(error, place) from None
    try:
        yield session
    finally:
        session.stop()


def _knock(place: SparkPlace) -> None:
    """Of a server of Spark Connect that is not there pyspark asks for ten minutes. Behind a proxy
    it alone knows the way.

    Raises:
        OSError: nobody listens there, or there is no such host.
    """
    host = urlsplit(place.shown).hostname
    if not place.is_server or not host or (getproxies() and not proxy_bypass(host)):
        return
    with suppress(TimeoutError, ValueError):  # a port that is none: pyspark says so
        port = urlsplit(place.shown).port or CONNECT_PORT
        socket.create_connection((host, port), PATIENCE).close()


def _make_session(builder: Any, place: SparkPlace, name: str) -> SparkSession:
    """`builder`: pyspark's, whose class differs by how Spark is reached."""
    conf = dict(place.conf)
    if place.is_server:
        builder = builder.remote(place.address)
    else:
        builder = builder.master(place.address)
        if place.address.startswith("local"):
            conf = {**_LOCAL, **conf}
            # Else the workers are what `python3` is in the path.
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = builder.appName(name)
    for key, value in conf.items():
        builder = builder.config(key, value)
    session: SparkSession = builder.getOrCreate()
    return session


def _describe(error: Exception, place: SparkPlace) -> SetupError | ClusterUnavailable:
    line = str(error).strip().split("\n")[0].replace(place.address, place.shown)
    if "JAVA_GATEWAY_EXITED" in str(error) or isinstance(error, FileNotFoundError):
        return SetupError(
            f"Spark's driver cannot be started: {line}",
            remedy="install Java 17 or newer where the tasks run (Debian: apt-get install "
            "openjdk-17-jre-headless), or name a server of Spark Connect, which needs none",
        )
    return ClusterUnavailable(
        f"Spark at {place.shown} does not answer: {line}",
        remedy=f"is it up, and is the connection {SPARK_CONN_ID} right?",
    )


def _read_address(details: ConnectionDetails) -> str:
    """The host with its port, and for Spark Connect the token, which is the password."""
    address = f"{details.host}:{details.port}" if details.port else details.host
    if not address.startswith("sc://"):
        return address
    words = [text for text in (details.schema.strip("/;"),) if text]
    if details.password:
        words += ["use_ssl=true", f"token={details.password}"]
    return "/;".join((address.rstrip("/"), ";".join(words))) if words else address


def _read_conf(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise SetupError(
            f"`conf` in the extra of {SPARK_CONN_ID} has no names with values",
            remedy='write {"conf": {"spark.executor.memory": "4g"}}',
        )
    return {str(key): str(value) for key, value in given.items()}


def _read_streams(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MOST_STREAMS:
        return given
    raise SetupError(
        f"`streams` in the extra of {SPARK_CONN_ID} is not a whole number from 1 to {MOST_STREAMS}",
        remedy=f"write how many parts may be copied at once, {DEFAULT_STREAMS} by default",
    )
