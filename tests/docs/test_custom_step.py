"""docs/custom-step.md: its spec and its function run on its file."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

from tests.docs.pages import Project
from tests.steps.staged import query

from medallion.airflow.loader import plan_of


def test_the_pages_pipeline_runs_with_the_pages_function(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = (project_root / "docs" / "custom-step.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(yaml|csv|python)\n(.*?)^```", page, re.DOTALL | re.MULTILINE))
    module = tmp_path / "include/python/shop/scoring.py"
    project = Project(root=tmp_path, url=warehouse_db)
    project.write("specs/shop/orders.yaml", blocks["yaml"])
    project.write("include/data/shop/orders.csv", blocks["csv"])
    project.write("include/python/shop/scoring.py", blocks["python"])
    assert project.problems() == []
    plan = plan_of("shop.orders", tmp_path)
    before = list(sys.path)
    project.run("shop.orders")
    assert sys.path == before
    first, third = query(
        warehouse_db, "SELECT order_id, risk, _bronze_record FROM silver_shop.orders ORDER BY 1"
    )
    assert (first[0], first[2], third[0], third[2]) == (1, 1, 3, 3)
    assert math.isclose(float(str(first[1])), math.tanh(1.0) * 0.5)
    assert math.isclose(float(str(third[1])), math.tanh(0.01))
    accounts = "SELECT rows_read, rows_published, rows_discarded FROM medallion.publications"
    assert query(warehouse_db, accounts) == [(3, 2, 1)]
    module.write_text(blocks["python"] + "\n# Said otherwise.\n", encoding="utf-8")
    assert plan_of("shop.orders", tmp_path).digest != plan.digest
