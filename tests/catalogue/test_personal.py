"""Whose values no page shows, through the SQL of gold tables."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from medallion.catalogue.declared import SpecShelf
from medallion.catalogue.personal import hidden_fields
from medallion.compiler.project import load_project
from medallion.names import Layer, PublishedTable

SPEC = """\
description: Sales of the day.
datasets:
  sales:
    source: {type: file, path: include/data/shop/sales.csv}
    silver:
      columns:
        sale_id: {type: bigint}
        email: {type: text, classification: {pii: email, protect: mask}}
gold:
  buyers: {sql: buyers.sql}
  again: {sql: again.sql}
"""
BUYERS = """\
select sale_id, email as contact, lower(email) || '!' as loud, sale_id + 1 as next_sale,
       row_number() over (order by email) as place
from silver_shop.sales
"""
AGAIN = "select b.contact as who, b.next_sale, b.place from gold_shop.buyers b"


@pytest.mark.parametrize(
    ("table", "wanted"),
    [("buyers", {"contact", "loud", "place"}), ("again", {"who", "place"})],
)
def test_a_column_made_of_a_personal_one_is_hidden_under_any_name(
    tmp_path: Path, table: str, wanted: set[str]
) -> None:
    for folder in ("specs/shop", "include/sql/shop", "include/data/shop"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "specs/shop/sales.yaml").write_text(SPEC)
    (tmp_path / "include/sql/shop/buyers.sql").write_text(BUYERS)
    (tmp_path / "include/sql/shop/again.sql").write_text(AGAIN)
    load_project(tmp_path, until=time.monotonic() + 120)
    declared = SpecShelf(tmp_path).now()
    one = PublishedTable(layer=Layer.GOLD, domain="shop", name=table)
    columns = set(declared.origins.of(declared.tables[one]))
    assert hidden_fields(declared, one) & columns == wanted
