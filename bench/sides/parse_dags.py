"""Load one DAG file as Airflow's DAG processor does: in a fresh process that has Airflow already.

The clock runs while the file is executed, imports of the file's own packages included. What the
DAG processor does afterwards (serialising, the database) is the same for every side.
"""

from __future__ import annotations

import os
import time
import types
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

import medallion.airflow.loader  # noqa: F401  # by Medallion's listener, before the fork
from bench.child import answer, arguments


def main() -> None:
    given = arguments()
    path = Path(given["file"])
    module = types.ModuleType("unusual_prefix_pipelines")
    module.__file__ = str(path)
    _start_host()
    code = compile(path.read_text(), str(path), "exec")
    wall, cpu = time.perf_counter(), time.process_time()
    exec(code, module.__dict__)  # noqa: S102  # it is a DAG file
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    found = {d.dag_id: d for d in vars(module).values() if isinstance(d, DAG)}
    # Medallion's own DAGs cost it time, and no other side has them.
    dags = {name: dag for name, dag in found.items() if not name.startswith("medallion.")}
    tasks = {len(dag.tasks) for dag in dags.values()}
    if (len(dags), tasks) != (given["dags"], {given["tasks"]}):
        raise SystemExit(f"{path}: {len(dags)} DAGs of {tasks} tasks")
    answer(seconds=seconds, cpu_seconds=cpu_seconds)


def _start_host() -> None:
    """As Medallion's listener does in the DAG processor, some seconds before a spec changes."""
    with suppress(ImportError):  # a build whose loader imports it
        import medallion.airflow.every_dag
    with suppress(ImportError):  # a build whose loader imports them
        import medallion.publish.dispositions
        import medallion.sources.kinds
        import medallion.spec.files.loaded  # noqa: F401
    with suppress(ImportError):  # a build that has none
        from medallion.compiler import guard

        guard.start_host()
        root = Path(os.environ["MEDALLION_PROJECT_ROOT"])
        # Builds of before 29 November 2026 call it `shared_guard`.
        share = getattr(guard, "share_guard", None) or guard.shared_guard
        share().ask("access", root, seconds=5.0)  # answered: it has its imports


if __name__ == "__main__":
    main()
