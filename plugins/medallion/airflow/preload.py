"""A listener that loads the steps' libraries once, in the scheduler, before it forks.

LocalExecutor forks its workers from the scheduler and a process a task from each worker: what the
scheduler has imported, a task has at once. A gate's first second is then spent on the data instead
of on importing Great Expectations (2 to 7 s). Celery and Kubernetes workers are not forked from
the scheduler: there it does nothing.
"""

from __future__ import annotations

import logging
import os
import sys

from airflow.listeners import hookimpl

log = logging.getLogger(__name__)


@hookimpl
def on_starting(component: object) -> None:
    """Called by every Airflow job as it starts; only a scheduler with local workers preloads."""
    if type(component).__name__ != "Job" or sys.argv[-1] != "scheduler":
        return
    if os.environ.get("MEDALLION_PRELOAD", "1") == "0" or not _forks_workers():
        return
    import time

    from medallion.steps.preload import preload

    started = time.monotonic()
    preload()
    log.info("Medallion loaded its steps' libraries in %.1f s", time.monotonic() - started)


def _forks_workers() -> bool:
    from airflow.configuration import conf

    return "LocalExecutor" in conf.get("core", "executor")
