"""Which publications wait for a person, according to their table's spec."""

from __future__ import annotations

from collections.abc import Collection

from medallion.durations import duration
from medallion.plan.model import Approval
from medallion.publish.declaration import ApprovalRequired, ApprovalSpec, BreakingChange


def approval_of(
    declared: ApprovalSpec | None, shown_columns: Collection[str] = ()
) -> Approval | None:
    """What a publication waits for; None: nobody is asked.

    Args:
        shown_columns: those whose values the person who decides may see.
    """
    if declared is None:
        return None
    return Approval(
        required=declared.required,
        timeout=duration(declared.timeout),
        approvers=declared.approvers,
        shown_columns=frozenset(shown_columns),
    )


def breaking_change_of(said: BreakingChange, approval: ApprovalSpec | None) -> BreakingChange:
    """What the publication does with a breaking change: one that a person approves is meant."""
    asks = approval is not None and approval.required is ApprovalRequired.BREAKING_CHANGE
    return BreakingChange.ALLOW if asks else said
