"""docs/governance.md: its specs publish its file, and the register says of them what is there."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import psycopg
import pytest
from tests.docs.pages import Project, fenced
from tests.steps.staged import query

from medallion.cli.__main__ import main
from medallion.sources.base.source import ConnectionDetails
from medallion.warehouse.roles.reader_roles import ensure_roles

KEY = "a key of the page, long enough to be one"
READER = "bi_reader"


@pytest.fixture
def project(project_root: Path, tmp_path: Path, warehouse_db: str, pg_url: str) -> Project:
    """The page's, with its two specs, its SQL and its file, and nothing else."""
    with psycopg.connect(pg_url, autocommit=True) as admin:
        ensure_roles(admin, (READER,))
    page = project_root / "docs" / "governance.md"
    key = ConnectionDetails(conn_id="pii_default", password=KEY)
    made = Project(root=tmp_path, url=warehouse_db, connections={"pii_default": key})
    for text in fenced(page):
        made.write(text.partition("\n")[0].removeprefix("# "), text)
    (select,), (file,) = fenced(page, "sql"), fenced(page, "csv")
    made.write("include/sql/shop/by_country.sql", select)
    made.write("include/data/shop/customers.csv", file)
    assert made.problems() == []
    return made


def test_the_pages_specs_publish_the_pages_file(project: Project) -> None:
    project.run("shop.customers")
    mails = ("ada@example.org", "bob@example.org", "cleo@example.org")
    hashes = [hmac.new(KEY.encode(), one.encode(), hashlib.sha256).hexdigest() for one in mails]
    assert sorted(query(project.url, "SELECT customer, country FROM silver_shop.customers")) == (
        sorted(zip(hashes, ("FR", "FR", "CH"), strict=True))
    )
    counted = query(project.url, "SELECT country, customers FROM gold_shop.by_country ORDER BY 1")
    assert counted == [("CH", 1), ("FR", 2)]


def test_the_register_says_what_is_published(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.run("shop.customers")
    register = ["register", "--root", str(project.root)]
    assert main([*register, "--check"]) == 0
    assert capsys.readouterr().out == "1 pipeline, nothing is missing\n"
    assert main([*register, "--format", "json"]) == 0
    (activity,) = json.loads(capsys.readouterr().out)["activities"]
    assert activity["purpose"] == "Deliver what customers order."
    assert f"role {READER}" in activity["recipients"]
    silver = query(
        project.url,
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'silver_shop'"
        " AND table_name = 'customers' AND NOT column_name ^@ '_'",
    )
    assert sorted(silver) == [("country",), ("customer",)], "what is dropped is not there"
    tables = ("gold_shop.by_country", "silver_shop.customers")
    may = ", ".join(f"has_table_privilege('{READER}', '{one}', 'SELECT')" for one in tables)
    assert query(project.url, f"SELECT {may}") == [(True, False)]
