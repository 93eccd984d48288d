"""A page's specs as a project, and runs of its pipelines, task by task."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from medallion.airflow.loader import plan_of
from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.steps.context import StepContext, StepResult
from medallion.steps.run import run_step

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def fenced(page: Path, language: str = "yaml") -> list[str]:
    """The page's examples in a language, in their order."""
    return re.findall(
        rf"^```{language}\n(.*?)^```",
        page.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )


def code_of_row(page: Path, what: str, column: int) -> list[str]:
    """What is written as code in a column, from 0 on, of the one row that begins with `what`."""
    text = page.read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {re.escape(what)} \|.*$", text, re.MULTILINE)
    return re.findall(r"`([^`]+)`", row.strip("| ").split(" | ")[column])


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project with its own lake, on a warehouse. Days are counted from 2026-01-01."""

    root: Path
    url: str
    connections: Mapping[str, ConnectionDetails] = field(default_factory=dict)

    def write(self, path: str, text: str | bytes) -> None:
        """A file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def problems(self) -> list[str]:
        """What `make validate` would say."""
        return [str(issue) for issue in load_all(self.root, sql_reader(self.root)).issues]

    def run(
        self,
        dag_id: str,
        day: int = 0,
        *,
        run_id: str = "",
        backfill: bool = False,
        full_refresh: bool = False,
        group: str = "",
        only: Collection[str] = (),
    ) -> dict[str, StepResult]:
        """Every task of the DAG, or of one group of it, or `only` some, one after the other, for a
        day."""
        plan = plan_of(dag_id, self.root)
        start = MIDNIGHT + timedelta(days=day)
        results: dict[str, StepResult] = {}
        for task in plan.tasks:
            if (group and task.group != group) or (only and task.task_id not in only):
                continue
            context = StepContext(
                run=Run(
                    dag_id=dag_id,
                    run_id=run_id or f"scheduled__{start:%Y-%m-%d}",
                    interval_start=start,
                    interval_end=start + timedelta(days=1),
                    spec_digest=plan.digest,
                ),
                task_id=task.task_id,
                try_number=1,
                project_root=self.root,
                lake_root=str(self.root / "lake"),
                warehouse_url=self.url,
                connection=self.connections.__getitem__,
                log=logging.getLogger("medallion"),
                backfill=backfill,
                full_refresh=full_refresh,
                time_limit=task.execution_timeout,
            )
            results[task.task_id] = run_step(task.step, context)
        return results
