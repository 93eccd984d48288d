"""docs/lake.md: its spec runs, and its tables are in the lake as the page says."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from psycopg.conninfo import conninfo_to_dict
from pyiceberg.table import StaticTable
from tests.docs.pages import Project, fenced
from tests.sources.iceberg.crafted import Lakehouse
from tests.steps.staged import query

from medallion.local.postgres import EmbeddedPostgres
from medallion.sources.iceberg.changes import find_partition

ORDERS = """\
order_id,customer,amount,paid_at
1,Ada,10.00,2026-01-01T10:00:00Z
2,Bob,5.01,2026-01-01T11:00:00Z
"""


def test_the_pages_tables_are_in_the_lake(
    project_root: Path, tmp_path: Path, warehouse_db: str, embedded_postgres: EmbeddedPostgres
) -> None:
    page = project_root / "docs/lake.md"
    superuser = embedded_postgres.url(str(conninfo_to_dict(warehouse_db)["dbname"]))
    spec, access = (text.replace("/mnt/lake", f"{tmp_path}/open") for text in fenced(page)[:2])
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
    said = "table version publication_id dag_id run_id digest rows published_at data_interval_end"
    assert {*said.split(), "hash_key", "warehouse"} == set(commit["medallion"])
    (comment,) = (one.metadata for one in orders.schema().fields if one.name == "amount")
    assert comment == {"comment": "What was paid. Unit: EUR."}
    takings = [{"day": date(2026, 1, 1), "orders": 2, "mean": Decimal("7.51")}]
    assert DeltaTable(f"{tmp_path}/open/shop/takings").to_pyarrow_table().to_pylist() == takings
    by_folder = StaticTable.from_metadata(f"{tmp_path}/open/shop/takings_iceberg")
    assert by_folder.scan().to_arrow().to_pylist() == takings
    assert read_as_the_page_says(page, warehouse_db, superuser) == takings
    project.write("specs/shop/orders.yaml", spec.replace(", in_clear: [customer]", ""))
    (problem,) = project.problems()
    assert "rule='lake-in-clear'" in problem and "in_clear: [customer]" in problem
    project.write("specs/access.yaml", "lakes: {}\n")
    assert any("an operator adds the folder" in one for one in project.problems())


def read_as_the_page_says(page: Path, url: str, superuser: str) -> list[dict[str, Any]]:
    """By the login that the page's SQL makes, and its Python."""
    login, password = f"reader_{secrets.token_hex(4)}", secrets.token_hex(8)
    (_, grants), (code,) = fenced(page, "sql"), fenced(page, "python")
    said = conninfo_to_dict(url)
    place = f"{login}:{password}@/{said['dbname']}?host={said['host']}&port={said.get('port', '')}"
    code = code.replace("lake_reader:…@warehouse/warehouse", place)
    grants = grants.replace("lake_reader", login).replace("…", password)
    grants = grants.replace("DATABASE warehouse", f"DATABASE {said['dbname']}")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(grants)
    try:
        found: dict[str, Any] = {}
        exec(code, found)  # noqa: S102  # the page is ours
        found["catalogue"].close()
        rows: list[dict[str, Any]] = found["takings"].to_pylist()
        return rows
    finally:
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {login}")
            connection.execute(f"DROP ROLE {login}")


def test_a_table_of_the_lake_feeds_a_pipeline(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    exports, url = tmp_path / "exports", warehouse_db
    project = Project(root=tmp_path / "project", url=url)
    spec = fenced(project_root / "docs/lake.md")[2].replace("/mnt/exports", str(exports))
    project.write("specs/shop/from_lake.yaml", spec)
    project.write("specs/access.yaml", f"files: {{shop: [{exports}]}}\n")
    assert project.problems() == []
    products = {"product_id": [1, 2], "price": [Decimal("1.50"), Decimal("2.25")]}
    write_deltalake(str(exports / "products"), pa.table(products))
    customers = str(exports / "customers")
    feed = {"delta.enableChangeDataFeed": "true"}
    rows = pa.table({"customer_id": [1, 2], "city": ["Lyon", "Lille"]})
    write_deltalake(customers, rows, configuration=feed)
    project.run("shop.from_lake")
    seen = "SELECT customer_id, city, is_gone FROM silver_shop.customers ORDER BY 1"
    assert query(url, seen) == [(1, "Lyon", False), (2, "Lille", False)]
    DeltaTable(customers).update(predicate="customer_id = 1", updates={"city": "'Metz'"})
    DeltaTable(customers).update(predicate="customer_id = 1", updates={"city": "'Nice'"})
    DeltaTable(customers).delete("customer_id = 2")
    project.run("shop.from_lake", day=1)
    assert query(url, seen) == [(1, "Nice", False), (2, "Lille", True)]
    moves = "SELECT value_after FROM medallion.cursor_moves ORDER BY move_id"
    offsets = [list(json.loads(value).values()) for (value,) in query(url, moves)]
    assert offsets == [[1], [4]]
    result = project.run("shop.from_lake", day=2, only=("customers.land",))
    assert result["customers.land"].rows_out == 0
    assert query(url, "SELECT count(*) FROM silver_shop.products") == [(2,)]


def test_a_table_of_iceberg_feeds_a_pipeline(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    house, url = Lakehouse.make(tmp_path / "house"), warehouse_db
    project = Project(root=tmp_path / "project", url=url, connections={"lakehouse": house.details})
    spec = fenced(project_root / "docs/lake.md")[3].replace("/mnt/house", str(house.folder))
    project.write("specs/shop/from_iceberg.yaml", spec)
    project.write("specs/access.yaml", f"files: {{shop: [{house.folder}]}}\n")
    assert project.problems() == []
    at = datetime(2026, 1, 1, tzinfo=UTC)
    stock = house.make_table(
        "stock", pa.table({"article_id": [1, 2], "price": [Decimal("1.50"), Decimal("2.25")]})
    )
    stock.manage_snapshots().create_tag(stock.metadata.current_snapshot_id, "closing").commit()
    stock.append(pa.table({"article_id": [3], "price": [Decimal("3.00")]}))
    kinds = pa.schema([("sale_id", pa.int64()), ("sold_at", pa.timestamp("us", "UTC"))])
    sales = house.make_table("sales", pa.table({"sale_id": [1], "sold_at": [at]}, schema=kinds))
    project.run("shop.from_iceberg")
    assert query(url, "SELECT count(*), sum(price) FROM silver_shop.stock") == [
        (3, Decimal("6.75"))
    ]
    assert query(url, "SELECT article_id FROM silver_shop.closing ORDER BY 1") == [(1,), (2,)]
    seen = "SELECT sale_id, sold_at, number FROM silver_shop.sales ORDER BY 1"
    assert query(url, seen) == [(1, at, 1)]
    sales.append(pa.table({"sale_id": [2], "sold_at": [at]}, schema=kinds))
    project.run("shop.from_iceberg", day=1)
    assert query(url, seen) == [(1, at, 1), (2, at, 2)]
    moves = "SELECT value_after FROM medallion.cursor_moves ORDER BY move_id"
    number = str(find_partition(sales.metadata))
    offsets = [json.loads(value) for (value,) in query(url, moves)]
    assert offsets == [{number: 2}, {number: 3}]
    result = project.run("shop.from_iceberg", day=2, only=("sales.land",))
    assert result["sales.land"].rows_out == 0
