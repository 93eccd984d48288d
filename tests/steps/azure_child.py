"""What a task's process does in Azure, after what `doctor` does. A test hands it nothing: who it
is, where the secrets, the lake and the warehouse are, it has from its environment.

    python -m tests.steps.azure_child PROJECT DAG_ID
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from medallion.airflow.connections import connection_details, warehouse_url
from medallion.airflow.loader import plan_of
from medallion.names import WAREHOUSE_CONN_ID
from medallion.operations.doctor.examine import examine
from medallion.roots import lake_root
from medallion.run import Run
from medallion.steps.context import StepContext
from medallion.steps.run import run_step


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    project, dag_id = Path(sys.argv[1]), sys.argv[2]
    plan, start = plan_of(dag_id, project), datetime(2026, 1, 1, tzinfo=UTC)
    run = Run(
        dag_id=dag_id, run_id="scheduled__2026-01-01", interval_start=start,
        interval_end=start + timedelta(days=1), spec_digest=plan.digest,
    )  # fmt: skip
    for found in examine(
        (), lambda: warehouse_url(WAREHOUSE_CONN_ID), lake_root(), connection_details
    ):
        sys.stdout.write(f"{found.verdict} {found.subject}: {found.layer}: {found.says}\n")
    for task in plan.tasks:
        context = StepContext(
            run=run, task_id=task.task_id, try_number=1, project_root=project,
            lake_root=lake_root(), warehouse_url=warehouse_url(WAREHOUSE_CONN_ID),
            connection=connection_details, log=logging.getLogger("medallion"),
        )  # fmt: skip
        run_step(task.step, context)
        sys.stdout.write(f"{task.task_id}\n")


if __name__ == "__main__":
    main()
