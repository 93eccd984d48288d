"""docs/sources-file.md: its pipeline, on its files, ends in the tables that it promises."""

from __future__ import annotations

import gzip
import io
import re
from datetime import date
from pathlib import Path

import openpyxl
from tests.docs.pages import Project
from tests.steps.staged import query

from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

ROW = re.compile(r"\| \d+ \|")
SECOND_FILE = "Filiale;Bon;Datum;Summe\nsüd;1;06.01.2026;12 €\n"


def test_the_pages_pipeline_runs_on_the_pages_files(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = (project_root / "docs" / "sources-file.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:yaml|csv|json)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    spec, csv, branches, articles = blocks[:4]
    sales = gzip.compress(csv.encode())
    files = {
        "specs/shop/sales.yaml": spec.encode(),
        "include/data/shop/sales/nord/2026-01-05.csv.gz": sales,
        "include/data/shop/sales/süd/2026-01-06.csv.gz": gzip.compress(SECOND_FILE.encode()),
        "include/data/shop/sales/süd/2025-12-31.csv.gz": b"not of the pattern",
        "include/data/shop/branches.jsonl": branches.encode(),
        "include/data/shop/articles.json": articles.encode(),
        "include/data/shop/targets.xlsx": workbook(page),
    }
    project = Project(root=tmp_path, url=warehouse_db)
    for name, content in files.items():
        project.write(name, content)
    assert project.problems() == []
    project.run("shop.sales")
    assert query(
        warehouse_db,
        "SELECT branch, receipt, sold_on::text, total::text, _bronze_part FROM silver_shop.sales"
        " ORDER BY 1, 2",
    ) == [
        ("nord", 1, "2026-01-05", "1234.50", 0),
        ("nord", 2, "2026-01-05", "7.00", 0),
        ("süd", 1, "2026-01-06", "12.00", 1),
    ]
    assert query(warehouse_db, "SELECT branch, city FROM silver_shop.branches ORDER BY 1") == [
        ("nord", "Kiel"),
        ("süd", None),
    ]
    assert query(
        warehouse_db, "SELECT article, price::text FROM silver_shop.articles ORDER BY 1"
    ) == [(1, "1.10"), (2, "12.00")]
    assert query(
        warehouse_db,
        "SELECT branch, month::text, target::text FROM silver_shop.targets ORDER BY 1",
    ) == [("nord", "2026-01-01", "1250.50"), ("süd", "2026-01-01", "900.00")]


def test_the_pages_other_pipelines_are_valid(project_root: Path, tmp_path: Path) -> None:
    page = (project_root / "docs" / "sources-file.md").read_text(encoding="utf-8")
    specs = [text for text in re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
             if text.startswith("description:")]  # fmt: skip
    assert len(specs) > 1
    for number, text in enumerate(specs):
        path = tmp_path / str(number) / "specs" / "shop" / "sales.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        root = tmp_path / str(number)
        assert load_all(root, sql_reader(root)).issues == ()


def workbook(page: str) -> bytes:
    """The sheet that the page shows as a table: its rows begin with their numbers."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Targets")
    for number, *cells in (line.split("|")[1:-1] for line in page.splitlines() if ROW.match(line)):
        for column, text in zip("ABCD", cells, strict=True):
            if text.strip():
                sheet[f"{column}{int(number)}"] = value_of(text.strip())
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def value_of(text: str) -> object:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    return float(text) if re.fullmatch(r"[\d.]+", text) else text
