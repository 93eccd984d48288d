"""Which tables a domain may read: its own, and those that their owners share."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.plan.sharing import readable_tables
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

_SPEC = """\
description: What a shop shares.
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {day: {type: date}}, share_with: [finance]}
  visits:
    source: {type: file, path: include/data/shop/visits.csv}
    silver: {columns: {day: {type: date}}}
gold:
  days: {sql: days.sql, share_with: public}
"""


@pytest.mark.parametrize(
    ("domain", "tables"),
    [
        ("shop", ["gold_shop.days", "silver_shop.orders", "silver_shop.visits"]),
        ("finance", ["gold_shop.days", "silver_shop.orders"]),
        ("cinema", ["gold_shop.days"]),
    ],
)
def test_a_domain_reads_its_own_tables_and_what_is_shared(
    tmp_path: Path, domain: str, tables: list[str]
) -> None:
    (tmp_path / "specs/shop").mkdir(parents=True)
    (tmp_path / "include/sql/shop").mkdir(parents=True)
    (tmp_path / "specs/shop/a.yaml").write_text(_SPEC)
    (tmp_path / "include/sql/shop/days.sql").write_text("select day from silver_shop.orders")
    specs = load_all(tmp_path, sql_reader(tmp_path)).specs
    assert [str(table) for table in readable_tables(domain, specs)] == tables
