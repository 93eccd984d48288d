"""docs/incremental.md: its days, in any order, give its tables."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from tests.docs.pages import MIDNIGHT, Project, fenced
from tests.docs.test_write_dispositions import ORDERS, printed

from medallion.airflow.loader import plan_of
from medallion.names import PublishedTable, TableName
from medallion.operations.downstream import find_downstream, find_stretch
from medallion.operations.intervals import read_intervals
from medallion.operations.restate import restate
from medallion.operations.surroundings import Surroundings
from medallion.plan.intervals import IntervalState, Span
from medallion.warehouse.session.transaction import session

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


LAST_WEEK = """\
gold:
  last_week:
    sql: last_week.sql
    primary_key: [day]
    materialization: incremental
    time_column: day
    incremental: {lookback: 2d, reads_back: 6d}
"""


@pytest.mark.parametrize("order", ORDERS)
def test_the_weeks_of_the_page_follow_its_days_in_any_order(
    order: str, project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = project_root / "docs" / "incremental.md"
    project = _project(page, tmp_path, warehouse_db)
    spec = tmp_path / "specs/shop/tills.yaml"
    spec.write_text(spec.read_text().replace("gold:\n", LAST_WEEK))
    project.write("include/sql/shop/last_week.sql", fenced(page, "sql last_week")[0])
    assert project.problems() == []
    for day in ORDERS[order](list(range(3))):
        project.run("shop.tills", day)
    found = printed(warehouse_db, "select * from gold_shop.last_week order by day")
    assert re.findall(r"\d+\.\d+", found) == ["27.50", "70.70", "80.60"]
    third = "include/data/shop/receipts/2026-01-01.csv"
    project.write(third, (tmp_path / third).read_text().replace("12.50", "112.50"))
    project.run("shop.tills", 0, run_id="corrected")
    found = printed(warehouse_db, "select * from gold_shop.last_week order by day")
    assert re.findall(r"\d+\.\d+", found) == ["127.50", "170.70", "180.60"]


def test_a_select_that_reads_a_week_and_does_not_say_so_is_refused(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = project_root / "docs" / "incremental.md"
    project = _project(page, tmp_path, warehouse_db)
    spec = tmp_path / "specs/shop/tills.yaml"
    spec.write_text(spec.read_text().replace("gold:\n", LAST_WEEK.replace("6d", "5d")))
    project.write("include/sql/shop/last_week.sql", fenced(page, "sql last_week")[0])
    (problem,) = project.problems()
    assert "5d is less than include/sql/shop/last_week.sql:5 reads, 6 days" in problem


def test_a_late_receipt_that_is_corrected_in_its_file_comes_to_its_day(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    """Receipt 6, of the first day, is in the file of the third: that day is restated."""
    page = project_root / "docs" / "incremental.md"
    project = _project(page, tmp_path, warehouse_db)
    for day in range(3):
        project.run("shop.tills", day)
    third = "include/data/shop/receipts/2026-01-03.csv"
    text = (tmp_path / third).read_text().replace("B,7.00", "B,70.00")
    project.write(third, text)
    project.run("shop.tills", 2, run_id="corrected", group="receipts")
    plan = plan_of("shop.tills", tmp_path)
    receipts = PublishedTable.of(TableName("silver_shop", "receipts"))
    stretch = find_stretch(plan, MIDNIGHT + timedelta(days=2), MIDNIGHT + timedelta(days=2))
    surroundings = Surroundings(
        project_root=tmp_path,
        lake_root=str(tmp_path / "lake"),
        warehouse_url=warehouse_db,
        connection={}.__getitem__,
        log=logging.getLogger("test"),
    )

    def restated() -> set[tuple[str, tuple[Span, ...]]]:
        with session(warehouse_db, "reading") as connection:
            found = list(read_intervals(connection, plan, stretch.end))
        return {(one.table.name, one.find(IntervalState.RESTATED)) for one in found}

    all_days = (Span(start=MIDNIGHT, end=stretch.end),)
    assert restated() == {("takings", all_days), ("last_sales", all_days)}
    below = find_downstream([plan], receipts, stretch, stretch.end)
    assert restate(receipts, stretch, below, surroundings, by="ana") == 6
    assert restated() == {("takings", ()), ("last_sales", ())}
    takings = fenced(page, "text takings")[0].replace(" 7.00", " 70.00")
    assert printed(warehouse_db, QUERIES["takings"]).replace(" ", "") == takings.replace(" ", "")


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
