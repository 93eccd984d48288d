"""The documentation within Airflow: for whoever is logged in, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi.testclient import TestClient
from tests.airflow.pages.visitors import BELOW, HTML, Person, mounted

from medallion.airflow.pages import access
from medallion.airflow.pages.app import make_app


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    (folder / "en").mkdir(parents=True)
    (folder / "index.html").write_text("first")
    (folder / "en" / "index.html").write_text("home")
    (folder / "en" / "site.js").write_text("x()")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "en" / "link.html").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setenv("MEDALLION_DOCS_SITE", str(folder))
    return folder


@pytest.fixture
def reader() -> TestClient:
    """Somebody who is logged in and may read no DAG at all."""
    app = make_app()
    app.dependency_overrides[access._viewer] = lambda: Person(
        name="ada",
        dag_ids=frozenset(),
        domains=frozenset(),
        user=SimpleAuthManagerUser(username="ada", role="user"),
    )
    return TestClient(mounted(app))


def test_pages_are_served_below_the_path_under_the_policy(site: Path, reader: TestClient) -> None:
    assert reader.get(f"{BELOW}/docs", headers=HTML).url.path == f"{BELOW}/docs/"
    for path, text in (("", "first"), ("en/index.html", "home"), ("en", "home")):
        shown = reader.get(f"{BELOW}/docs/{path}", headers=HTML)
        assert (shown.status_code, shown.text) == (200, text)
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        assert "unsafe" not in shown.headers["content-security-policy"]
        assert shown.headers["cache-control"] == "no-cache"
    script = reader.get(f"{BELOW}/docs/en/site.js?v=1")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "private, max-age=86400"


@pytest.mark.parametrize(
    "path",
    ["..%2fsecret.txt", "en/..%2f..%2fsecret.txt", "en/link.html", "%2fetc%2fpasswd", "en/no.html",
     "en/%00", "x" * 5000],
)  # fmt: skip
def test_nothing_beside_the_site_is_served(site: Path, reader: TestClient, path: str) -> None:
    refused = reader.get(f"{BELOW}/docs/{path}", headers=HTML)
    assert refused.status_code == 404
    assert "secret" not in refused.text.replace("secret.txt", "")


def test_a_site_that_was_not_built_says_how(
    reader: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDALLION_DOCS_SITE", str(tmp_path / "none"))
    shown = reader.get(f"{BELOW}/docs/", headers=HTML)
    assert shown.status_code == 404
    assert "make docs-build" in shown.text
