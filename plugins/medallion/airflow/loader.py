"""What dags/ calls: the DAGs of all valid specs, or of the one that a starting task needs.

A task's process often has nothing of Medallion in it (Celery, Kubernetes): what only the DAG
processor needs is imported by the functions that it calls, and ahead, by `preload`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import DAG, get_parsing_context

from medallion.airflow.factory import build
from medallion.airflow.in_environment import id_in_specs, place_runnable
from medallion.airflow.openlineage.sending import hold_back_events
from medallion.airflow.refused_specs import InvalidSpecs, raise_issues
from medallion.airflow.resources import runs_on_other_hosts
from medallion.compiler.runnable import Runnable
from medallion.compiler.single import TaskVersion, plan_of_spec, version_for_task
from medallion.errors import SpecError
from medallion.names import DagId
from medallion.operations.environments.setting import read_environment
from medallion.roots import project_root
from medallion.spec.files.spec_paths import place_of_spec, spec_path_of

if TYPE_CHECKING:
    from medallion.plan.model import Plan

__all__ = ["InvalidSpecs", "load_dags", "plan_of", "raise_for_invalid_specs"]

_OWN = "medallion."
"""How the ids of the DAGs begin that come with Medallion."""


def load_dags(only: str | None = None) -> dict[str, DAG]:
    """The DAGs by their ids. A broken spec takes no other one down.

    Args:
        only: one DAG's id: its spec as it is now. While a task starts, Airflow says which one it
            is for, and only that spec is read; where its file is gone, all are.

    Raises:
        SpecError: the one spec that was asked for is broken.
    """
    root, context = project_root(), get_parsing_context()
    wanted = only or context.dag_id
    if wanted is not None and wanted.startswith(_OWN) and read_environment() is None:
        from medallion.airflow.every_dag import GENERATED

        if wanted in GENERATED:
            return hold_back_events({wanted: GENERATED[wanted](root, ())})
    named = id_in_specs(wanted) if wanted else None
    starting = None if only else context.task_id
    elsewhere = bool(starting) and runs_on_other_hosts()
    path = _find_spec(named, root, elsewhere=elsewhere) if named else None
    with without_collections():
        if path is None:
            from medallion.airflow.every_dag import build_all

            return build_all(root)[0]
        if only:
            one = Runnable(plan=plan_of_spec(path, root))
        else:
            version = _find_version(path, root, elsewhere=elsewhere)
            one = Runnable(plan=version.plan, since=version.since)
        dag = build(place_runnable(one, root), root, starting=starting)
        return hold_back_events({dag.dag_id: dag})


def _find_spec(dag_id: str, root: Path, *, elsewhere: bool) -> Path | None:
    """The file of a DAG's spec. Where the DAG processor is on another host, its place: the file may
    be missing on this one."""
    found = spec_path_of(dag_id, root)
    parsed = DagId.parse(dag_id) if found is None and elsewhere else None
    return place_of_spec(parsed, root) if parsed is not None else found


def _find_version(path: Path, root: Path, *, elsewhere: bool) -> TaskVersion:
    """What a starting task runs.

    Raises:
        SpecError: nothing can be run of the spec here.
    """
    try:
        return version_for_task(path, root, elsewhere=elsewhere)
    except SpecError as error:
        if elsewhere:
            from medallion.operations.same_spec import name_host

            raise name_host(error) from None
        raise


def raise_for_invalid_specs() -> None:
    """Raise one error that lists every issue of every spec; nothing if there are none.

    It does nothing while a task starts: only the task's own DAG matters then.
    """
    if get_parsing_context().dag_id:
        return
    from medallion.airflow.every_dag import build_all

    with without_collections():
        issues = build_all(project_root())[1]
    raise_issues(issues, project_root())


def plan_of(dag_id: str, root: Path) -> Plan:
    """The plan of one DAG, from its spec as it is now.

    Raises:
        SpecError: its spec is refused.
        FileNotFoundError: there is no such spec.
    """
    path = spec_path_of(dag_id, root)
    if path is None:
        raise FileNotFoundError(f"there is no spec for the DAG {dag_id}")
    return plan_of_spec(path, root)


@contextmanager
def without_collections() -> Iterator[None]:
    """Switch Python's garbage collector off in the block: it would rescan every new object and free
    nothing. At 1,000 DAGs that took longer than reading their specs."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
