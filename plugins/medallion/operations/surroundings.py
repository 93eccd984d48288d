"""What work outside a pipeline's own run gets: a replay, maintenance."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails, no_database
from medallion.steps.context import StepContext, no_domain_role


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The ways to the project, the lake and the warehouse; `operations` makes a StepContext from
    it."""

    project_root: Path
    lake_root: str
    warehouse_url: str = field(repr=False)
    connection: Callable[[str], ConnectionDetails] = field(repr=False)
    log: logging.Logger = field(repr=False)
    log_url: str = ""
    domain_warehouse: Callable[[str], str | None] = field(default=no_domain_role, repr=False)
    database: Callable[[str], Any] = field(default=no_database, repr=False)
    first: int | None = None
    """So many records of a database or an API are enough: it is a try. None: all are read."""

    def make_context(
        self, dag_id: str, run_id: str, task_id: str, *, spec_digest: str = ""
    ) -> StepContext:
        """What a step's own code is given where it is called beside a run: an interval of now."""
        now = datetime.now(UTC)
        return StepContext(
            run=Run(
                dag_id=dag_id,
                run_id=run_id,
                interval_start=now,
                interval_end=now,
                spec_digest=spec_digest,
            ),
            task_id=task_id,
            try_number=1,
            project_root=self.project_root,
            lake_root=self.lake_root,
            warehouse_url=self.warehouse_url,
            connection=self.connection,
            log=self.log,
        )
