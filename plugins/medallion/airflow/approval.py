"""Asking a person before a publication, by Airflow's human-in-the-loop requests.

The task waits in the state `awaiting_input`: it holds no slot and no trigger. Airflow's API takes
the answer, and its scheduler looks after the time.

Airflow keeps the text of a task's first request for all its later tries. So the form has the code
of what it shows as a field: an answer to an old text brings an old code, and does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from medallion.airflow.addresses import path_of, table_page
from medallion.errors import MedallionError

if TYPE_CHECKING:
    from medallion.names import PublishedTable
    from medallion.plan.model import PublishStep
    from medallion.steps.context import ApprovalWanted, Decision

APPROVE, REJECT = "Approve", "Reject"
COMMENT, CODE = "comment", "code"


def can_ask() -> bool:
    """Whether this Airflow lets a task wait for a person: from 3.3 on."""
    from airflow.sdk import exceptions

    return hasattr(exceptions, "TaskAwaitingInput")


def ask(context: Mapping[str, Any], step: PublishStep, wanted: ApprovalWanted) -> NoReturn:
    """Show the question on Airflow's page of required actions, and let the task wait.

    After the spec's `timeout` Airflow answers "Reject" in nobody's name. Without that default, a
    late answer would count as a failure that is worth a retry.

    Raises:
        TaskAwaitingInput: to Airflow; the task continues in the operator's `answered`.
    """
    from airflow.sdk import Param
    from airflow.sdk.exceptions import TaskAwaitingInput
    from airflow.sdk.execution_time.hitl import HITLUser, upsert_hitl_detail

    from medallion.airflow.question import as_markdown

    form = {
        COMMENT: Param("", type=["null", "string"], maxLength=1000, title="Comment"),
        CODE: Param(wanted.code, type="string", title="What the answer is about"),
    }
    upsert_hitl_detail(
        ti_id=context["ti"].id,
        options=[APPROVE, REJECT],
        subject=f"Publish {step.table.public}?",
        body=as_markdown(step.table, wanted, path_of(table_page(step.table.public, "approvals"))),
        defaults=[REJECT],
        params={name: one.serialize() for name, one in form.items()},
        assigned_users=[HITLUser(id=one, name=one) for one in wanted.approval.approvers],
    )
    raise TaskAwaitingInput(
        method_name="answered",
        kwargs={"approval_id": wanted.approval_id},
        timeout=wanted.approval.timeout,
    )


def decision_of(event: Mapping[str, Any], approval_id: int) -> Decision:
    """What Airflow hands over when somebody has answered, or nobody in time."""
    from medallion.steps.context import Decision

    who = event.get("responded_by_user") or {}
    said = event.get("params_input") or {}
    is_late = bool(event.get("timedout")) or "error" in event
    return Decision(
        approval_id=approval_id,
        is_approved=list(event.get("chosen_options") or ()) == [APPROVE] and not is_late,
        by=None if is_late else str(who.get("name") or who.get("id") or "somebody"),
        by_id=str(who.get("id") or ""),
        comment=str(said.get(COMMENT) or "").strip(),
        code=str(said.get(CODE) or "").strip(),
    )


def find_hidden_columns(table: PublishedTable, columns: Sequence[str]) -> frozenset[str] | None:
    """Those of a table's `columns` whose values no page shows, by the specs that run; None where
    no spec declares the table."""
    from medallion.catalogue.declared import SpecShelf
    from medallion.catalogue.personal import find_hidden_if_known
    from medallion.roots import project_root

    try:
        return find_hidden_if_known(SpecShelf(project_root()).now(), table, columns)
    except (MedallionError, OSError):
        return None
