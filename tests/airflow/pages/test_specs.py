"""The page of refused specs: who sees which, and where it is linked from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.airflow.pages.visitors import BELOW, HTML, client
from tests.catalogue.shop import SPEC, Shop, make_shop

from medallion.airflow.pages import desk
from medallion.compiler.refused import NO_DOMAIN, keep_refused
from medallion.errors import Issue

SECRET = "abc123"
REFUSED = SPEC.replace("format: csv", f"token: {SECRET}")
ISSUE = Issue(
    path="specs/shop/sales.yaml", line=8, column=27, key="datasets.sales.source.token",
    rule="shape", problem="unknown key <token>", remedy="secrets come from a connection",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, module_warehouse_db: str) -> Shop:
    shop = make_shop(tmp_path_factory.mktemp("shop") / "project", module_warehouse_db)
    (shop.root / "specs/shop/sales.yaml").write_text(REFUSED)
    keep_refused(shop.root, "shop", [ISSUE])
    keep_refused(shop.root, NO_DOMAIN, [Issue(path="specs/lost.yaml", rule="place", problem="p")])
    return shop


@pytest.fixture(params=["shop", "other"])
def domain(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pages(shop: Shop, domain: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    with client(shop, monkeypatch, domain) as opened:
        yield opened
    desk._shelf.cache_clear()


@pytest.mark.parametrize("domain", ["shop"])
def test_a_refused_spec_is_shown_and_linked(pages: TestClient) -> None:
    shown = pages.get(f"{BELOW}/specs", headers=HTML).text
    assert "unknown key &lt;token&gt;" in shown
    assert "Line 8, column 27" in shown
    assert "→ secrets come from a connection" in shown
    assert "the last good version runs" in shown
    assert "token: ***" in shown
    assert SECRET not in shown
    assert "specs/lost.yaml" not in shown, "it is for who may read every DAG"
    overview = pages.get(f"{BELOW}/", headers=HTML).text
    assert '<a href="/airflow/medallion/specs">1 file is refused</a>' in overview
    dag = pages.get(f"{BELOW}/dags/shop.sales", headers=HTML).text
    assert 'href="/airflow/medallion/specs?file=specs%2Fshop%2Fsales.yaml"' in dag
    one = pages.get(f"{BELOW}/specs", params={"file": "specs/shop/x.yaml"}, headers=HTML).text
    assert "is not refused, or not for you to see" in one
    (found,) = pages.get(f"{BELOW}/api/specs").json()
    assert (found["path"], found["issues"][0]["remedy"]) == (ISSUE.path, ISSUE.remedy)


@pytest.mark.parametrize("domain", ["other"])
def test_who_may_not_see_the_domain_sees_nothing_of_it(pages: TestClient) -> None:
    for place in ("specs", "", "api/specs"):
        shown = pages.get(f"{BELOW}/{place}", headers=HTML).text
        assert "sales.yaml" not in shown
        assert "refused</a>" not in shown
    assert pages.get(f"{BELOW}/api/specs").json() == []


def test_the_documentation_of_a_dag_leads_to_the_page(tmp_path: Path) -> None:
    from medallion.airflow.factory import _refusal

    assert "](/medallion/specs)" in _refusal([ISSUE], "2026-01-01")
