"""Readers of one table, at a steady pace on several connections: how long each query took, and what
of it the reader and its server process had a processor for, or waited for one (Linux's schedstat).
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import IO

import psycopg

from bench.child import answer, arguments
from bench.warehouse import url

MILLION = 1_000_000
LOST = (psycopg.OperationalError, psycopg.InterfaceError)
AGAIN_SECONDS = 0.05


class Clock:
    """The processor time and the time of waiting for a processor, of a reader's thread and of the
    server process that answers it. The kernel sums them up, in nanoseconds.
    """

    def __init__(self, backend: int) -> None:
        self._files = [
            file
            for path in (f"/proc/self/task/{threading.get_native_id()}", f"/proc/{backend}")
            if (file := _opened(Path(path) / "schedstat")) is not None
        ]

    def read(self) -> tuple[float, float]:
        """Milliseconds on a processor, and in the queue for one, so far."""
        ran = queued = 0.0
        for file in self._files:
            try:
                first, second, _ = os.pread(file.fileno(), 99, 0).split()
            except (OSError, ValueError):  # its process has been killed
                continue
            ran, queued = ran + int(first) / MILLION, queued + int(second) / MILLION
        return ran, queued


def _opened(path: Path) -> IO[bytes] | None:
    try:
        return path.open("rb")
    except OSError:
        return None


class Reader(threading.Thread):
    """One connection: a query at each of its moments, late or not; a new one when it is lost."""

    def __init__(self, query: str, pause: float, until: Path, deadline: float) -> None:
        super().__init__()
        self.query, self.pause, self.until, self.deadline = query, pause, until, deadline
        self.milliseconds: list[float] = []
        self.slices: list[tuple[float, float]] = []
        self.waited = 0.0
        self.lost = 0
        self.errors: list[str] = []

    def run(self) -> None:
        connection = psycopg.connect(url(), autocommit=True)
        connection.execute(self.query)  # a new server process reads its catalogue first
        clock = Clock(connection.info.backend_pid)
        due = time.perf_counter()
        while not self.until.exists() and time.perf_counter() < self.deadline:
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                began = max(due, time.perf_counter() - self.pause)
                sent, before = time.perf_counter(), clock.read()
                row = connection.execute(self.query).fetchone()
                self.milliseconds.append(1000 * (time.perf_counter() - began))
                after = clock.read()
                self.slices.append((after[0] - before[0], after[1] - before[1]))
                took = 1000 * (time.perf_counter() - sent)
                self.waited = max(self.waited, took - sum(self.slices[-1]))
                if row is None or not row[0]:
                    self.errors.append(f"a mixture of two publications: {row}")
                due += self.pause
            except LOST:
                self.lost += 1
                connection = self.connect_again()
                clock = Clock(connection.info.backend_pid)
                due = time.perf_counter()
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}")
        connection.close()

    def connect_again(self) -> psycopg.Connection:
        while True:
            try:
                return psycopg.connect(url(), autocommit=True)
            except LOST:
                time.sleep(AGAIN_SECONDS)


def main() -> None:
    given = arguments()
    connections, deadline = given["connections"], time.perf_counter() + given["seconds"]
    readers = [
        Reader(given["query"], connections / given["rate"], Path(given["until"]), deadline)
        for _ in range(connections)
    ]
    for reader in readers:
        reader.start()
        time.sleep(1 / given["rate"])
    Path(given["ready"]).touch()
    for reader in readers:
        reader.join()
    answer(
        queries=[
            (whole, *of)
            for reader in readers
            for whole, of in zip(reader.milliseconds, reader.slices, strict=True)
        ],
        waited=max(reader.waited for reader in readers),
        lost=sum(reader.lost for reader in readers),
        errors=[error for reader in readers for error in reader.errors],
    )


if __name__ == "__main__":
    main()
