"""docs/lake.md: its spec runs, and its tables are in the lake as the page says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from deltalake import DeltaTable
from tests.docs.pages import Project, fenced

ORDERS = """\
order_id,customer,amount,paid_at
1,Ada,10.00,2026-01-01T10:00:00Z
2,Bob,5.01,2026-01-01T11:00:00Z
"""


def test_the_pages_tables_are_in_the_lake(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = project_root / "docs/lake.md"
    spec, access = (text.replace("/mnt/lake", f"{tmp_path}/open") for text in fenced(page))
    project = Project(root=tmp_path / "project", url=warehouse_db)
    project.write("specs/shop/orders.yaml", spec)
    project.write("specs/access.yaml", access)
    project.write("include/sql/shop/takings.sql", fenced(page, "sql")[0])
    project.write("include/data/shop/orders.csv", ORDERS)
    assert project.problems() == []
    project.run("shop.orders")
    orders = DeltaTable(f"{tmp_path}/open/shop/orders")
    assert orders.to_pyarrow_table(columns=["customer"]).num_rows == 2
    (commit,) = orders.history()
    said = "version publication_id dag_id run_id digest rows published_at data_interval_end"
    assert set(said.split()) == set(commit["medallion"]) - {"table"}
    (comment,) = (one.metadata for one in orders.schema().fields if one.name == "amount")
    assert comment == {"comment": "What was paid. Unit: EUR."}
    assert DeltaTable(f"{tmp_path}/open/shop/takings").to_pyarrow_table().to_pylist() == [
        {"day": date(2026, 1, 1), "orders": 2, "mean": Decimal("7.51")}
    ]
    project.write("specs/shop/orders.yaml", spec.replace(", in_clear: [customer]", ""))
    (problem,) = project.problems()
    assert "rule='lake-in-clear'" in problem and "in_clear: [customer]" in problem
    project.write("specs/access.yaml", "lakes: {}\n")
    assert any("an operator adds the folder" in one for one in project.problems())
