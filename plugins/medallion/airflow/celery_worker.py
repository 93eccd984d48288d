"""What a worker of Celery loads before it forks: `AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS` names it,
as `medallion.airflow.celery_worker.CONFIG`.

A worker's parent forks a process for each slot, and that one a process for each task: what the
parent has imported, a task has at once. Airflow's own settings of Celery are left as they are.
"""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import worker_init

from medallion.airflow.preload import is_switched_off, prepare_for_tasks

log = logging.getLogger(__name__)

CONFIG: dict[str, Any] = DEFAULT_CELERY_CONFIG
_COMPARING_SECONDS = 10.0
"""How long a worker compares files at most before it takes tasks."""


@worker_init.connect  # type: ignore[untyped-decorator]
def load_before_forking(**_: object) -> None:
    """Import what tasks need, in a worker's parent. What cannot be imported there is left to the
    tasks, whose logs say why."""
    if is_switched_off():
        return
    started = time.monotonic()
    try:
        prepare_for_tasks()
    except Exception:
        log.exception("Medallion could not load ahead what tasks need; each loads it for itself")
        return
    seconds = time.monotonic() - started
    log.info("Medallion loaded what tasks need in %.1f s, in process %d", seconds, os.getpid())
    _compare_files()


def _compare_files() -> None:
    """Say where this worker's host has other files than the DAG processor has accepted."""
    from medallion.compiler.guard import closing_guard
    from medallion.operations.same_spec import compare_host, describe_unknown
    from medallion.roots import project_root

    try:
        with closing_guard():
            found = compare_host(project_root(), until=time.monotonic() + _COMPARING_SECONDS)
    except Exception:
        log.exception("Medallion could not compare this host's files; each task does so itself")
        return
    if not (said := found.describe()):
        log.info("%d specs are as the DAG processor has accepted them", found.known)
    elif found.known:
        log.warning("%s", said)
    else:
        log.info("%s: %s", said, describe_unknown())
