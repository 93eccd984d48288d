"""The clean step on DuckDB and on Spark, side by side: where does Spark start to pay?

    PYTHONPATH=.:plugins .medallion/spark/venv/bin/python -m bench.spark ROWS [PARTS]

By hand, in the environment of `make suite-spark`. Each side is a fresh process, as a task is, and
cleans the same landing: the orders of `orders.py`, in so many parts. Its line says the seconds of
the step, and the processor's seconds of all its processes (for Spark with Java and the workers), by
the way of Linux's cgroup-free count: what each process of its tree has used when the step ends.
PostgreSQL is not among them: it does the same for both. Spark is local[2], with two streams.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from bench.orders import untidy_csv
from bench.sides.orders_run import ORDERS, clean_step, context
from bench.warehouse import warehouse
from bench.workspace import Workspace
from medallion.names import SPARK_CONN_ID
from medallion.sources.base.source import ConnectionDetails

ENGINES = ("duckdb", "spark")
SPARK = ConnectionDetails(conn_id=SPARK_CONN_ID, host="local[2]", extra={"streams": 2})


def main(words: list[str]) -> None:
    """Measure both, three times each, one after the other."""
    rows, parts = int(words[0]), int(words[1]) if words[1:] else 8
    workspace = Workspace.of(quick=False, rows=rows)
    file = untidy_csv(workspace, rows)
    with warehouse(workspace) as server:
        import os

        os.environ.update(server.environment)
        given = {
            "run_id": f"spark-{rows}-{parts}", "folder": str(workspace.folder),
            "lake": str(workspace.fresh("lake")), "logged": True, "keyed": False,
        }  # fmt: skip
        _land(given, file, rows, parts)
        for number in range(3):
            for engine in ENGINES:
                server.settle()
                side = [sys.executable, "-m", "bench.spark", "side", engine, json.dumps(given)]
                found = subprocess.run(side, check=True, capture_output=True, text=True)
                line = found.stdout.strip().splitlines()[-1]
                print(f"{rows:,} rows, {parts} parts, round {number + 1}: {line}", flush=True)


def _land(given: dict[str, object], file: Path, rows: int, parts: int) -> None:
    """The lines of the file, shared out to the parts in their order."""
    from tests.steps.landed import land

    from medallion.records import RecordLayout

    with file.open("rb") as source:
        header, lines = source.readline(), source.readlines()
    size = -(-rows // parts)
    cut = [lines[start : start + size] for start in range(0, rows, size)]
    names = tuple(header.decode().strip().replace('"', "").split(","))
    layout = RecordLayout(format="csv", columns=names)
    land(
        context(given, "orders.land"),
        layout,
        [(header + b"".join(some), len(some)) for some in cut],
        ORDERS,
    )


def _side(engine: str, given: dict[str, object]) -> None:
    import psutil

    from medallion.steps.clean import spark  # noqa: F401  # imports are not what is measured
    from medallion.steps.clean import step as clean

    surroundings = replace(context(given, "orders.clean"), connection={SPARK_CONN_ID: SPARK}.get)
    before = _used(psutil.Process())
    began = time.perf_counter()
    if engine == "spark":
        result, used = _on_spark(given, surroundings)
    else:
        result = clean.run(replace(clean_step(given), engine=engine), surroundings)
        used = _used(psutil.Process())
    seconds = time.perf_counter() - began
    print(f"{engine}: {seconds:.1f} s, processor {used - before:.1f} s, {result.rows_out:,} rows")


def _on_spark(given: dict[str, object], surroundings: object) -> tuple[object, float]:
    """The step, and what its processes had used before Spark was ended."""
    import psutil

    from medallion.steps.clean import step as clean
    from medallion.steps.clean.spark import job

    used: list[float] = []
    take_counts = job._take_counts

    def watched(*given: object) -> object:
        return take_counts(*given)  # type: ignore[arg-type]

    end_writer = job.end_writer

    def ending(*given: object) -> None:
        used.append(_used(psutil.Process()))
        end_writer(*given)  # type: ignore[arg-type]

    job._take_counts, job.end_writer = watched, ending  # type: ignore[assignment]
    result = clean.run(replace(clean_step(given), engine="spark"), surroundings)
    return result, used[-1]


def _used(process: object) -> float:
    """Seconds of the processor that a process and all below it have used."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):  # type: ignore[attr-defined]
        times = one.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


if __name__ == "__main__":
    if sys.argv[1:2] == ["side"]:
        _side(sys.argv[2], json.loads(sys.argv[3]))
    else:
        main(sys.argv[1:])
