"""`python -m medallion.airflow.run_once DAG_ID LOGICAL_DATE …`: runs in this process, one by one.

Real operators and task instances through Airflow's own `dag.test()`, without a scheduler: for the
demo. It imports what the runs need, and begins at a line on its standard input: so whoever starts
it prepares the databases meanwhile. Exits 1 when a run does not succeed.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import DAG

AIRFLOW = (
    "airflow.dag_processing.dagbag",
    "airflow.sdk.execution_time.supervisor",
    "airflow.serialization.serialized_objects",
    "medallion.airflow.loader",
)
"""What `dag.test()` would import when it is called."""


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
    with _without_collector():
        _warm_up()
    if not sys.stdin.readline():
        raise SystemExit("nothing was run: whoever was to begin it is gone")
    from medallion.airflow.loader import load_dags

    for dag_id, moment in zip(arguments[::2], arguments[1::2], strict=True):
        (dag,) = load_dags(only=dag_id).values()
        logical_date = datetime.fromisoformat(moment)
        if logical_date.tzinfo is None:
            logical_date = logical_date.replace(tzinfo=UTC)
        if not run_once(dag, logical_date):
            return 1
    return 0


def _warm_up() -> None:
    """Import what runs need, and have the API server made that their tasks talk to: `dag.test()`
    has one in this process, which makes a version of each of its models at its first request."""
    from medallion.steps.preload import GATE, STEPS, preload

    preload(AIRFLOW + STEPS + GATE)
    import httpx
    from airflow.sdk.execution_time.supervisor import in_process_api_server

    transport = in_process_api_server().transport
    httpx.Client(transport=transport, base_url="http://in-process.invalid").get("/health/ping")


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep what the block makes from ever being looked at by the collector. It would find no
    garbage among modules and models: half a million objects."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    gc.freeze()  # the end of a process collects what is left: 3 s of nothing
    sys.exit(code)
