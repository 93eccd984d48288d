"""docs/incremental.md: its days, in any order, give its tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from tests.docs.pages import MIDNIGHT, Project, fenced
from tests.docs.test_write_dispositions import ORDERS, printed

QUERIES = {
    "takings": "select * from gold_shop.takings order by day, till",
    "last_sales": "select * from gold_shop.last_sales order by till",
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_pages_days_give_its_tables(
    order: str, project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = project_root / "docs" / "incremental.md"
    project = _project(page, tmp_path, warehouse_db)
    assert project.problems() == []
    days = range(len(fenced(page, "csv")))
    for day in ORDERS[order](list(days)):
        project.run("shop.tills", day)
    for name, query in QUERIES.items():
        assert printed(warehouse_db, query) == fenced(page, f"text {name}")[0]


def test_the_page_shows_a_question_that_the_registry_answers(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = project_root / "docs" / "incremental.md"
    _project(page, tmp_path, warehouse_db).run("shop.tills", 0)
    (query,) = fenced(page, "sql")
    assert re.search(r"takings +\| 1 +\| 2026-01-01 00:00:00\+00:00", printed(warehouse_db, query))


def _project(page: Path, root: Path, url: str) -> Project:
    (spec,) = fenced(page)
    project = Project(root=root, url=url)
    project.write("specs/shop/tills.yaml", spec)
    for name in yaml.safe_load(spec)["gold"]:
        (query,) = fenced(page, f"sql {name}")
        project.write(f"include/sql/shop/{name}.sql", query)
    for day, text in enumerate(fenced(page, "csv")):
        moment = MIDNIGHT.replace(day=1 + day)
        project.write(f"include/data/shop/receipts/{moment:%Y-%m-%d}.csv", text)
    return project
