"""Parse every DAG file of a project once, each in a fork, as the DAG processor does in a cycle."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import airflow.dag_processing.processor  # noqa: F401
from airflow.sdk import (  # noqa: F401  # lazy: each is imported by being named
    DAG,
    Asset,
    BaseOperator,
    CronDataIntervalTimetable,
    TaskGroup,
    get_parsing_context,
)

from bench.child import answer, arguments, in_fork
from medallion.airflow.preload import prepare_for_parsing


def main() -> None:
    folder = Path(arguments()["folder"])
    prepare_for_parsing()
    files = sorted(folder.rglob("*.py"))
    counts = list[int]()
    wall, cpu = time.perf_counter(), os.times()
    for file in files:
        counts.append(in_fork(lambda file=file: _load(file)))
    seconds, after = time.perf_counter() - wall, os.times()
    spent = sum(after[:4]) - sum(cpu[:4])
    answer(seconds=seconds, cpu_seconds=spent, dags=sum(counts), files=len(files))


def _load(path: Path) -> int:
    names: dict[str, object] = {"__name__": f"unusual_prefix_{path.stem}", "__file__": str(path)}
    with suppress(Exception):  # a file that only raises
        exec(compile(path.read_text(), str(path), "exec"), names)  # noqa: S102  # it is a DAG file
    return sum(isinstance(value, DAG) for value in names.values())


if __name__ == "__main__":
    main()
