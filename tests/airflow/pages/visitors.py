"""The pages as somebody sees them who may read the DAGs of one domain."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.catalogue.shop import Shop

from medallion.airflow.pages import access, actions, backfills, desk, intervals, table
from medallion.airflow.pages.access import Viewer
from medallion.airflow.pages.app import make_app
from medallion.airflow.pages.lazy import PREFIX

HTML = {"accept": "text/html"}
PIPELINES = ("sales", "counts", "sensors", "reports")
"""Of whichever project they look at."""
BELOW = f"/airflow{PREFIX}"
"""Where the pages are, in an Airflow that is served below a path."""


def mounted(app: FastAPI) -> FastAPI:
    """As Airflow mounts it, behind a path."""
    outer = FastAPI(root_path="/airflow")
    outer.mount(PREFIX, app)
    return outer


class Person(Viewer):
    """Who may read the DAGs of one domain; Airflow is not asked."""

    def may_trigger(self, dag_id: str) -> bool:
        return self.name == "operator"

    def may_read(self, dag_id: str = "") -> bool:
        return dag_id in self.dag_ids

    def may_change_runs(self, dag_id: str) -> bool:
        return self.may_trigger(dag_id)

    def triggerable(self, dag_ids: Collection[str]) -> list[str]:
        return [one for one in dag_ids if self.may_trigger(one)]


def client(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, domain: str, name: str = "ada"
) -> TestClient:
    monkeypatch.setenv("MEDALLION_PROJECT_ROOT", str(shop.root))
    site = shop.root / "docs-site"
    site.mkdir(exist_ok=True)
    (site / "index.html").write_text("<h1>Documentation</h1>")
    monkeypatch.setenv("MEDALLION_DOCS_SITE", str(site))
    for module in (desk, table, actions, backfills, intervals):
        monkeypatch.setattr(module, "loader_url", lambda: shop.url)
    monkeypatch.setattr(table, "domain_warehouse_url", lambda domain: None)
    desk._shelf.cache_clear()
    app = make_app()
    app.dependency_overrides[access._viewer] = lambda: Person(
        name=name,
        dag_ids=frozenset(f"{domain}.{name}" for name in PIPELINES),
        domains=frozenset({domain}),
        user=SimpleAuthManagerUser(username=name, role="user"),
    )
    return TestClient(mounted(app))
