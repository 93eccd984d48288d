"""What dags/ calls: the DAGs of all valid specs, or of the one that a starting task needs."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from airflow.sdk import DAG, get_parsing_context

from medallion.airflow import bi_dag, freshness_dag, maintenance_dag, replay_dag, restate_dag
from medallion.airflow.assets import assets_of
from medallion.airflow.factory import build, build_dags
from medallion.airflow.in_environment import id_in_specs, place_runnable
from medallion.airflow.openlineage.sending import hold_back_events
from medallion.airflow.refused_specs import InvalidSpecs, raise_issues
from medallion.compiler.project import Project, Runnable, load_project
from medallion.compiler.single import plan_of_spec, version_for_task
from medallion.errors import Issue
from medallion.operations.environments.setting import read_environment
from medallion.plan.model import Plan
from medallion.roots import project_root
from medallion.spec.files.spec_paths import spec_path_of

SECONDS = 15.0
"""For compiling, in each parse of a file: Airflow ends a parse after 30 s, and DAGs are still to be
made of the plans. What is left is compiled at the next parse."""

__all__ = ["InvalidSpecs", "load_dags", "plan_of", "raise_for_invalid_specs"]

GENERATED: Mapping[str, Callable[[Path, Sequence[str]], DAG]] = {
    maintenance_dag.DAG_ID: maintenance_dag.build,
    replay_dag.DAG_ID: replay_dag.build,
    restate_dag.DAG_ID: restate_dag.build,
    freshness_dag.DAG_ID: freshness_dag.build,
    bi_dag.DAG_ID: bi_dag.build,
}
"""The DAGs that come with the pipelines; the last one where specs declare something for it. While
one of their tasks starts, no spec is read."""


def load_dags(only: str | None = None) -> dict[str, DAG]:
    """The DAGs by their ids. A broken spec takes no other one down.

    Args:
        only: one DAG's id: its spec as it is now. While a task starts, Airflow says which one it
            is for, and only that spec is read; where its file is gone, all are.

    Raises:
        SpecError: the one spec that was asked for is broken.
    """
    root = project_root()
    wanted = only or get_parsing_context().dag_id
    if wanted is not None and wanted in GENERATED and read_environment() is None:
        return hold_back_events({wanted: GENERATED[wanted](root, ())})
    named = id_in_specs(wanted) if wanted else None
    path = spec_path_of(named, root) if named else None
    with without_collections():
        if path is None:
            return _build_all(root)[0]
        if only:
            one = Runnable(plan=plan_of_spec(path, root))
        else:
            version = version_for_task(path, root)
            one = Runnable(plan=version.plan, since=version.since)
        dag = build(place_runnable(one, root), root)
        return hold_back_events({dag.dag_id: dag})


def raise_for_invalid_specs() -> None:
    """Raise one error that lists every issue of every spec; nothing if there are none.

    It does nothing while a task starts: only the task's own DAG matters then.
    """
    if get_parsing_context().dag_id:
        return
    with without_collections():
        issues = _build_all(project_root())[1]
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


def _build_all(root: Path) -> tuple[dict[str, DAG], tuple[Issue, ...]]:
    """Every DAG that stands, and why the others do not."""
    project = load_project(root, until=time.monotonic() + SECONDS)
    dags, refused = build_dags(project, root)
    return dags | build_generated(project, root), (*project.issues, *refused)


def build_generated(project: Project, root: Path) -> dict[str, DAG]:
    """The maintenance, replay, restate and freshness DAGs, none if there are no pipelines; and the
    one that keeps Superset in step, if specs declare something for the BI team. An environment has
    none of them: each writes what is production's, or sends messages."""
    if read_environment() is not None:
        return {}
    if not project.silver_tables and not project.runnable:
        return {}
    dags = {dag_id: build(root, project.silver_tables) for dag_id, build in GENERATED.items()}
    del dags[bi_dag.DAG_ID]
    if project.bi_tables:
        dags[bi_dag.DAG_ID] = bi_dag.of_tables(assets_of(project.assets, project.bi_tables))
    return hold_back_events(dags)


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
