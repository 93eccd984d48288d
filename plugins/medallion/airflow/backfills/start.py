"""Starts, pauses and cancels backfills as Airflow's own public API does, for the person who asks.

Its functions are called, not its addresses: what they check of rights is checked by who calls, in
the same words (`Viewer.must_trigger`, `must_change_runs`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.core_api.datamodels.backfills import BackfillPostBody
from airflow.api_fastapi.core_api.routes.public import backfills as api
from airflow.models.log import Log
from airflow.utils.session import create_session
from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class Change(StrEnum):
    """What can be done to a backfill that is not done."""

    PAUSE = "pause"
    UNPAUSE = "unpause"
    CANCEL = "cancel"


class NotStarted(Exception):
    """Airflow refuses the backfill; its own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A backfill to be started: the first and last start of an interval, both included; `again`
    is Airflow's `reprocess_behavior`."""

    dag_id: str
    first: datetime
    last: datetime
    again: str
    at_once: int


def start_backfill(order: Order, user: Any) -> int:
    """Have Airflow make the runs; the backfill's number. Airflow's audit log has it too.

    Args:
        order: what to run.
        user: Airflow's object of the person who starts it.

    Raises:
        NotStarted: one of the DAG is running, or Airflow takes the dates for wrong.
    """
    body = BackfillPostBody.model_validate(
        {
            "dag_id": order.dag_id,
            "from_date": order.first,
            "to_date": order.last,
            "reprocess_behavior": order.again,
            "max_active_runs": order.at_once,
        }
    )
    with create_session() as session:
        _log(session, "create_backfill", "POST", order.dag_id, user, body.model_dump(mode="json"))
        try:
            return int(api.create_backfill(body, user, session).id)
        except HTTPException as error:
            raise NotStarted(str(error.detail)) from None
        except RequestValidationError as error:
            raise NotStarted(str(error.errors())) from None


def change_backfill(backfill_id: int, dag_id: str, change: Change, user: Any) -> None:
    """Pause it (runs that wait do not begin, running ones finish), resume it, or end it (runs
    that wait are marked failed).

    Raises:
        HTTPException: 409, it is done already.
    """
    functions = {
        Change.PAUSE: api.pause_backfill,
        Change.UNPAUSE: api.unpause_backfill,
        Change.CANCEL: api.cancel_backfill,
    }
    with create_session() as session:
        extra = {"backfill_id": backfill_id}
        _log(session, f"{change}_backfill", "PUT", dag_id, user, extra)
        functions[change](backfill_id, session)


def _log(
    session: Session, event: str, method: str, dag_id: str, user: Any, extra: dict[str, Any]
) -> None:
    """An entry of Airflow's audit log, as `action_logging` writes it for its own addresses."""
    name = user.get_name()
    session.add(
        Log(
            event=event,
            task_instance=None,
            owner=name,
            owner_display_name=name,
            extra=json.dumps({**extra, "method": method}),
            dag_id=dag_id,
        )
    )
    session.commit()
