"""The FastAPI app of the pages: its routers, what errors look like, and its files."""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from medallion.airflow.metrics import route as metrics
from medallion.airflow.pages import (
    actions,
    api,
    approvals,
    backfills,
    docs,
    domain,
    intervals,
    lineage,
    overview,
    products,
    run,
    specs,
    table,
)
from medallion.airflow.pages.access import ViewerDep, no_such
from medallion.airflow.pages.rendering import HEADERS, STATIC, page
from medallion.errors import MedallionError

ROUTERS: tuple[APIRouter, ...] = (
    overview.router,
    run.router,
    table.router,
    intervals.router,
    actions.router,
    approvals.router,
    domain.router,
    products.router,
    specs.router,
    lineage.router,
    backfills.router,
    docs.router,
    api.router,
)
"""A page is a router. Each of its routes takes a `ViewerDep`: a test holds it."""

_files = APIRouter()


def make_app() -> FastAPI:
    """The app, to be mounted below Airflow's."""
    app = FastAPI(
        title="Medallion",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(_hold_to_text)],
    )
    # Prometheus is nobody who logs in: /metrics has a token of its own.
    for router in (*ROUTERS, _files, metrics.router):
        app.include_router(router)
    app.add_exception_handler(HTTPException, _answer_refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(MedallionError, _answer_failed)
    return app


async def _hold_to_text(request: Request) -> None:
    """Refuse the one character that PostgreSQL keeps in no text, before it is asked.

    Raises:
        HTTPException: 404 in a path, which leads nowhere then; 422.
    """
    if any("\0" in str(value) for value in request.path_params.values()):
        raise HTTPException(status_code=404, detail="There is no such page.")
    form = await request.form()  # as FastAPI has read it; empty where there is none
    for where, values in (("address", request.query_params.values()), ("form", form.values())):
        if any("\0" in value for value in values if isinstance(value, str)):
            detail = f"The {where} has a zero byte (%00): take it out."
            raise HTTPException(status_code=422, detail=detail)


@_files.get("/static/{file}")
def static_file(file: str, viewer: ViewerDep) -> Response:
    """A style sheet or a script of the pages."""
    path = STATIC / file
    if file not in {known.name for known in STATIC.iterdir()}:
        raise no_such("file", file)
    headers = HEADERS | {"Cache-Control": "private, max-age=86400"}
    return FileResponse(path, headers=headers)


def _answer_refused(request: Request, error: Exception) -> Response:
    """Who is not logged in gets to Airflow's login; everyone else sees the error."""
    assert isinstance(error, HTTPException)  # noqa: S101  # it is registered for these alone
    if not _wants_html(request):
        return JSONResponse({"detail": error.detail}, error.status_code, HEADERS)
    if error.status_code == 401:
        return RedirectResponse(_login_url(request), status_code=303, headers=HEADERS)
    return _error_page(request, error.status_code, str(error.detail), "")


def _unreadable(request: Request, error: Exception) -> Response:
    """What was typed into an address, or left out of a form, is named in a sentence."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for these
    if not _wants_html(request):
        return JSONResponse({"detail": jsonable_encoder(error.errors())}, 422, HEADERS)
    said = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
    problem = f"The address or the form has something that cannot be used: {said}."
    return _error_page(request, 422, problem, "")


def _answer_failed(request: Request, error: Exception) -> Response:
    """What the warehouse does not answer is an error of the service, with its remedy."""
    assert isinstance(error, MedallionError)  # noqa: S101  # it is registered for these alone
    status = 503 if error.retryable else 500
    said = str(error)
    if not _wants_html(request):
        return JSONResponse({"detail": said}, status, HEADERS)
    problem, _, remedy = said.partition("\n")
    return _error_page(request, status, problem, remedy.strip(" →"))


def _error_page(request: Request, status: int, problem: str, remedy: str) -> HTMLResponse:
    # Of an action that came too late, the page where it was asked for shows what is there now.
    table = request.path_params.get("name", "") if status == 409 else ""
    tab = ("quarantine",) if request.url.path.rpartition("/")[0].endswith("/quarantine") else ()
    return page(
        request, "error.html", status_code=status, status=status, problem=problem, remedy=remedy,
        table=table, tab=tab,
    )  # fmt: skip


def _wants_html(request: Request) -> bool:
    """Whether a browser shows the answer."""
    asks = request.headers.get("accept", "")
    return "text/html" in asks and "/api/" not in request.url.path


def _login_url(request: Request) -> str:
    from airflow.api_fastapi.app import get_auth_manager

    return str(get_auth_manager().get_url_login(next_url=str(request.url)))
