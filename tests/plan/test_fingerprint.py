"""What changes a table's fingerprint, and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.workbench.environments.shop import FILES, SALES, TOTALS

from medallion.plan.make import make_plan
from medallion.plan.model import PublishStep
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader


def fingerprints(root: Path, edits: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    for name, text in FILES.items():
        old, new = edits.get(name, ("", ""))
        assert old in text
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace(old, new) if old else text)
    report = load_all(root, sql_reader(root))
    assert not report.issues
    steps = (task.step for loaded in report.specs for task in make_plan(loaded).tasks)
    return {
        step.table.name: (step.fingerprint, step.source_fingerprint)
        for step in steps
        if isinstance(step, PublishStep)
    }


@pytest.mark.parametrize(
    ("path", "old", "new", "changed"),
    [
        (SALES, "What a shop sells.", "What the shop sells.", ""),
        (SALES, '"@daily"', '"@hourly"', ""),
        (SALES, "grants: [reader_shop]", "grants: []", ""),
        (SALES, "order_id: {from: id,", "order_id: {from: id, description: Its number.,", ""),
        (SALES, "{max_quarantined_percent: 60}", "{max_quarantined_percent: 70}", ""),
        (SALES, "amount: {", "amount: {from: amount, ", "orders"),
        (SALES, "protect: mask", "protect: hash", "orders"),
        (SALES, "min_value: 0", "min_value: 1", "orders"),
        (SALES, "primary_key: [item]", "primary_key: [item, pieces]", "stock"),
        (SALES, "write_disposition: merge", "write_disposition: append", "stock"),
        (SALES, "path: include/data/shop/stock.csv", "path: include/data/shop/orders.csv", "stock"),
        (SALES, "silver_shop.orders.amount <= t.total", "silver_shop.orders.amount < 0", "totals"),
        (TOTALS, "group by 1", "group by note", "totals"),
    ],
)
def test_what_decides_the_rows_changes_it(
    tmp_path: Path, path: str, old: str, new: str, changed: str
) -> None:
    before, after = fingerprints(tmp_path, {}), fingerprints(tmp_path, {path: (old, new)})
    assert [name for name in before if before[name][0] != after[name][0]] == (
        [changed] if changed else []
    )
    sources = [name for name in before if before[name][1] != after[name][1]]
    assert sources == (["stock"] if "path:" in old else [])
    assert all(one and len(one) == 32 for one, _ in after.values())
