"""Readers of one table, at a steady pace on several connections: how long each query took."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from statistics import quantiles

import psycopg

from bench.child import answer, arguments
from bench.warehouse import url

LOST = (psycopg.OperationalError, psycopg.InterfaceError)
AGAIN_SECONDS = 0.05


class Reader(threading.Thread):
    """One connection: a query at each of its moments, late or not; a new one when it is lost."""

    def __init__(self, query: str, pause: float, until: Path, deadline: float) -> None:
        super().__init__()
        self.query, self.pause, self.until, self.deadline = query, pause, until, deadline
        self.milliseconds: list[float] = []
        self.lost = 0
        self.errors: list[str] = []

    def run(self) -> None:
        connection = psycopg.connect(url(), autocommit=True)
        due = time.perf_counter()
        while not self.until.exists() and time.perf_counter() < self.deadline:
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                began = max(due, time.perf_counter() - self.pause)
                row = connection.execute(self.query).fetchone()
                self.milliseconds.append(1000 * (time.perf_counter() - began))
                if row is None or not row[0]:
                    self.errors.append(f"a mixture of two publications: {row}")
                due += self.pause
            except LOST:
                self.lost += 1
                connection = self.connect_again()
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
    taken = [value for reader in readers for value in reader.milliseconds]
    answer(
        queries=len(taken),
        p50=quantiles(taken, n=100)[49],
        p99=quantiles(taken, n=100)[98],
        lost=sum(reader.lost for reader in readers),
        errors=[error for reader in readers for error in reader.errors],
    )


if __name__ == "__main__":
    main()
