"""The DAGs of all specs, and those that come with Medallion: for the DAG processor.

A starting task needs one of them (`loader.load_dags`), and none of what is imported here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from airflow.sdk import DAG

from medallion.airflow import (
    bi_dag,
    freshness_dag,
    journal_dag,
    maintenance_dag,
    replay_dag,
    restate_dag,
)
from medallion.airflow.ahead import Ahead
from medallion.airflow.assets import assets_of
from medallion.airflow.factory import build_dags
from medallion.airflow.openlineage.sending import hold_back_events
from medallion.compiler.project import load_project
from medallion.compiler.runnable import Project
from medallion.errors import Issue
from medallion.operations.environments.setting import read_environment

_USUAL = 30.0
"""Airflow's own limit of a parse, in seconds."""
_MOST = 10.0
"""Seconds that a parse compiles at most, however long it may take: the other files wait for it."""

GENERATED: Mapping[str, Callable[[Path, Sequence[str]], DAG]] = {
    maintenance_dag.DAG_ID: maintenance_dag.build,
    replay_dag.DAG_ID: replay_dag.build,
    restate_dag.DAG_ID: restate_dag.build,
    freshness_dag.DAG_ID: freshness_dag.build,
    journal_dag.DAG_ID: journal_dag.build,
    bi_dag.DAG_ID: bi_dag.build,
}
"""The DAGs that come with the pipelines; the last one where specs declare something for it. While
one of their tasks starts, no spec is read."""


def find_deadline() -> float:
    """The moment of `time.monotonic` at which compiling ends in a parse that begins now: after a
    third of the time that Airflow gives a parse (`[core] dagbag_import_timeout`, 30 s by itself),
    10 s at most.

    The specs are still to be compared with each other then, and DAGs to be made of plans. What is
    left is compiled at the next parse.
    """
    from airflow.sdk.configuration import conf

    given = conf.getfloat("core", "dagbag_import_timeout", fallback=_USUAL)
    return time.monotonic() + min((given if given > 0 else _USUAL) / 3, _MOST)


def build_all(root: Path) -> tuple[dict[str, DAG], tuple[Issue, ...]]:
    """Every DAG that stands, and why the others do not."""
    ahead = Ahead(root)
    project = load_project(root, until=find_deadline(), ahead=ahead.make)
    dags, refused = build_dags(project, root, ahead.find)
    return dags | build_generated(project, root), (*project.issues, *refused)


def build_generated(project: Project, root: Path) -> dict[str, DAG]:
    """The DAGs of maintenance, replays, restatements, freshness and the journal of reads, none if
    there are no pipelines; and the one that keeps Superset in step, if specs declare something for
    the BI team. An environment has none of them: each writes what is production's, or sends
    messages."""
    if read_environment() is not None:
        return {}
    if not project.silver_tables and not project.runnable:
        return {}
    dags = {dag_id: build(root, project.silver_tables) for dag_id, build in GENERATED.items()}
    del dags[bi_dag.DAG_ID]
    if project.bi_tables:
        dags[bi_dag.DAG_ID] = bi_dag.of_tables(assets_of(project.assets, project.bi_tables))
    return hold_back_events(dags)
