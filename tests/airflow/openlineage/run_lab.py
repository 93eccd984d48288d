"""`python run_lab.py DAG_ID … NAME=VALUE DAG_ID …`: an Airflow of its own runs DAGs.

A variable is set for the DAGs that come after it.

Real task instances through `dag.test()`, with listeners and plugins as a worker has them. Writes
into the file that LAB_STATES names, as JSON, how the run of each DAG ended.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.utils.db import synchronize_log_template

from airflow import settings

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


def main(arguments: list[str]) -> None:
    import_all_models()
    Base.metadata.create_all(settings.get_engine())
    synchronize_log_template()
    from medallion.airflow.loader import load_dags

    load_dags()  # compiles what pages and events know of each other's tables
    states = {}
    for dag_id in arguments:
        name, is_variable, value = dag_id.partition("=")
        if is_variable:
            os.environ[name] = value
            continue
        dag = load_dags(only=dag_id)[dag_id]
        states[dag_id] = str(dag.test(run_after=MOMENT, logical_date=MOMENT).state)
    Path(os.environ["LAB_STATES"]).write_text(json.dumps(states))


if __name__ == "__main__":
    main(sys.argv[1:])
