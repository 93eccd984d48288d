"""Loads of dlt itself into a PostgreSQL: a line of JSON on standard input is one, in a process of
its own; what that ended with is a line on standard output.

A line has the database's `url`, a `folder`, the `name` of the pipeline, the `rows`, and how dlt
writes them. With `killed` the process is killed when all rows are written and only the load's own
row in `_dlt_loads` is missing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
import dlt.destinations.impl.postgres.postgres
from dlt.destinations.job_client_impl import SqlJobClientBase


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def load(url: str, folder: str, name: str, rows: list[Any], killed: bool, **how: Any) -> None:
    if killed:
        type.__setattr__(SqlJobClientBase, "complete_load", die)
    pipeline = dlt.pipeline(
        pipeline_name=name,
        destination=dlt.destinations.postgres(url),
        dataset_name="web",
        pipelines_dir=folder,
    )
    pipeline.run(rows, **how)


def fork(said: dict[str, Any]) -> int:
    """Load in a process of its own; the code that it ended with."""
    child = os.fork()
    if not child:
        try:
            load(**said)
        except BaseException as error:  # the parent has the code, and the test its message
            sys.stderr.write(f"{error}\n")
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(f"{fork(json.loads(line))}\n")
        sys.stdout.flush()
