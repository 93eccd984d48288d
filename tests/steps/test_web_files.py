"""A file of a web server, from the docs' example to the published table: asked once while it is as
it was, and only while an operator allows its server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from tests.docs.pages import Project, fenced
from tests.steps.staged import query
from tests.web_server import WebServer, serve_files

RATES = b"currency;rate\nUSD;1,0842\nJPY;169,53\n"


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serve_files() as server:
        yield server


@pytest.fixture
def project(web: WebServer, project_root: Path, tmp_path: Path, warehouse_db: str) -> Project:
    """The page's source and its list of hosts, with this server in place of the page's."""
    shown = fenced(project_root / "docs/sources-file.md")
    blocks = [block for block in shown if "data.example.org" in block]
    source, hosts = (
        yaml.safe_load(block.replace("https://", "").replace("data.example.org", web.url))
        for block in blocks
    )
    rate = {"type": "decimal(18,6)", "clean": [{"number": {"decimal": ","}}]}
    spec = {
        "description": "Rates.",
        "owner": "shop",
        "schedule": "@daily",
        "start_date": date(2026, 1, 1),
        "datasets": {"rates": {
            "description": "A rate.",
            "source": {**source["source"], "only_new": True},
            "silver": {
                "primary_key": ["currency"],
                "write_disposition": "merge",
                "columns": {"currency": {"type": "text"}, "rate": rate},
            },
        }},
    }  # fmt: skip
    project = Project(root=tmp_path, url=warehouse_db)
    project.write("specs/access.yaml", yaml.safe_dump(hosts))
    project.write("specs/shop/rates.yaml", yaml.safe_dump(spec, sort_keys=False))
    return project


def test_the_days_file_is_published_and_asked_for_once(project: Project, web: WebServer) -> None:
    path = "/rates/2026-01-01.csv?lang=fr"
    web.put(path, RATES, etag='"1"')
    assert project.problems() == []
    project.run("shop.rates")
    found = "SELECT currency, rate::text FROM silver_shop.rates ORDER BY 1"
    assert query(project.url, found) == [("JPY", "169.530000"), ("USD", "1.084200")]
    assert web.gets() == [path]


def test_a_file_that_is_as_it_was_is_not_asked_for(project: Project, web: WebServer) -> None:
    spec = (project.root / "specs/shop/rates.yaml").read_text(encoding="utf-8")
    path = "/rates/:data_interval_start_date.csv?lang=fr"
    assert path in spec
    project.write("specs/shop/rates.yaml", spec.replace(path, "/all.csv"))
    web.put("/all.csv", RATES, etag='"1"')
    project.run("shop.rates")
    nothing = project.run("shop.rates", day=1)
    assert (nothing["rates.land"].rows_in, web.gets()) == (0, ["/all.csv"])
    web.put("/all.csv", RATES.replace(b"1,0842", b"1,1"), etag='"2"')
    project.run("shop.rates", day=2)
    found = "SELECT currency, rate::text FROM silver_shop.rates ORDER BY 1"
    assert query(project.url, found) == [("JPY", "169.530000"), ("USD", "1.100000")]


def test_a_server_is_asked_only_while_an_operator_allows_it(
    project: Project, web: WebServer
) -> None:
    web.put("/rates/2026-01-01.csv?lang=fr", RATES)
    project.write("specs/access.yaml", "hosts: {bakery: [data.example.org]}\n")
    assert "is not a server whose files the domain shop may read" in project.problems()[0]
    project.write("specs/access.yaml", f"hosts: {{shop: ['{web.url}']}}\n")
    assert project.problems() == []
    project.run("shop.rates")
    assert web.gets()
