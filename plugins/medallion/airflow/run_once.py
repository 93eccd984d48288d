"""`python -m medallion.airflow.run_once DAG_ID LOGICAL_DATE`: one run in this process.

Real operators and task instances through Airflow's own `dag.test()`, without a scheduler: for the
demo and the tests. Exits 1 when the run does not succeed.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from airflow.sdk import DAG


def run_once(dag: DAG, logical_date: datetime) -> bool:
    """Run a DAG from its first task to its last; whether it succeeded.

    The run's id follows from the date, so running it again replaces the earlier run.
    """
    run = dag.test(run_after=logical_date, logical_date=logical_date)
    return str(run.state) == "success"


def main(arguments: list[str]) -> int:
    """Run the DAG that the command line names."""
    from medallion.airflow.loader import load_dags

    dag_id, moment = arguments
    dag = load_dags(only=dag_id)[dag_id]
    logical_date = datetime.fromisoformat(moment)
    if logical_date.tzinfo is None:
        logical_date = logical_date.replace(tzinfo=UTC)
    return 0 if run_once(dag, logical_date) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
