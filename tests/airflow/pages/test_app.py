"""The app of the pages: who gets an answer, and what every answer carries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow.api_fastapi.app import create_auth_manager
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from tests.catalogue.shop import ROWS, Shop, make_shop

from medallion.airflow.pages import access, desk
from medallion.airflow.pages.access import Viewer
from medallion.airflow.pages.app import make_app
from medallion.airflow.pages.lazy import PREFIX

HTML = {"accept": "text/html"}
BELOW = f"/airflow{PREFIX}"
"""Where the pages are, in an Airflow that is served below a path."""


def mounted(app: FastAPI) -> FastAPI:
    """As Airflow mounts it, behind a path."""
    outer = FastAPI(root_path="/airflow")
    outer.mount(PREFIX, app)
    return outer


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, module_warehouse_db: str) -> Shop:
    made = make_shop(tmp_path_factory.mktemp("shop") / "project", module_warehouse_db)
    made.run(0)
    made.run(1, [*ROWS, "7,70.00,"])
    return made


class Person(Viewer):
    """Who may read the DAGs of one domain, and trigger none."""

    def may_trigger(self, dag_id: str) -> bool:
        return False


def client(shop: Shop, monkeypatch: pytest.MonkeyPatch, domain: str) -> TestClient:
    monkeypatch.setenv("MEDALLION_PROJECT_ROOT", str(shop.root))
    monkeypatch.setattr(desk, "loader_url", lambda: shop.url)
    desk._shelf.cache_clear()
    app = make_app()
    app.dependency_overrides[access._viewer] = lambda: Person(
        name="ada",
        dag_ids=frozenset({f"{domain}.sales"}),
        domains=frozenset({domain}),
        user=None,
    )
    return TestClient(mounted(app))


@pytest.fixture
def pages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """As somebody who may read the shop's DAGs."""
    with client(shop, monkeypatch, "shop") as opened:
        yield opened
    desk._shelf.cache_clear()


@pytest.fixture
def strangers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """As somebody who may read those of another domain."""
    with client(shop, monkeypatch, "other") as opened:
        yield opened
    desk._shelf.cache_clear()


def routes() -> list[APIRoute]:
    """All but that of the metrics, which a machine asks for: tests/airflow/metrics."""
    found = [
        route
        for route in make_app().routes
        if isinstance(route, APIRoute) and route.path != "/metrics"
    ]
    assert len(found) >= 5
    return found


def paths(name: str = "silver_shop.sales") -> list[str]:
    """Every page that can be got, with its words filled in."""
    words = {
        "name": name,
        "dag_id": "shop.sales",
        "run_id": "scheduled__1",
        "file": "desk.css",
        "domain": "shop",
    }
    return [
        BELOW + route.path.format(**words) for route in routes() if "GET" in (route.methods or ())
    ]


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
def test_every_route_asks_who_it_is(route: APIRoute) -> None:
    asked = [dependency.call for dependency in route.dependant.dependencies]
    assert access._viewer in asked


def test_anonymous_gets_nothing_but_the_login() -> None:
    create_auth_manager()
    with TestClient(mounted(make_app()), follow_redirects=False) as anonymous:
        for path in paths():
            assert anonymous.get(path).status_code == 401, path
        shown = anonymous.get(f"{BELOW}/", headers=HTML)
    assert shown.status_code == 303
    assert "/auth/login" in shown.headers["location"]


def test_who_may_see_another_domain_sees_nothing_of_this_one(strangers: TestClient) -> None:
    for path in paths():
        if path.endswith(("/", "/api/tables", "desk.css", "openapi.json")):
            continue
        answer = strangers.get(path, headers=HTML)
        assert answer.status_code == 404, path
        assert "One row a sale" not in answer.text
    assert strangers.get(f"{BELOW}/api/tables").json()["rows"] == []
    assert "shop" not in strangers.get(f"{BELOW}/", headers=HTML).text.replace("ada", "")


def test_pages_load_nothing_of_elsewhere_and_stay_below_their_path(pages: TestClient) -> None:
    shown = pages.get(f"{BELOW}/", headers=HTML)
    assert shown.status_code == 200
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert 'href="/airflow/medallion/tables/silver_shop.sales"' in shown.text
    assert "<style" not in shown.text
    assert "style=" not in shown.text
    assert "<script>" not in shown.text
    assert 'href="//' not in shown.text
    assert "http://" not in shown.text


def test_what_people_write_is_text_and_not_markup(pages: TestClient) -> None:
    shown = pages.get(f"{BELOW}/", params={"text": '"><script>x'}, headers=HTML)
    assert "<script>x" not in shown.text
    assert "&#34;&gt;&lt;script&gt;x" in shown.text
    missing = pages.get(f"{BELOW}/tables/silver_shop.<b>", headers=HTML)
    assert missing.status_code == 404
    assert "<b>" not in missing.text


def test_a_table_and_a_domain_have_pages(pages: TestClient) -> None:
    table = pages.get(f"{BELOW}/tables/silver_shop.sales", headers=HTML).text
    assert "The till&#39;s number." in table
    assert "5 published, 2 quarantined" in table
    assert 'href="/airflow/medallion/tables/gold_shop.totals"' in table
    domain = pages.get(f"{BELOW}/domains/shop", headers=HTML).text
    assert "What the shop sells." in domain


def test_the_static_files_are_the_pages_own(pages: TestClient) -> None:
    assert pages.get(f"{BELOW}/static/desk.css").status_code == 200
    assert pages.get(f"{BELOW}/static/..%2fapp.py").status_code == 404


def test_a_warehouse_that_is_away_is_named_with_the_remedy(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(desk, "loader_url", lambda: f"postgresql:///x?host={tmp_path}")
    shown = pages.get(f"{BELOW}/", headers=HTML)
    assert shown.status_code == 503
    assert "is the server up?" in shown.text
    assert pages.get(f"{BELOW}/api/tables").status_code == 503
