"""Approval by a person: asked before a publication, and held to what was shown.

What is shown has a code: a digest of the staged rows and of what readers have. A decision counts
for that code alone. A run that was cleaned again, or whose table another run has published
meanwhile, has another code, and asks again.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from medallion.durations import in_words
from medallion.errors import NotApproved
from medallion.plan.model import Approval, PublishStep
from medallion.prose import tally
from medallion.publish.declaration import ApprovalRequired
from medallion.spec.messages.report import visible
from medallion.spec.models.alerts import AlertEvent
from medallion.steps.context import ApprovalWanted, Decision, StepContext
from medallion.steps.publish.publishing import Publishing
from medallion.steps.publish.question import make_question
from medallion.warehouse.registry import approvals, incidents
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import maker_of
from medallion.warehouse.registry.approvals import Question
from medallion.warehouse.registry.digest import rows_digest
from medallion.warehouse.registry.incidents import NewIncident
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session, session

_ACTIONS = {
    approvals.APPROVED: "approve",
    approvals.REJECTED: "reject",
    approvals.REFUSED: "answer that does not count",
}


def keep_decision(step: PublishStep, context: StepContext) -> None:
    """Record what a person has answered, once, with the journal of the table.

    An answer counts also where the spec has stopped asking since: a rejection publishes nothing.

    Raises:
        NotApproved: he has rejected it; nobody has answered; or the answer does not count.
    """
    decision, approval = context.decision, step.approval
    if decision is None:
        return
    with session(context.warehouse_url, "recording a decision") as connection:
        code, was_otherwise = approvals.read_question(connection, decision.approval_id)
        why_not = _why_not(decision, approval, code, was_otherwise=was_otherwise)
        verdict = _verdict(decision, why_not)
        new = approvals.decide(
            connection, decision.approval_id, verdict, decision.by, decision.comment
        )
        if new and verdict in _ACTIONS:
            _journal(connection, step, context, decision, verdict)
        incidents.close_incidents(connection, [_incident_key(step, context)])
    by = visible(decision.by or "")
    if decision.comment:
        context.log.info("%s comments: %s", by, visible(decision.comment))
    if verdict != approvals.APPROVED:
        raise _refuse_unapproved(step, approval, decision, why_not)
    context.log.info("%s: %s has approved the publication", step.table.public, by)


def hold_to_approval(publishing: Publishing) -> Publishing:
    """The publication, if nobody has to be asked, or somebody has approved this very one.

    Raises:
        ApprovalWanted: a person has to be asked.
        NotApproved: and nobody can be.
    """
    step, context = publishing.step, publishing.context
    approval = step.approval
    if approval is None or not _asks(approval, publishing):
        return publishing
    with session(context.warehouse_url, f"preparing {step.table.public}") as connection:
        current = registry.current(connection, step.table)
        against = current.publication_id if current else 0
        code = _code(connection, publishing, against)
        if approvals.is_approved(connection, context.run, step.table, code):
            return replace(publishing, against=against)
    if not context.can_ask:
        raise _nobody_to_ask(step, context)
    question = make_question(publishing, current)
    with session(context.warehouse_url, "asking for approval") as connection:
        approval_id = approvals.ask(connection, context.run, step.table, code, question)
        incidents.open_incident(connection, _incident(step, context, question))
    context.log.info(
        "%s waits for approval, for %s at most: %s",
        step.table.public,
        in_words(approval.timeout),
        _in_short(question),
    )
    raise ApprovalWanted(approval_id=approval_id, code=code, question=question, approval=approval)


def _asks(approval: Approval, publishing: Publishing) -> bool:
    return approval.required is ApprovalRequired.ALWAYS or bool(publishing.shape.breaks)


def _code(connection: Session, publishing: Publishing, against: int) -> str:
    """A digest of all that the publication follows from: what readers have, how it is written, the
    staged rows, and the rejects, whose keys `missing_keys` does not delete."""
    step, run_key = publishing.step, publishing.context.run_key
    staging, rejects = step.table.staging(run_key), step.table.rejects(run_key)
    columns = [one for one in columns_of(connection, staging) if not one.name.startswith("_")]
    how = (step.write_disposition.name, str(step.missing_keys), step.primary_key, step.deleted_when)
    parts = [str(against), str(how), *(f"{one.name} {one.type}" for one in columns)]
    parts += rows_digest(connection, staging, [one.name for one in columns])
    if rejected := columns_of(connection, rejects):
        parts += rows_digest(connection, rejects, [one.name for one in rejected])
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _why_not(
    decision: Decision, approval: Approval | None, code: str, *, was_otherwise: bool
) -> str:
    """Why an answer does not count; empty: it does."""
    if decision.by is None:
        return ""
    if approval and approval.approvers and decision.by_id not in approval.approvers:
        return "is not among the `approvers` of the spec"
    if decision.is_approved and decision.code != code and (decision.code or was_otherwise):
        return (
            f"answered a form about {decision.code or 'something else'}, and what would be "
            f"published is {code}"
        )
    return ""


def _verdict(decision: Decision, why_not: str) -> str:
    if decision.by is None:
        return approvals.TIMED_OUT
    if why_not:
        return approvals.REFUSED
    return approvals.APPROVED if decision.is_approved else approvals.REJECTED


def _journal(
    connection: Session, step: PublishStep, context: StepContext, decision: Decision, verdict: str
) -> None:
    details: dict[str, object] = {
        "run": context.run.run_id,
        "dag": context.run.dag_id,
        "approval": decision.approval_id,
    }
    if decision.comment:
        details["comment"] = decision.comment
    record_action(
        connection,
        step.table,
        by=decision.by or "",
        action=_ACTIONS[verdict],
        details=details,
    )


def _refuse_unapproved(
    step: PublishStep, approval: Approval | None, decision: Decision, why_not: str
) -> NotApproved:
    table = step.table
    then = "somebody is asked again" if approval else "the spec asks nobody any longer"
    untouched = "The published table is untouched"
    if decision.by is None:
        return NotApproved(
            f"{table.public}: nobody has approved the publication within "
            + (in_words(approval.timeout) if approval else "its time"),
            remedy=f"clear {table.name}.publish: {then}. {untouched}",
        )
    if why_not:
        return NotApproved(
            f"{table.public}: the answer of {decision.by} does not count: {decision.by} {why_not}",
            remedy=f"look at the approvals on the table's page, clear {table.name}.publish, and "
            f"write the code that is shown there into the form. {untouched}",
        )
    return NotApproved(
        f"{table.public}: {decision.by} has rejected the publication",
        remedy=f"when what was wrong is corrected, clear {maker_of(table)} and the tasks after it: "
        f"{then}. {untouched}",
    )


def _nobody_to_ask(step: PublishStep, context: StepContext) -> NotApproved:
    return NotApproved(
        f"{step.table.public} is published once a person has approved it, and nobody can be asked "
        "here",
        remedy=f"clear {maker_of(step.table)} and the tasks after it, of the run "
        f"{context.run.run_id} in Airflow: that asks",
    )


def _incident_key(step: PublishStep, context: StepContext) -> str:
    return f"{AlertEvent.APPROVAL_WANTED}:{step.table.public}:{context.run.run_id}"


def _incident(step: PublishStep, context: StepContext, question: Question) -> NewIncident:
    return NewIncident(
        key=_incident_key(step, context),
        event=AlertEvent.APPROVAL_WANTED,
        domain=step.table.domain,
        dag_id=context.run.dag_id,
        run_id=context.run.run_id,
        table=str(step.table.public),
        problem=f"a publication waits for approval: {_in_short(question)}",
        details="\n".join(question.breaks),
    )


def _in_short(question: Question) -> str:
    parts = [tally(question.rows_staged, "row")]
    if question.added is not None and question.removed is not None:
        parts.append(f"{question.added:,} added, {question.removed:,} removed")
    if question.changed is not None:
        parts.append(f"{question.changed:,} changed")
    if question.breaks:
        parts.append(f"{tally(len(question.breaks), 'column')} gone or of another type")
    return ", ".join(parts)
