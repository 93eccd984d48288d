"""A table's pages."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from medallion.airflow.pages.access import Viewer, ViewerDep, no_such
from medallion.airflow.pages.desk import declared, reading
from medallion.airflow.pages.rendering import page
from medallion.catalogue.declared import Declared
from medallion.catalogue.table import TableHead, read_head, read_story
from medallion.warehouse.session.transaction import Session

router = APIRouter(prefix="/tables")


@router.get("/{name}")
def show_table(request: Request, viewer: ViewerDep, name: str) -> HTMLResponse:
    """What it is, how it is now, and what became of it."""
    known = declared()
    with reading(f"reading {name}") as session:
        head = head_of(session, viewer, known, name)
        story = read_story(session, known, head)
    return page(request, "table.html", viewer=viewer, head=head, story=story, tab="about")


def head_of(session: Session, viewer: Viewer, known: Declared, name: str) -> TableHead:
    """The top of a table's page, if the person may see it.

    Raises:
        HTTPException: 404.
    """
    head = read_head(session, known, viewer.table(name))
    if head is None:
        raise no_such("table", name)
    return head
