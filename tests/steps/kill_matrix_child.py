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
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

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
            os.kill(os.getpid(), signal.SIGKILL)
