"""A diff of tables whose rows are in partitions: all of them are compared, also those to come."""

from __future__ import annotations

import logging
from pathlib import Path

import psycopg
import pytest
from tests.docs.pages import Project
from tests.steps.staged import query
from tests.workbench.diff.test_compare import counts, no_connection

from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.surroundings import Surroundings
from medallion.warehouse.registry.named_table import parse_published_table
from medallion.workbench.comparison.sides import read_side
from medallion.workbench.diff.ask import ask, plan_of_table
from medallion.workbench.diff.compare import diff
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.text import as_text
from medallion.workbench.scratch import open_scratch

SPEC = "specs/shop/tills.yaml"
TEXT = """\
description: What the tills have sold.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  sales:
    source: {type: file, path: "include/data/shop/:data_interval_start_date.csv"}
    silver:
      primary_key: [sale, sold_on]
      write_disposition: append
      partition_by: {column: sold_on, by: month}
      columns:
        sale: {type: bigint}
        sold_on: {type: date}
        amount: {type: bigint}
        buyer: {type: text, classification: {pii: email, protect: mask}}
gold:
  months:
    sql: months.sql
    primary_key: [month]
    materialization: incremental
    time_column: month
    incremental: {by: time, time_grain: month}
    partition_by: {column: month, by: month}
"""
SQL = (
    "select date_trunc('month', sold_on)::date as month, sum(amount)::bigint as amount\n"
    "from silver_shop.sales\n"
    "where sold_on >= :data_interval_start and sold_on < :data_interval_end group by 1\n"
)
DAYS = (
    "1,2026-01-01,10,ann@example.org\n2,2025-12-31,20,bob@example.org\n",
    "3,2026-01-02,30,eve@example.org\n4,2026-03-01,40,dan@example.org\n",
)
FILED = "SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'"


@pytest.fixture
def project(tmp_path: Path, warehouse_db: str, embedded_postgres: EmbeddedPostgres) -> Project:
    """Two days are published, in partitions."""
    project = Project(root=tmp_path, url=warehouse_db)
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion/postgres").symlink_to(embedded_postgres.root)
    project.write("include/sql/shop/months.sql", SQL)
    project.write(SPEC, TEXT)
    assert project.problems() == []
    for day, lines in enumerate(DAYS):
        name = f"include/data/shop/2026-01-0{day + 1}.csv"
        project.write(name, f"sale,sold_on,amount,buyer\n{lines}")
        project.run("shop.tills", day=day)
    return project


def compare(project: Project, server: EmbeddedPostgres, name: str) -> TableDiff:
    side = read_side(project.root)
    where = Surroundings(
        project_root=project.root,
        lake_root=str(project.root / "lake"),
        warehouse_url=project.url,
        connection=no_connection,
        log=logging.getLogger("test"),
    )
    table = parse_published_table(name)
    question = ask(table, plan_of_table(table, side), where, fresh=False)
    with open_scratch(server) as scratch:
        return diff(question, side, scratch, where, lambda line: None)


def test_rows_of_all_partitions_are_compared_and_none_is_made(
    project: Project, embedded_postgres: EmbeddedPostgres
) -> None:
    before = query(project.url, FILED)
    assert before[0][0]
    for name, rows in (("silver_shop.sales", 2), ("gold_shop.months", 1)):
        found = compare(project, embedded_postgres, name)
        assert not found.is_different, as_text(found)
        assert counts(found) == (0, 0, 0, rows)
    # Another column, and another way to partition than the published one.
    changed = TEXT.replace("amount: {type: bigint}", "amount: {type: bigint, from: sale}")
    project.write(SPEC, changed.replace("by: month}\n      columns", "by: year}\n      columns"))
    found = compare(project, embedded_postgres, "silver_shop.sales")
    assert counts(found) == (0, 0, 2, 0)
    assert "eve@example.org" not in as_text(found)
    assert query(project.url, FILED) == before
    project.write(SPEC, TEXT)
    # A reader has the table open, and a run makes a partition: nobody waits for another.
    with psycopg.connect(project.url) as reader:
        reader.execute("SELECT FROM silver_shop.sales")
        project.write(
            "include/data/shop/2026-01-03.csv",
            "sale,sold_on,amount,buyer\n5,2027-07-01,50,gil@example.org\n",
        )
        project.run("shop.tills", day=2, group="sales")
        found = compare(project, embedded_postgres, "silver_shop.sales")
        assert counts(found) == (0, 0, 0, 1)
