"""docs/sources-database.md: its spec runs on a real PostgreSQL, and its tables are the code's."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.docs.pages import Project, fenced
from tests.steps.staged import query

from medallion.names import Layer, PublishedTable
from medallion.sources.base.interval_words import WORDS
from medallion.sources.base.parquet_parts import PART_BYTES
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.kinds import KINDS

CODE = re.compile(r"`([^`]+)`")
ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture
def page(project_root: Path) -> Path:
    return project_root / "docs" / "sources-database.md"


def table(page: Path, heading: str) -> list[list[str]]:
    """The rows of a section's table, without its head."""
    section = page.read_text(encoding="utf-8").partition(f"\n## {heading}")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_the_words_of_the_interval_are_the_codes(page: Path) -> None:
    day = datetime(2026, 1, 31, tzinfo=UTC)
    rows = [CODE.findall(" ".join(row[:2])) for row in table(page, "The data interval")]
    assert [row[0] for row in rows] == [f":{word}" for word in WORDS]
    for (_, shown), value in zip(rows, WORDS.values(), strict=True):
        found = value(day, day + timedelta(days=1))
        reported = (
            found.isoformat().replace("+00:00", "Z") if isinstance(found, date) else str(found)
        )
        assert reported == shown


def test_the_packages_are_the_codes(page: Path) -> None:
    rows = table(page, "Databases")
    reported = {name: row[3] for row in rows for name in CODE.findall(row[0]) if name in KINDS}
    assert set(reported) == {
        *("postgres", "denodo", "mysql", "sqlite", "mssql", "oracle", "ibmdb2", "ibm_db2", "db2")
    }
    for name, package in reported.items():
        assert KINDS[name].package in package


def test_the_size_of_a_part_is_the_codes(page: Path) -> None:
    assert f"about {PART_BYTES // 1024**2} MiB" in page.read_text(encoding="utf-8")


def shop(url: str) -> ConnectionDetails:
    """The page's database, filled."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE SCHEMA shop;"
            "CREATE TABLE shop.customers (id uuid, name text, born_on date, settings jsonb,"
            " tags text[]);"
            "CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id uuid,"
            " total numeric(12,2), placed_at timestamptz);"
            "CREATE TABLE shop.order_lines (order_id bigint, line int)"
        )
        connection.execute(
            "INSERT INTO shop.customers VALUES"
            " (%s, ' Amélie ', '2001-02-03', '{\"dark\": true}', '{a,b}'),"
            " (%s, '', 'infinity', NULL, '{}')",
            [ONE, TWO],
        )
        connection.execute(
            "INSERT INTO shop.orders VALUES (1, %s, 12.50, '2026-01-01 10:00Z'),"
            " (2, %s, 7, '2026-01-02 00:00Z')",
            [ONE, TWO],
        )
        connection.execute("INSERT INTO shop.order_lines VALUES (1, 1), (1, 2), (2, 1)")
    found = conninfo_to_dict(url)
    return ConnectionDetails(
        conn_id="shop_db",
        conn_type="postgres",
        host=str(found["host"]),
        port=int(str(found["port"])),
        schema=str(found["dbname"]),
        login=str(found["user"]),
        password=str(found["password"]),
    )


def test_the_pipeline_lands_cleans_and_publishes(
    page: Path, tmp_path: Path, warehouse_db: str, second_warehouse_db: str
) -> None:
    details = shop(second_warehouse_db)
    project = Project(root=tmp_path, url=warehouse_db, connections={"shop_db": details})
    project.write("specs/shop/erp.yaml", fenced(page)[0])
    assert project.problems() == []
    results = project.run("shop.erp")
    assert (results["customers.clean"].rows_in, results["customers.clean"].rows_out) == (2, 1)
    assert query(warehouse_db, "SELECT * FROM silver_shop.customers")[0][:5] == (
        ONE,
        "Amélie",
        date(2001, 2, 3),
        {"dark": True},
        ["a", "b"],
    )
    quarantine = PublishedTable(layer=Layer.SILVER, domain="shop", name="customers").quarantine
    ((reasons, record),) = query(warehouse_db, f"SELECT reasons, record FROM {quarantine}")
    assert reasons == ['born_on: "infinity" is not a date like 2026-01-31']
    assert (record["id"], record["name"]) == (str(TWO), "")
    project.run("shop.erp", day=1)
    orders = query(warehouse_db, "SELECT * FROM silver_shop.orders ORDER BY 1")
    assert [row[:5] for row in orders] == [
        (1, ONE, Decimal("12.50"), datetime(2026, 1, 1, 10, tzinfo=UTC), 2),
        (2, TWO, Decimal("7.00"), datetime(2026, 1, 2, tzinfo=UTC), 1),
    ]
    for manifest in (tmp_path / "lake").rglob("manifest.json"):
        assert details.password not in manifest.read_text()
