"""Spark as servers of their own, all on the loopback interface: a cluster, and Spark Connect."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyspark
from tests.server_processes import stop_server

from medallion.roots import PROJECT_ROOT

HOST = "127.0.0.1"
START_SECONDS = 180.0
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
SUBMIT = "org.apache.spark.deploy.SparkSubmit"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The address of its master, and the processes of its workers."""

    address: str
    workers: Sequence[psutil.Process]

    def lose_worker_of(self, pid: int) -> None:
        """Kill the worker that runs a process, with all that it has started, as a machine that
        goes."""
        for worker in self.workers:
            family = [worker, *worker.children(recursive=True)]
            if pid in [one.pid for one in family]:
                for one in family:
                    with suppress(psutil.NoSuchProcess):
                        one.kill()
                return
        raise AssertionError(f"no worker runs the process {pid}")


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """A standalone master and two workers with a core each."""
    port = _free_port()
    address = f"spark://{HOST}:{port}"
    pages = ("--webui-port", str(_free_port()))
    with ExitStack() as servers:
        servers.enter_context(
            _running(MASTER, ("--host", HOST, "--port", str(port), *pages), folder / "master")
        )
        _wait_for(port, folder / "master.log")
        workers = []
        for number in range(WORKERS):
            own = folder / f"worker-{number}"
            words = ("--host", HOST, "--cores", "1", "--memory", "1g", "--webui-port", "0")
            given = (*words, "--work-dir", str(own), address)
            workers.append(psutil.Process(servers.enter_context(_running(WORKER, given, own))))
        for number in range(WORKERS):
            _wait_for_text("Successfully registered", folder / f"worker-{number}.log")
        yield Cluster(address=address, workers=workers)


@contextmanager
def running_connect(folder: Path, conf: Mapping[str, str]) -> Iterator[int]:
    """A server of Spark Connect on two local threads; its port."""
    port = _free_port()
    given = {
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(port),
        **conf,
    }
    words = [word for name, value in given.items() for word in ("--conf", f"{name}={value}")]
    asked = ("--class", CONNECT, "--master", "local[2,4]", *words, "spark-internal")
    with _running(SUBMIT, asked, folder / "connect"):
        _wait_for(port, folder / "connect.log")
        yield port


@contextmanager
def _running(kind: str, words: Sequence[str], place: Path) -> Iterator[int]:
    """The id of a process of Java's, whose log is beside its folder."""
    spark = Path(pyspark.__file__).parent
    environment = {
        **os.environ,
        "SPARK_HOME": str(spark),
        "SPARK_LOCAL_IP": HOST,
        "PYSPARK_PYTHON": sys.executable,
        # Its workers import Medallion, and the tests' faults.
        "PYTHONPATH": os.pathsep.join([str(PROJECT_ROOT), str(PROJECT_ROOT / "plugins")]),
    }
    with place.with_name(f"{place.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [spark / "bin" / "spark-class", kind, *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process.pid
    finally:
        stop_server(process, 30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((HOST, port), 1).close()
            return
        except OSError:
            _hold_to(end, log)


def _wait_for_text(text: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while text not in log.read_text(errors="replace"):
        _hold_to(end, log)


def _hold_to(end: float, log: Path) -> None:
    assert time.monotonic() < end, log.read_text(errors="replace")[-3000:]
    time.sleep(0.1)
