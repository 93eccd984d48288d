"""Tasks of one pipeline as a worker runs them: their seconds, and the peak of memory.

A process runs the tasks that it is named, or all. It runs with builds from f327a66 on: `bench.path`
hands it the packages of either. Where it is asked to, it first imports what a scheduler or a Celery
worker imports before it forks a task.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.child import age_s, answer, arguments, peak_rss_mib
from bench.warehouse import url
from medallion.steps.context import StepContext
from medallion.steps.preload import preload, settle
from medallion.steps.run import run_step

DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""The first data interval, of a day."""


def main() -> None:
    imports, given = age_s(), arguments()
    logged = _count_log()
    root = Path(given["root"])
    _write(root, given["files"])
    plan = _read_plan(root)
    if given.get("preload"):
        preload()
        settle()
    wanted = given.get("tasks") or [task.task_id for task in plan.tasks]
    seconds: dict[str, float] = {}
    processors: dict[str, float] = {}
    for task in plan.tasks:
        if task.task_id in wanted:
            context = _context(plan, task.task_id, root, given)
            began, spent = time.perf_counter(), time.process_time()
            run_step(task.step, context)
            seconds[task.task_id] = time.perf_counter() - began
            processors[task.task_id] = time.process_time() - spent
    answer(
        seconds=sum(seconds.values()), tasks=seconds, processors=processors, imports=imports,
        peak_mib=peak_rss_mib(), all=[task.task_id for task in plan.tasks],
        processor_seconds=time.process_time(), log_lines=len(logged), log_bytes=sum(logged),
    )  # fmt: skip


def _count_log() -> list[int]:
    """The length of each line that a task logs, from now on."""
    lengths: list[int] = []

    class Counting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lengths.extend(len(line) for line in record.getMessage().splitlines())

    log = logging.getLogger("medallion")
    log.setLevel(logging.INFO)
    log.addHandler(Counting())
    return lengths


def _write(root: Path, files: dict[str, Any]) -> None:
    """The files of the project: those of YAML as JSON, which YAML takes."""
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def _read_plan(root: Path) -> Any:
    """The plan of the one spec: as this build reads it, or as f327a66 did."""
    try:
        from medallion.workbench.comparison.sides import read_side
    except ImportError:
        make, sql_reader, load = (
            import_module(f"medallion.{name}")
            for name in ("plan.make", "plan.sql_reader", "spec.load")
        )
        return make.plan_loaded(load.load_all(root, sql_reader.sql_reader(root)).specs[0])
    side = read_side(root)
    if side.refused:
        raise SystemExit(f"refused: {side.refused}")
    return next(iter(side.plans.values()))


def _context(plan: Any, task_id: str, root: Path, given: dict[str, Any]) -> StepContext:
    began = DAY + timedelta(days=given.get("day", 0))
    run: dict[str, Any] = {
        "dag_id": str(plan.dag_id),
        "run_id": given["run_id"],
        "interval_start": began,
        "interval_end": began + timedelta(days=1),
        "spec_digest": plan.digest,
    }
    try:
        from medallion.run import Run
    except ImportError:  # f327a66 has the fields themselves
        pass
    else:
        run = {"run": Run(**run)}
    connections = {}
    if port := given.get("port"):  # f327a66 has no such module, and is asked for no pages here
        from medallion.sources.base.source import ConnectionDetails

        connections = {"api": ConnectionDetails(conn_id="api", host="127.0.0.1", port=port)}
    return StepContext(
        **run, task_id=task_id, try_number=1, project_root=root, lake_root=given["lake"],
        warehouse_url=url(), connection=connections.__getitem__, log=logging.getLogger("medallion"),
    )  # fmt: skip


if __name__ == "__main__":
    main()
