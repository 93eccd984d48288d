"""What a publication raises that waits for a person: whoever runs it asks, and lets it wait."""

from __future__ import annotations

from medallion.plan.model import Approval
from medallion.warehouse.registry.approvals import Question


class ApprovalWanted(BaseException):
    """A person has to be asked before the step can go on.

    No `Exception`, for nothing is wrong: the step ends here, and is run again with the
    `Decision` in its context.
    """

    def __init__(self, *, approval_id: int, code: str, question: Question, approval: Approval):
        """`approval_id`, `code`: of the question in `medallion.approvals`."""
        super().__init__(approval_id)
        self.approval_id = approval_id
        self.code = code
        self.question = question
        self.approval = approval
