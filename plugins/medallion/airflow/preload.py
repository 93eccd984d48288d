"""A listener that loads what children need once, in the process that forks them.

LocalExecutor forks its workers from the scheduler and a process a task from each worker: what the
scheduler has imported and worked out, a task has at once. A gate's first second is then spent on
the data instead of on importing Great Expectations (2 to 7 s), and a task's first parse takes
hundredths of a second instead of tenths. Celery's workers are not forked from the scheduler: their
own parent does the same (`celery_worker.py`). A pod of Kubernetes is forked from nothing. The DAG
processor forks a child for each parse of a file.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress

from airflow.listeners import hookimpl

from medallion.airflow.log_masking import mask_copies

log = logging.getLogger(__name__)


@hookimpl
def on_starting(component: object) -> None:
    """Called by every Airflow job as it starts; those that fork prepare their children."""
    if type(component).__name__ == "TaskRunnerMarker":
        _make_missing_stubs()
        return
    if type(component).__name__ != "Job":
        return
    prepare = {"scheduler": prepare_for_tasks, "dag-processor": prepare_for_parsing}
    job = (*sys.argv, "", "")[1]  # options may follow
    if job not in prepare or (job == "scheduler" and not _forks_workers()):
        return
    if job == "scheduler":
        mask_copies()
    if is_switched_off():
        return
    import time

    started = time.monotonic()
    prepare[job]()
    log.info("Medallion loaded what its children need in %.1f s", time.monotonic() - started)


def is_switched_off() -> bool:
    """Whether `MEDALLION_PRELOAD=0` says that nothing is loaded ahead."""
    return os.environ.get("MEDALLION_PRELOAD", "1") == "0"


def prepare_for_parsing() -> None:
    """Import what building DAGs needs, in the DAG processor, which forks a child for each parse.

    Airflow does this only for its own modules that a DAG file imports. The domains' DAG files are
    made before Airflow looks for them. The process that compiles specs starts now too: a parse in
    which one has changed does not wait for its imports.
    """
    import medallion.airflow.domains
    import medallion.airflow.every_dag
    import medallion.spec.files.excerpts
    import medallion.spec.files.loaded  # noqa: F401
    from medallion.airflow.stubs import dags_folder, keep_stubs
    from medallion.compiler.guard import start_host
    from medallion.roots import project_root

    _import_kinds()
    start_host()
    keep_stubs(dags_folder(), project_root())


def prepare_for_tasks() -> None:
    """Import what steps need, and parse one spec, in a process that will fork tasks."""
    from medallion.steps.preload import preload, settle

    preload()
    _import_kinds()
    _parse_one_spec()
    settle()


def _import_kinds() -> None:
    """Import what plans are made of. A process that has not done so imports of it what the one plan
    needs that it reads."""
    import medallion.publish.dispositions
    import medallion.sources.kinds  # noqa: F401


def _parse_one_spec() -> None:
    """Pay for what only the first DAG of a process costs: Airflow looks through its providers for
    kinds of assets, modules are imported on their first use.
    """
    from medallion.airflow.loader import load_dags
    from medallion.compiler.guard import closing_guard
    from medallion.roots import project_root
    from medallion.spec.load.discover import discover

    for folder, specs in discover(project_root()).domains:
        for spec in specs:
            with suppress(Exception), closing_guard():
                load_dags(only=f"{folder.name}.{spec.stem}")
                return


def _make_missing_stubs() -> None:
    """A task is parsed from its domain's DAG file: where tasks run on another host than the DAG
    processor, it is made here.
    """
    from medallion.airflow.stubs import dags_folder, make_missing_stubs
    from medallion.roots import project_root

    make_missing_stubs(dags_folder(), project_root())


def _forks_workers() -> bool:
    from airflow.configuration import conf

    return "LocalExecutor" in conf.get("core", "executor")
