"""`python -m medallion.airflow.run_once DAG_ID LOGICAL_DATE …`: runs in this process, one by one.

Real operators and task instances through Airflow's own `dag.test()`, without a scheduler: for the
demo and the tests. Exits 1 when the run does not succeed.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from airflow.sdk import DAG


def run_once(dag: DAG, logical_date: datetime) -> bool:
    """Run a DAG from its first task to its last; returns whether it succeeded.

    The run's id follows from the date, so running it again replaces the earlier run.
    """
    # The date is the end of the interval, and the last interval ends at the end date: Airflow,
    # which holds dates against it, would run none of the tasks.
    dag.end_date = None
    for task in dag.tasks:
        task.end_date = None
    run = dag.test(run_after=logical_date, logical_date=logical_date)
    return str(run.state) == "success"


def main(arguments: list[str]) -> int:
    """Run the DAGs named on the command line, each with its date, until one fails."""
    from medallion.airflow.loader import load_dags

    for dag_id, moment in zip(arguments[::2], arguments[1::2], strict=True):
        (dag,) = load_dags(only=dag_id).values()
        logical_date = datetime.fromisoformat(moment)
        if logical_date.tzinfo is None:
            logical_date = logical_date.replace(tzinfo=UTC)
        if not run_once(dag, logical_date):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
