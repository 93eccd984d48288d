"""The app of the pages, made at its first request: Airflow loads plugins in every process."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

PREFIX = "/medallion"

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class LazyApp:
    """An ASGI app that imports and makes the real one when it is asked for something."""

    def __init__(self) -> None:
        self._app: Callable[[_Scope, _Receive, _Send], Awaitable[None]] | None = None
        self._lock = threading.Lock()

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Hand a request on."""
        await self._make()(scope, receive, send)

    def _make(self) -> Callable[[_Scope, _Receive, _Send], Awaitable[None]]:
        with self._lock:
            if self._app is None:
                from medallion.airflow.pages.app import make_app
                from medallion.airflow.pages.garbage import pass_over_what_lasts

                self._app = make_app()
                pass_over_what_lasts()
            return self._app


FASTAPI_APPS: list[dict[str, object]] = [
    {"app": LazyApp(), "url_prefix": PREFIX, "name": "Medallion catalogue"}
]

# Airflow 3.3.2 has no destination on the pages of assets: their extra links to the catalogue.
# Addresses without a leading slash are below Airflow's own, whatever path that is served at.
EXTERNAL_VIEWS: list[dict[str, object]] = [
    {
        "name": "Catalogue",
        "href": f"{PREFIX.lstrip('/')}/",
        "destination": "nav",
        "url_route": "catalogue",
        "nav_top_level": True,
    },
    {
        "name": "Medallion",
        "href": f"{PREFIX.lstrip('/')}/docs/",
        "destination": "nav",
        "category": "docs",
        "url_route": "documentation",
    },
    {
        "name": "Tables",
        "href": f"{PREFIX.lstrip('/')}/dags/{{DAG_ID}}",
        "destination": "dag",
        "url_route": "tables",
    },
    {
        "name": "Tables",
        "href": f"{PREFIX.lstrip('/')}/dags/{{DAG_ID}}/runs/{{RUN_ID}}",
        "destination": "dag_run",
        "url_route": "run-tables",
    },
]
