"""What people were asked before publications of a table, and what they decided."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from medallion.airflow.addresses import path_of, task_page
from medallion.airflow.pages.access import Viewer, ViewerDep
from medallion.airflow.pages.rendering import page
from medallion.airflow.pages.table import Opened, open_table
from medallion.warehouse.registry.approvals import AskedApproval, approvals_of

router = APIRouter(prefix="/tables")


@router.get("/{name}/approvals")
def show_approvals(request: Request, viewer: ViewerDep, name: str) -> HTMLResponse:
    """The last questions: what each one showed, and the answer or where to give it."""
    with open_table(viewer, name) as one:
        asked = read_approvals(viewer, one)
    forms = {
        question.approval_id: path_of(
            task_page(
                question.dag_id,
                question.run_id,
                f"{one.head.table.name}.publish",
                "required_actions",
            )
        )
        for question in asked
    }
    return page(
        request,
        "approvals.html",
        viewer=viewer,
        head=one.head,
        asked=asked,
        forms=forms,
        tab="versions",
    )


def read_approvals(viewer: Viewer, one: Opened) -> list[AskedApproval]:
    """The last questions about a table, without what the person may not see: readers in other
    domains, and values of columns that are personal now."""
    asked = approvals_of(one.session, one.head.table)
    hidden = one.find_hidden(named={name for each in asked for name in each.question.columns()})
    key = one.head.declared.primary_key if one.head.declared else ()
    return [each.as_seen_by(viewer.domains).without(hidden, key) for each in asked]
