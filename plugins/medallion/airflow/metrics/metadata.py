"""What Airflow's metadata say of its health: three questions, whatever the number of DAGs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from medallion.monitoring.collect import AirflowMeasures

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

DAYS = 8
"""How far back the latest run of a pipeline is looked for: a weekly one is among them."""

COMPONENTS = {
    "SchedulerJob": "scheduler",
    "DagProcessorJob": "dag-processor",
    "TriggererJob": "triggerer",
}
_TITLE = re.compile(r"(?:One file|(?P<count>\d+) files) (?:of the domain (?P<domain>\S+) )?cannot")
_LONGEST = 20_000
"""Characters of an import error: where tracebacks are shown, the title comes after one."""


def airflow_measures(session: Session) -> AirflowMeasures:
    """As of now, in a session of Airflow's own."""
    from airflow.models.errors import ParseImportError
    from sqlalchemy import func, select

    errors = session.scalars(select(func.substr(ParseImportError.stacktrace, 1, _LONGEST))).all()
    return AirflowMeasures(
        import_errors=len(errors),
        refused_specs=count_refused(text or "" for text in errors),
        heartbeats=_heartbeats(session),
        pipelines=_pipelines(session),
    )


def count_refused(errors: Iterable[str]) -> dict[str, int]:
    """Files of specs that are refused by their domain, from the titles that
    `airflow.refused_specs.raise_issues` gives; files of no domain under an empty one.
    """
    found: Counter[str] = Counter()
    for text in errors:
        if title := _TITLE.search(text):
            found[title["domain"] or ""] += int(title["count"] or 1)
    return dict(found)


def _heartbeats(session: Session) -> dict[str, float]:
    from airflow.jobs.job import Job
    from sqlalchemy import func, select

    rows = session.execute(
        select(Job.job_type, func.max(Job.latest_heartbeat))
        .where(Job.job_type.in_(COMPONENTS))
        .group_by(Job.job_type)
    ).all()
    return {COMPONENTS[kind]: at.timestamp() for kind, at in rows if kind and at}


def _pipelines(session: Session) -> dict[tuple[str, str], int]:
    from airflow.models.dag import DagModel
    from airflow.models.dagrun import DagRun
    from sqlalchemy import func, select

    since = datetime.now(UTC) - timedelta(days=DAYS)
    latest = (
        select(DagRun.dag_id, func.max(DagRun.run_after).label("run_after"))
        .join(DagModel, DagModel.dag_id == DagRun.dag_id)
        .where(DagRun.run_after >= since, DagModel.is_stale.is_(False))
        .group_by(DagRun.dag_id)
        .subquery()
    )
    rows = session.execute(
        select(DagRun.dag_id, DagRun.state).join(
            latest,
            (DagRun.dag_id == latest.c.dag_id) & (DagRun.run_after == latest.c.run_after),
        )
    ).all()
    states = {dag_id: str(getattr(state, "value", state)) for dag_id, state in rows}
    return dict(Counter((dag_id.partition(".")[0], state) for dag_id, state in states.items()))
