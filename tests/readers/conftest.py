"""Readers of lake tables, each a process in the environment of this suite."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from tests.server_processes import stop_server

from medallion.roots import PROJECT_ROOT

PYTHON = Path(
    os.environ.get("MEDALLION_READERS_PYTHON", PROJECT_ROOT / ".medallion/readers/venv/bin/python")
)


class CannotBeRead(Exception):
    """What a reader says of a table that it does not read."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A program that reads lake tables, and no word of delta-rs or pyiceberg in it."""

    name: str
    process: subprocess.Popen[bytes]

    def read(self, kind: str, where: str | Path, version: int | None = None) -> pa.Table:
        """The rows of a table, in no order.

        Raises:
            CannotBeRead: it says so.
        """
        assert self.process.stdin is not None
        asked = {"kind": kind, "where": str(where), "version": version}
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.listen()
        if "error" in answer:
            raise CannotBeRead(answer["error"])
        with pa.OSFile(answer["rows"]) as file:
            return pa.ipc.open_file(file).read_all()

    def listen(self) -> dict[str, str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(b"{"):
                return dict(json.loads(line))
        raise AssertionError(f"{self.name} has ended: {self.process.wait()}")


def run_reader(name: str, folder: Path) -> Iterator[Reader]:
    words = [str(PYTHON), "-m", "tests.readers.reader_child", name, str(folder)]
    environment = {**os.environ, "TZ": "UTC", "PYTHONPATH": str(PROJECT_ROOT)}
    with (folder / "log").open("wb") as said:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=environment
        )
    reader = Reader(name=name, process=process)
    try:
        assert reader.listen() == {"ready": name}
        yield reader
    finally:
        stop_server(process)


@pytest.fixture(scope="session")
def duckdb_itself(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    yield from run_reader("duckdb", tmp_path_factory.mktemp("duckdb"))


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    yield from run_reader("clickhouse", tmp_path_factory.mktemp("clickhouse"))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    yield from run_reader("spark", tmp_path_factory.mktemp("spark"))
