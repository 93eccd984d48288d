"""docs/columns.md: its pipeline, on its file, ends in the table that it promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from tests.docs.pages import Project
from tests.steps.staged import query

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.spec.models.pipeline import SilverSpec


@pytest.fixture
def page(project_root: Path) -> str:
    return (project_root / "docs" / "columns.md").read_text(encoding="utf-8")


def test_the_pages_pipeline_runs_on_the_pages_file(
    page: str, tmp_path: Path, warehouse_db: str
) -> None:
    section = page.partition("## All of it in one file")[2]
    blocks = dict(re.findall(r"^```(yaml|csv)\n(.*?)^```", section, re.DOTALL | re.MULTILINE))
    files = {
        "specs/bank/movements.yaml": blocks["yaml"],
        "include/data/bank/movements.csv": blocks["csv"],
    }
    project = Project(root=tmp_path, url=warehouse_db)
    for name, content in files.items():
        project.write(name, content)
    assert project.problems() == []
    project.run("bank.movements")
    columns = (
        "movement, booked_on::text, (changed_at AT TIME ZONE 'UTC')::text, amount::text,"
        " fee_rate::text, fee::text, kind, reconciled, tags, status"
    )
    assert query(warehouse_db, f"SELECT {columns} FROM silver_bank.movements ORDER BY 1") == [
        (
            *("000017", "2026-01-31", "2026-02-02 08:00:00", "1234.60", "0.002500", "3.09"),
            *("debit", True, ["loyer", "paris"], "OK"),
        ),
        (
            *("000018", "2026-02-01", "2026-02-02 09:00:00", "-12.00", None, "0.00"),
            *("credit", False, None, "OK"),
        ),
    ]
    assert query(warehouse_db, "SELECT reasons FROM quarantine_silver_bank.movements") == [
        (['kind: "X" is not among D, C'],)
    ]
    accounts = (
        "SELECT rows_read, rows_published, rows_quarantined, rows_deduplicated, rows_discarded"
        " FROM medallion.publications"
    )
    assert query(warehouse_db, accounts) == [(5, 2, 1, 1, 1)]


def test_the_pages_words_of_values_read_them(page: str, tmp_path: Path, warehouse_db: str) -> None:
    section = page.partition("## Values of other programs")[2].partition("\n## ")[0]
    blocks = dict(re.findall(r"^```(yaml|csv)\n(.*?)^```", section, re.DOTALL | re.MULTILINE))
    project = Project(root=tmp_path, url=warehouse_db)
    project.write("specs/bank/accounts.yaml", blocks["yaml"])
    project.write("include/data/bank/accounts.csv", blocks["csv"])
    assert project.problems() == []
    project.run("bank.accounts")
    columns = "account, opened_on::text, tags, balance::text, rate_eur::text, rate_usd::text"
    assert query(warehouse_db, f"SELECT {columns} FROM silver_bank.accounts ORDER BY 1") == [
        (1, "1927-01-05", ["new", None], "1500.00", "1.2500", None),
        (2, "2026-01-05", [], "7.00", None, "1.5000"),
    ]


def test_the_other_examples_are_valid(page: str) -> None:
    for example in re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        keys = yaml.safe_load(example)
        if "silver" in keys:
            SilverSpec.model_validate({"columns": {"id": {"type": "text"}}, **keys["silver"]})
        elif "datasets" not in keys:
            columns = keys.get("columns") or {
                name: said if isinstance(said, dict) else {"type": "text", name: said}
                for name, said in keys.items()
            }
            for column in columns.values():
                ColumnSpec.model_validate(column)
