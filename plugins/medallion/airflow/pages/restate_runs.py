"""The runs of Airflow's that do the work of a restatement: started, and looked at."""

from __future__ import annotations

from airflow.api.common.trigger_dag import trigger_dag
from airflow.exceptions import DagNotFound, DagRunAlreadyExists
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType
from sqlalchemy import or_, select

from medallion.airflow.restate_dag import DAG_ID
from medallion.catalogue.restatements import RestateRun
from medallion.errors import SetupError


def list_runs(number: int) -> list[RestateRun]:
    """The runs of one restatement, the latest first."""
    name = _first_id(number)
    asked = (
        select(DagRun.run_id, DagRun.state, DagRun.queued_at, DagRun.end_date)
        .where(
            DagRun.dag_id == DAG_ID,
            or_(DagRun.run_id == name, DagRun.run_id.startswith(f"{name}_", autoescape=True)),
        )
        .order_by(DagRun.id.desc())
    )
    with create_session() as session:
        return [
            RestateRun(
                run_id=run_id,
                state=str(getattr(state, "value", state) or ""),
                queued_at=queued,
                ended_at=ended,
            )
            for run_id, state, queued, ended in session.execute(asked)
        ]


def is_paused() -> bool:
    """Whether the DAG is paused, so that its runs wait."""
    with create_session() as session:
        return bool(session.scalar(select(DagModel.is_paused).where(DagModel.dag_id == DAG_ID)))


def start_run(number: int, by: str) -> str:
    """Have Airflow do what is left of a restatement; the id of the run. Where one does so already,
    it is that one.

    Raises:
        SetupError: Airflow has not got the DAG.
    """
    known = list_runs(number)
    if known and known[0].goes_on:
        return known[0].run_id
    run_id = f"{_first_id(number)}_{len(known) + 1}" if known else _first_id(number)
    try:
        trigger_dag(
            DAG_ID,
            triggered_by=DagRunTriggeredByType.UI,
            triggering_user_name=by,
            run_id=run_id,
            conf={"restatement": number},
        )
    except DagRunAlreadyExists:  # somebody was faster: that run does the same
        pass
    except DagNotFound:
        raise SetupError(
            f"Airflow has no DAG {DAG_ID}, which would do the work of restatement {number}",
            remedy="does the DAG processor run? Then ask for the same days again: the restatement "
            "is continued",
        ) from None
    return run_id


def _first_id(number: int) -> str:
    return f"restatement_{number}"
