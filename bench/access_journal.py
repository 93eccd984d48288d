"""What the journal of reads costs the server, with the queries of the readers' measurement.

    python -m bench.access_journal [ROUNDS]

Eight connections ask 200 queries a second in all, as many as the measurement `readers` does. Rounds
of 4 s with and without `log_statement = 'all'` alternate, once with a log that is one file (`make
up`), and once with PostgreSQL's collector (compose). Processor time is that of the connections'
server processes and of the collector. Not part of `make bench`: it starts servers of its own.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
from tests.steps.staged import REPLACE, Run

from medallion.local.postgres import EmbeddedPostgres
from medallion.steps.publish import step as publish

ROWS = 1000
CONNECTIONS = 8
A_SECOND = 200
ROUND_SECONDS = 4.0
FORMS = {
    "one file": {},
    "collector": {"logging_collector": "on", "log_filename": "medallion-%H.log"},
}
QUERY = "SELECT count(*) > 0 AND min(value) = max(value) FROM silver_lab.readings"


def main() -> None:
    """Measure both forms, and print the figures as JSON."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else 15
    found = {"load_before": os.getloadavg()[0]}
    print(json.dumps(found | {form: measure_form(form, rounds) for form in FORMS}, indent=2))


def measure_form(form: str, rounds: int) -> dict[str, float]:
    """Microseconds of a processor that a query takes, and of an answer, without the log and with
    it."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder), settings=FORMS[form])
        server.start()
        try:
            url = server.url("postgres")
            run = Run(url=url, day=0)
            run.stage([(number, "a") for number in range(ROWS)])
            publish.run(REPLACE, run.context())
            return _compare(server, url, rounds)
        finally:
            server.stop()


def _compare(server: EmbeddedPostgres, url: str, rounds: int) -> dict[str, float]:
    with ExitStack() as stack:
        readers = {
            said: [
                stack.enter_context(psycopg.connect(url, autocommit=True))
                for _ in range(CONNECTIONS)
            ]
            for said in ("none", "all")
        }
        for said, connections in readers.items():
            for connection in connections:
                connection.execute("SELECT set_config('log_statement', %s, false)", [said])
                connection.execute(QUERY)
        loggers = [one.pid for one in _find_loggers(server)]
        taken: dict[str, list[tuple[float, float]]] = {"none": [], "all": []}
        for number in range(rounds):
            for said in ("none", "all") if number % 2 else ("all", "none"):
                taken[said].append(_ask(readers[said], loggers))
    cpu = {said: [one for one, _ in found] for said, found in taken.items()}
    answers = {said: statistics.median(one for _, one in found) for said, found in taken.items()}
    ratios = [on / off for on, off in zip(cpu["all"], cpu["none"], strict=True)]
    return {
        "cpu_without_us": round(statistics.median(cpu["none"]), 1),
        "cpu_with_us": round(statistics.median(cpu["all"]), 1),
        "cpu_median_of_ratios": round(statistics.median(ratios), 4),
        "cpu_ratio_of_sums": round(sum(cpu["all"]) / sum(cpu["none"]), 4),
        "answer_without_us": round(answers["none"], 1),
        "answer_with_us": round(answers["all"], 1),
        "rounds": rounds,
        "load_after": round(os.getloadavg()[0], 1),
    }


def _ask(connections: list[psycopg.Connection], loggers: list[int]) -> tuple[float, float]:
    """One round: processor time of a query, and the median time of an answer, in microseconds."""
    processes = [*(one.info.backend_pid for one in connections), *loggers]
    before = sum(map(_read_processor, processes))
    number = int(ROUND_SECONDS * A_SECOND)
    waits: list[float] = []
    begin = time.perf_counter()
    for at in range(number):
        if (ahead := begin + at / A_SECOND - time.perf_counter()) > 0:
            time.sleep(ahead)
        asked = time.perf_counter()
        connections[at % len(connections)].execute(QUERY).fetchone()
        waits.append(time.perf_counter() - asked)
    taken = sum(map(_read_processor, processes)) - before
    return taken / number / 1000, statistics.median(waits) * 1e6


def _read_processor(pid: int) -> int:
    """Nanoseconds of a processor that a process has had (Linux)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def _find_loggers(server: EmbeddedPostgres) -> Iterator[psutil.Process]:
    for child in psutil.Process(server.pid()).children():
        if "logger" in " ".join(child.cmdline()):
            yield child


if __name__ == "__main__":
    main()
