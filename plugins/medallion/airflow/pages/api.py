"""The facts of the pages as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from medallion.airflow.pages.access import ViewerDep
from medallion.airflow.pages.asked import TablesAsked
from medallion.airflow.pages.desk import declared, reading
from medallion.catalogue.overview import Overview, overview, read_tables

router = APIRouter(prefix="/api")


@router.get("/tables")
def list_tables(viewer: ViewerDep, asked: Annotated[TablesAsked, Query()]) -> Overview:
    """The tables that you may see, what needs somebody first."""
    with reading("reading the overview") as session:
        rows = read_tables(session, declared(), viewer.domains)
    return overview(rows, asked.filters(), asked.page)
