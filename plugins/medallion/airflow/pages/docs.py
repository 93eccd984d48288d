"""The documentation, for whoever is logged in: the site that `make docs-build` has made."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from medallion.airflow.pages.access import ViewerDep, no_such
from medallion.airflow.pages.rendering import HEADERS, page
from medallion.roots import docs_site

router = APIRouter(prefix="/docs")

_KEPT = "private, max-age=86400"
_ASKED_AGAIN = "no-cache"


@router.get("")
def lead_to_first_page(request: Request, viewer: ViewerDep) -> Response:
    """The site's addresses are relative: its first page has a slash at the end."""
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/docs/", status_code=303, headers=HEADERS)


@router.get("/{path:path}")
def show_file(request: Request, viewer: ViewerDep, path: str) -> Response:
    """A file of the site. It holds nobody's data, so whoever is logged in may read it."""
    site = docs_site()
    if not (site / "index.html").is_file():
        return page(request, "docs_missing.html", status_code=404, viewer=viewer)
    file = _file_of(site, path or "index.html")
    if file is None:
        raise no_such("page", path)
    # What a page names with a digest may be kept; the pages themselves change with the next build.
    cache = _KEPT if request.query_params.get("v") else _ASKED_AGAIN
    return FileResponse(file, headers=HEADERS | {"Cache-Control": cache})


def _file_of(site: Path, path: str) -> Path | None:
    """None: it is not a file of the site."""
    try:
        file = (site / path).resolve()
        if file.is_dir():
            file /= "index.html"
        return file if file.is_relative_to(site.resolve()) and file.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None
