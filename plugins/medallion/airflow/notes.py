"""Notes on task instances and runs: a gate that has quarantined is green, and does not look it.

A task cannot write a note on itself. It leaves the text as an XCom, and a listener of the scheduler
makes notes of these when the run has ended: Airflow marks both in its grid and lists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

from medallion.airflow.savepoint import write_beside

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from medallion.steps.context import StepResult

NOTE = "medallion_note"
"""The XCom that a task leaves; and who Airflow says has written a note."""
LONGEST = 1000
"""Characters that Airflow keeps of a note."""
SHORTEST = 200
"""Characters of each task in the note of a run."""


def leave_note(context: Mapping[str, Any], text: str) -> None:
    """Leave a text for the note of this task's instance; what keeps it from that changes nothing
    of the task.
    """
    instance = context.get("ti")
    if instance is not None and text:
        with suppress(Exception):
            instance.xcom_push(key=NOTE, value=shorten(text, LONGEST))


def note_of(result: StepResult) -> str:
    """What of a step's result a person should see without opening it; empty: nothing."""
    said = result.details.get("attention", ())
    return "\n".join(map(str, said)) if isinstance(said, list | tuple) else ""


def shorten(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Called where a run ends: in the scheduler, or by whoever sets its state in the UI."""
    write_notes(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """Called like `on_dag_run_success`, of a run that failed."""
    write_notes(dag_run)


def write_notes(dag_run: Any) -> None:
    """Write the notes of a run, in the transaction that ends it."""
    write_beside(
        dag_run,
        lambda connection: _write(connection, dag_run.id, dag_run.dag_id, dag_run.run_id),
        "the notes of %s %s are not written",
    )


def _write(connection: Connection, number: int, dag_id: str, run_id: str) -> None:
    from airflow.models.dagrun import DagRunNote
    from airflow.models.taskinstance import TaskInstance, TaskInstanceNote
    from airflow.models.xcom import XComModel
    from sqlalchemy import select

    instances = select(TaskInstance.task_id, TaskInstance.id).where(
        TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id
    )
    left = select(XComModel.task_id, XComModel.value).where(
        XComModel.dag_run_id == number, XComModel.key == NOTE
    )
    texts = {task_id: _text(value) for task_id, value in connection.execute(left)}
    ids = dict(connection.execute(instances).tuples().all())
    table: Any = TaskInstanceNote.__table__
    before = set(
        connection.execute(
            select(table.c.ti_id).where(table.c.ti_id.in_(ids.values()), table.c.user_id == NOTE)
        ).scalars()
    )
    for task_id, instance in ids.items():
        if task_id in texts or instance in before:
            _keep(connection, table, "ti_id", instance, texts.get(task_id, ""))
    if texts or before:
        lines = [f"{name}: {shorten(texts[name], SHORTEST)}" for name in sorted(texts)]
        runs: Any = DagRunNote.__table__
        _keep(connection, runs, "dag_run_id", number, shorten("\n".join(lines), LONGEST))


def _keep(connection: Connection, table: Table, key: str, value: object, text: str) -> None:
    """Write a note in place of our own; a person's stays. No text: there is none any more."""
    from sqlalchemy import delete, insert, select

    here = table.c[key] == value
    connection.execute(delete(table).where(here, table.c.user_id == NOTE))
    if text and connection.execute(select(table.c[key]).where(here)).first() is None:
        connection.execute(insert(table).values({key: value, "content": text, "user_id": NOTE}))


def _text(value: object) -> str:
    """An XCom's value: text, which Airflow may have written as JSON."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = json.loads(value) if value.startswith('"') else value
    return str(value)
