"""docs/views.md: its days give its view."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import MIDNIGHT, Project, fenced
from tests.docs.test_write_dispositions import printed


def test_the_pages_days_give_its_view(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = project_root / "docs" / "views.md"
    project = Project(root=tmp_path, url=warehouse_db)
    project.write("specs/shop/invoices.yaml", fenced(page)[0])
    (query,) = fenced(page, "sql open_invoices")
    project.write("include/sql/shop/open_invoices.sql", query)
    for day, text in enumerate(fenced(page, "csv")):
        moment = MIDNIGHT.replace(day=1 + day)
        project.write(f"include/data/shop/invoices/{moment:%Y-%m-%d}.csv", text)
    assert project.problems() == []
    for day in range(2):
        project.run("shop.invoices", day)
    found = printed(warehouse_db, "select * from gold_shop.open_invoices order by invoice")
    assert found == fenced(page, "text open_invoices")[0]
