"""The refused specs, with what is wrong in each line."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from medallion.airflow.pages.access import Viewer, ViewerDep
from medallion.airflow.pages.desk import read_declared, reading
from medallion.airflow.pages.rendering import page
from medallion.catalogue.refused import RefusedFile, RefusedSpec, list_refused_files, read_refused
from medallion.roots import project_root

router = APIRouter(prefix="/specs")


@router.get("")
def show_specs(
    request: Request, viewer: ViewerDep, file: Annotated[str, Query(max_length=500)] = ""
) -> HTMLResponse:
    """The refused files that the person may see; one of them, where one is asked for."""
    refused = read_refused_specs(viewer)
    shown = [one for one in refused if file in ("", one.path)]
    return page(request, "specs.html", viewer=viewer, refused=refused, shown=shown, file=file)


def read_refused_specs(viewer: Viewer) -> list[RefusedSpec]:
    """The refused files that a person may see, with their lines."""
    files = list_refused_for(viewer)
    if not files:
        return []
    with reading("reading the refused specs") as session:
        return read_refused(session, read_declared(), project_root(), files)


def list_refused_for(viewer: Viewer) -> list[RefusedFile]:
    """The refused files that a person may see: of his domains, and of a domain that has no DAG yet
    those whose DAG he may read once it is there. Files of no domain are for who may read all."""
    return [one for one in list_refused_files(project_root()) if _may_see(viewer, one)]


def _may_see(viewer: Viewer, file: RefusedFile) -> bool:
    if file.domain in viewer.domains:
        return True
    return viewer.may_read(file.dag_id)
