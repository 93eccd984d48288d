"""docs/replace.md, merge.md, append.md, scd2.md: each page's days, in any order, give its table."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import yaml
from psycopg import sql
from tests.docs.pages import MIDNIGHT, Project, fenced

from medallion.publish.dispositions import DISPOSITIONS

ORDERS = {
    "in order": lambda days: days,
    "backwards": lambda days: days[::-1],
    "twice": lambda days: [*days, *days],
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("disposition", DISPOSITIONS)
def test_the_pages_days_give_its_table(
    disposition: str, order: str, project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = project_root / "docs" / f"{disposition}.md"
    spec = fenced(page)[0]
    project = Project(root=tmp_path, url=warehouse_db)
    ((name, dataset),) = yaml.safe_load(spec)["datasets"].items()
    assert dataset["silver"]["write_disposition"] == disposition
    project.write(f"specs/shop/{name}.yaml", spec)
    assert project.problems() == []
    days = list(enumerate(fenced(page, "csv")))
    for day, text in days:
        moment = MIDNIGHT.replace(day=1 + day)
        project.write(f"include/data/shop/{name}/{moment:%Y-%m-%d}.csv", text)
    for day, _ in ORDERS[order](days):
        project.run(f"shop.{name}", day)
    (query,), (table,) = fenced(page, "sql"), fenced(page, "text")
    assert printed(warehouse_db, query) == table


def test_rows_that_say_so_delete(project_root: Path, tmp_path: Path, warehouse_db: str) -> None:
    project = Project(root=tmp_path, url=warehouse_db)
    spec = fenced(project_root / "docs" / "merge.md")[1]
    condition = '{column: status, row_condition: \'col("operation") != "delete"\'}'
    project.write(
        "specs/shop/orders.yaml",
        f"{spec}      checks:\n        - expect_column_values_to_not_be_null: {condition}\n",
    )
    assert project.problems() == []
    for day, rows in enumerate(("1,add,new\n2,add,new", "2,delete,", "1,change,paid")):
        moment = MIDNIGHT.replace(day=1 + day)
        text = f"order_id,operation,status\n{rows}\n"
        project.write(f"include/data/shop/changes/{moment:%Y-%m-%d}.csv", text)
    for day in (1, 0, 2, 0):
        project.run("shop.orders", day)
    with psycopg.connect(warehouse_db) as connection:
        found = connection.execute("SELECT order_id, status FROM silver_shop.orders").fetchall()
    assert found == [(1, "paid")]


def printed(url: str, query: str) -> str:
    """The rows as the page shows them."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(sql.SQL(query))
        rows = [tuple(column.name for column in cursor.description or ())]
        rows += [tuple("" if v is None else str(v) for v in row) for row in cursor.fetchall()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (" | ".join(v.ljust(w) for v, w in zip(row, widths, strict=True)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)
