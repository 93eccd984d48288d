"""The clean step on DuckDB and on Spark, side by side: where does Spark start to pay?

    PYTHONPATH=.:plugins .medallion/spark/venv/bin/python -m bench.spark ROWS [PARTS] [ROUNDS]
    PYTHONPATH=.:plugins .venv/bin/python -m bench.spark draw

By hand, in the environment of `make suite-spark`. Each side is a fresh process, as a task is, and
cleans the same landing: the orders of `orders.py`, in so many parts. Its line says the seconds of
the step, and the processor's seconds of all its processes (for Spark with Java and the workers), by
the way of Linux's cgroup-free count: what each process of its tree has used when the step ends.
PostgreSQL is not among them: it does the same for both. Spark is local[2], with two streams.
spark.json keeps each line, and `draw` makes spark.svg of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.orders import untidy_csv
from bench.sides.orders_run import ORDERS, clean_step, context
from bench.warehouse import warehouse
from bench.workspace import Workspace
from medallion.names import SPARK_CONN_ID
from medallion.sources.base.source import ConnectionDetails

ENGINES = ("duckdb", "spark")
DATA, PLOT = (Path(__file__).with_name(f"spark.{kind}") for kind in ("json", "svg"))
COLOURS = {"duckdb": "#2f7d4f", "spark": "#c98b2b"}
NAMES = {"duckdb": "DuckDB", "spark": "Spark, local[2]"}
SPARK = ConnectionDetails(conn_id=SPARK_CONN_ID, host="local[2]", extra={"streams": 2})


def main(words: list[str]) -> None:
    """Measure both so many times, one after the other."""
    given_words = [int(word) for word in words]
    rows, parts, rounds = (*given_words, *(8, 3)[len(given_words) - 1 :])
    workspace = Workspace.of(quick=False, rows=rows)
    file = untidy_csv(workspace, rows)
    with warehouse(workspace) as server:
        os.environ.update(server.environment)
        given = {
            "run_id": f"spark-{rows}-{parts}", "folder": str(workspace.folder),
            "lake": str(workspace.fresh("lake")), "logged": True, "keyed": False,
        }  # fmt: skip
        _land(given, file, rows, parts)
        for number in range(rounds):
            for engine in ENGINES:
                server.settle()
                load = round(os.getloadavg()[0], 1)
                side = [sys.executable, "-m", "bench.spark", "side", engine, json.dumps(given)]
                found = subprocess.run(side, check=True, capture_output=True, text=True)
                said = json.loads(found.stdout.strip().splitlines()[-1])
                measured = {"rows": rows, "parts": parts, "engine": engine, **said, "load": load}
                print(f"round {number + 1}: {measured}", flush=True)
                keep(measured)


def keep(measured: Mapping[str, object]) -> None:
    """Add what was measured to what is kept."""
    lines = ",\n ".join(json.dumps(one) for one in (*read(), measured))
    DATA.write_text(f"[{lines}]\n", encoding="utf-8")


def read() -> list[Mapping[str, float]]:
    """All that is kept."""
    if not DATA.exists():
        return []
    kept: list[Mapping[str, float]] = json.loads(DATA.read_text(encoding="utf-8"))
    return kept


def draw() -> None:
    """The medians of what is kept, over the rows. Seconds of processors: those on the clock depend
    on what else the machine does."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "medallion"  # the same figures give the same file
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    known = sorted({int(one["rows"]) for one in read()})
    for engine in ENGINES:
        sizes, values = zip(*medians(read(), engine, "processor"), strict=True)
        axes.plot(sizes, values, marker="o", color=COLOURS[engine], label=NAMES[engine])
        for size, value in zip(sizes, values, strict=True):
            axes.annotate(f"{value:.0f} s", (size, value), (0, 6), textcoords="offset points",
                          ha="center", fontsize=8)  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(known, [f"{size / 1e6:g} M" for size in known])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("rows of 9 columns, in 8 parts")
    axes.set_ylabel("seconds of processors, PostgreSQL apart")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PLOT, metadata={"Date": None})
    plt.close(figure)


def medians(
    kept: Sequence[Mapping[str, float]], engine: str, what: str
) -> list[tuple[float, float]]:
    """By the number of rows, the median of what was measured.

    >>> kept = [{"engine": "spark", "rows": 1, "seconds": n} for n in (3.0, 9.0, 4.0)]
    >>> medians(kept, "spark", "seconds")
    [(1, 4.0)]
    """
    found: dict[float, list[float]] = {}
    for one in kept:
        if one["engine"] == engine:
            found.setdefault(one["rows"], []).append(one[what])
    return [(rows, median(values)) for rows, values in sorted(found.items())]


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
    said = {
        "seconds": round(seconds, 1),
        "processor": round(used - before, 1),
        "out": result.rows_out,
    }
    print(json.dumps(said))


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
    elif sys.argv[1:2] == ["draw"]:
        draw()
    else:
        main(sys.argv[1:])
