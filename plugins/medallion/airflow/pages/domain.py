"""A domain's page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from medallion.airflow.pages.access import ViewerDep
from medallion.airflow.pages.desk import read_declared, reading
from medallion.airflow.pages.rendering import page
from medallion.catalogue.domain import read_domain

router = APIRouter(prefix="/domains")


@router.get("/{domain}")
def show_domain(request: Request, viewer: ViewerDep, domain: str) -> HTMLResponse:
    """Its tables, who answers for them, what it shares and what it costs."""
    viewer.domain(domain)
    with reading(f"reading the domain {domain}") as session:
        shown = read_domain(session, read_declared(), domain)
    return page(request, "domain.html", viewer=viewer, domain=shown)
