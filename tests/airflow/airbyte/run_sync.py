"""`python -m tests.airflow.airbyte.run_sync DAG_ID`: an Airflow of its own runs the DAG by
`dag.test()`, which waits for triggers as a triggerer does. Prints how the run ended, and each task.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.utils.db import synchronize_log_template

from airflow import settings

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)
MARK = "ENDED "


def main(dag_id: str) -> None:
    import_all_models()
    Base.metadata.create_all(settings.get_engine())
    synchronize_log_template()
    from medallion.airflow.loader import load_dags

    dag = load_dags(only=dag_id)[dag_id]
    run = dag.test(run_after=MOMENT, logical_date=MOMENT)
    states = {one.task_id: str(one.state) for one in run.get_task_instances()}
    sys.stdout.write(f"\n{MARK}{json.dumps({'run': str(run.state), **states})}\n")


if __name__ == "__main__":
    main(sys.argv[1])
