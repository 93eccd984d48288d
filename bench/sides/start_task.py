"""Load one DAG file as a starting task does: in a process forked from one that has Airflow already.

LocalExecutor forks its workers from the scheduler and a process a task from each worker, so a task
has at once what the scheduler has imported: Airflow, and what Medallion's listener loads there.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import airflow.sdk.execution_time.supervisor
import airflow.sdk.execution_time.task_runner  # noqa: F401
from airflow.sdk import DAG, BaseOperator, CronDataIntervalTimetable, TaskGroup  # noqa: F401

from bench.child import answer, arguments, in_fork

DAG_ID_VARIABLE = "_AIRFLOW_PARSING_CONTEXT_DAG_ID"
TASK_ID_VARIABLE = "_AIRFLOW_PARSING_CONTEXT_TASK_ID"
"""What Airflow sets in a task's process, and `get_parsing_context` reads."""


def main() -> None:
    given = arguments()
    if given["preloaded"]:
        from medallion.airflow.preload import prepare_for_tasks

        prepare_for_tasks()
    files: dict[str, dict[str, Any]] = given["files"]
    seconds: dict[str, list[list[float]]] = {name: [] for name in files}
    processor: dict[str, list[list[float]]] = {name: [] for name in files}
    for turn in range(given["rounds"]):
        for name, file in files.items():
            tasks: list[str] = file["task_ids"]
            one = {**file, "task_id": tasks[turn % len(tasks)]}
            # The file is executed twice in each child: its first parse, and one more.
            pairs = in_fork(lambda one=one: [_load(one), _load(one)])
            seconds[name].append([clock for clock, _ in pairs])
            processor[name].append([used for _, used in pairs])
    answer(seconds=seconds, processor_seconds=processor)


def _load(file: dict[str, Any]) -> tuple[float, float]:
    """The seconds that it takes: by the clock, and of a processor."""
    os.environ[DAG_ID_VARIABLE] = file["dag_id"]
    os.environ[TASK_ID_VARIABLE] = file["task_id"]
    os.environ["MEDALLION_PROJECT_ROOT"] = file["root"]
    code = compile(Path(file["file"]).read_text(), file["file"], "exec")
    names: dict[str, Any] = {"__name__": "unusual_prefix_pipelines", "__file__": file["file"]}
    began, used = time.perf_counter(), time.process_time()
    exec(code, names)  # noqa: S102  # it is a DAG file
    seconds, used = time.perf_counter() - began, time.process_time() - used
    found = [value.dag_id for value in names.values() if isinstance(value, DAG)]
    if found != [file["dag_id"]]:
        raise SystemExit(f"{file['file']} gave {found}, not the one DAG asked for")
    return seconds, used


if __name__ == "__main__":
    main()
