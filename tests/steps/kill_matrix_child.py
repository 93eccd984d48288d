"""Runs steps of a plan in a process of its own, which may kill itself in the middle of one.

Steps run as Airflow's operators run them (`steps.run.run_step`), without Airflow around them. To
be killed somewhere *inside* a step without a hook in the product, the process counts the calls of
Medallion's own functions and, at the given one, sends itself SIGKILL: no handler, no cleanup.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import deltalake
import pyarrow as pa

from medallion.plan.model import Plan
from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.context import StepContext
from medallion.steps.run import run_step

NEVER = -1


@dataclass(frozen=True, kw_only=True)
class PlanRun:
    """One run of a plan, for each process that runs a task of it. It can be pickled."""

    plan: Plan
    run_id: str
    interval_end: datetime
    project_root: Path
    lake_root: Path
    warehouse_url: str
    connections: Mapping[str, ConnectionDetails]

    def context(self, task_id: str) -> StepContext:
        """The context that an operator would make."""
        return StepContext(
            run=Run(
                dag_id=str(self.plan.dag_id),
                run_id=self.run_id,
                interval_start=datetime(2026, 1, 1, tzinfo=UTC),
                interval_end=self.interval_end,
                spec_digest=self.plan.digest,
            ),
            task_id=task_id,
            try_number=1,
            project_root=self.project_root,
            lake_root=str(self.lake_root),
            warehouse_url=self.warehouse_url,
            connection=self.connections.__getitem__,
            log=logging.getLogger("medallion"),
        )


def run_task(plan_run: PlanRun, task_id: str, kill_at: int = NEVER) -> int:
    """Run one of Airflow's tasks, with all steps that it has; how many calls of Medallion's
    functions that took."""
    tasks = plan_run.plan.airflow_tasks()
    parts = next(steps for steps in tasks if steps[-1].task_id == task_id)
    counter = CallCounter(kill_at)
    sys.setprofile(counter)
    try:
        for part in parts:
            run_step(part.step, plan_run.context(part.task_id))
    finally:
        sys.setprofile(None)
    return counter.calls


class CallCounter:
    """A profiling function that counts calls into the package and kills at one of them."""

    def __init__(self, kill_at: int) -> None:
        self.calls = 0
        self.kill_at = kill_at

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event != "call" or "/medallion/" not in frame.f_code.co_filename:
            return
        self.calls += 1
        if self.calls == self.kill_at:
            kill()


def kill() -> None:
    """End this process as a machine that goes down does."""
    os.kill(os.getpid(), signal.SIGKILL)


def run_tasks(plan_run: PlanRun, task_ids: Sequence[str]) -> dict[str, int]:
    """Run tasks one after another; by task, how many calls of Medallion's functions that took."""
    return {task_id: run_task(plan_run, task_id) for task_id in task_ids}


class Moment(Protocol):
    """When to kill, where it matters what has been done and what has not."""

    def wait_for(self) -> None:
        """Have this process killed then."""
        ...


def run_task_until(plan_run: PlanRun, task_id: str, moment: Moment) -> None:
    """Run a task until a moment of it."""
    moment.wait_for()
    run_task(plan_run, task_id)


@dataclass(frozen=True)
class At:
    """Before a function is called for the first time, or behind that.

    Attributes:
        function: `module:name` or `module:Class.name`, where its caller looks for it.
    """

    function: str
    is_behind: bool = False

    def wait_for(self) -> None:
        """Put a function in its place that kills."""
        module, _, path = self.function.partition(":")
        *owners, name = path.split(".")
        owner = reduce(getattr, owners, import_module(module))
        original = getattr(owner, name)

        def watched(*args: Any, **keys: Any) -> None:
            if self.is_behind:
                original(*args, **keys)
            kill()

        setattr(owner, name, watched)


@dataclass(frozen=True)
class AmongFiles:
    """When delta-rs has written one of a publication's files, and has not got all rows yet."""

    def wait_for(self) -> None:
        """Have it make many files, and give it rows until there is one. It asks for them in a
        thread of its own, where nobody counts calls."""
        write = deltalake.write_deltalake

        def watched(there: Any, rows: pa.RecordBatchReader, **keys: Any) -> None:
            is_known = isinstance(there, deltalake.DeltaTable)
            folder = Path((there.table_uri if is_known else there).removeprefix("file://"))
            before = set(folder.glob("part-*"))

            def give() -> Iterator[pa.RecordBatch]:
                first = next(iter(rows))
                end = time.monotonic() + 120
                while time.monotonic() < end:
                    yield first
                    if set(folder.glob("part-*")) - before:
                        kill()

            given = pa.RecordBatchReader.from_batches(rows.schema, give())
            write(there, given, target_file_size=1, **keys)

        deltalake.write_deltalake = watched
