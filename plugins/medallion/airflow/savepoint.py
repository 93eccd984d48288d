"""What listeners of the scheduler write, in the transaction in which a run begins or ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)


def write_beside(dag_run: Any, write: Callable[[Connection], None], problem: str) -> None:
    """Write in the transaction that changes a run; a failure is logged and undoes this alone.

    A savepoint of the connection, since the scheduler forbids its session to commit, which a nested
    transaction of the session counts as.

    Args:
        dag_run: with a session, or nothing is written.
        problem: what the log says of a failure; it has places for the DAG's and the run's ids.
    """
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None:
        return
    try:
        connection = session.connection()
        with connection.begin_nested():
            write(connection)
    except Exception:
        log.exception(problem, dag_run.dag_id, dag_run.run_id)
