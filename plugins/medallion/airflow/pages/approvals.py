"""What people were asked before publications of a table, and what they decided."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from medallion.airflow.addresses import path_of, task_page
from medallion.airflow.pages.access import ViewerDep
from medallion.airflow.pages.rendering import page
from medallion.airflow.pages.table import open_table
from medallion.warehouse.registry.approvals import approvals_of

router = APIRouter(prefix="/tables")


@router.get("/{name}/approvals")
def show_approvals(request: Request, viewer: ViewerDep, name: str) -> HTMLResponse:
    """The last questions: what each one showed, and the answer or where to give it."""
    with open_table(viewer, name) as one:
        asked = [
            question.as_seen_by(viewer.domains)
            for question in approvals_of(one.session, one.head.table)
        ]
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
