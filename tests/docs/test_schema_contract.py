"""docs/schema-contract.md: its spec runs, and each word does what its table says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import Project, fenced
from tests.steps.staged import query

from medallion.cleaning.declared.contract import NewColumns, OtherTypes
from medallion.errors import DataRejected, WarehouseRefused
from medallion.publish.declaration import ShapeContract

GOOD = [
    {"id": 1, "amount": "5", "day": "2026-01-01"},
    {"id": 2, "amount": "6", "day": "2026-01-01"},
]
CONTRACT = "{columns: freeze, data_type: discard_value, ignore: [internal_note]}"
COUNTS = (
    "SELECT rows_read, rows_published, rows_quarantined, rows_discarded"
    " FROM medallion.publications ORDER BY publication_id DESC LIMIT 1"
)
Orders = Callable[..., Project]


@pytest.fixture
def page(project_root: Path) -> Path:
    return project_root / "docs" / "schema-contract.md"


@pytest.fixture(params=["csv", "jsonl"])
def orders(request: pytest.FixtureRequest, page: Path, tmp_path: Path, warehouse_db: str) -> Orders:
    """The page's pipeline with another contract, and another format of its file."""
    project = Project(root=tmp_path, url=warehouse_db)

    def make(contract: str, records: list[dict[str, Any]], bronze: str = "") -> Project:
        (spec,) = fenced(page)
        assert CONTRACT in spec
        spec = spec.replace(CONTRACT, contract).replace("format: csv", f"format: {request.param}")
        if bronze:
            spec = spec.replace("    silver:\n", f"    bronze: {bronze}\n    silver:\n")
        project.write("specs/shop/orders.yaml", spec)
        assert project.problems() == []
        project.write("include/data/shop/orders.csv", _file(request.param, records))
        return project

    return make


def _file(kind: str, records: list[dict[str, Any]]) -> str:
    if kind == "jsonl":
        return "".join(json.dumps(record) + "\n" for record in records)
    header = list({name: None for record in records for name in record})
    rows = [",".join(str(record.get(name) or "") for name in header) for record in records]
    return "\n".join([",".join(header), *rows]) + "\n"


def published(project: Project, columns: str = "order_id, amount::text") -> list[Any]:
    return query(project.url, f"SELECT {columns} FROM silver_shop.orders ORDER BY 1")


def test_the_page_names_every_word(page: Path) -> None:
    text = page.read_text()
    for words in (NewColumns, OtherTypes, ShapeContract):
        assert all(f"`{word}`" in text for word in words)


def test_the_contract_of_the_page_publishes_and_discards_as_it_says(orders: Orders) -> None:
    project = orders(CONTRACT, [*GOOD, {"id": 3, "amount": "none", "day": "2026-01-01"}])
    results = project.run("shop.orders")
    assert published(project) == [(1, "5.00"), (2, "6.00"), (3, None)]
    assert results["orders.clean"].details["values_discarded"] == {"amount": 1}
    noted = [{**record, "internal_note": "x"} for record in GOOD]
    orders(CONTRACT, noted).run("shop.orders", 1)
    with pytest.raises(DataRejected, match="fields that no column takes: 'colour'"):
        orders(CONTRACT, [{**GOOD[0], "colour": "red"}]).run("shop.orders", 2)


def test_a_value_is_discarded_where_null_may_be(orders: Orders) -> None:
    records = [*GOOD, {"id": 3, "amount": "7", "day": "soon"}]
    project = orders("{data_type: discard_value}", records)
    project.run("shop.orders")
    assert query(project.url, COUNTS) == [(3, 2, 1, 0)]


def test_rows_of_other_types_are_left_out(orders: Orders) -> None:
    records = [*GOOD, {"id": 3, "amount": "none", "day": "2026-01-01"}]
    project = orders("{data_type: discard_row}", records)
    project.run("shop.orders")
    assert published(project) == [(1, "5.00"), (2, "6.00")]
    assert query(project.url, COUNTS) == [(3, 2, 0, 1)]


def test_frozen_types_fail_the_run(orders: Orders) -> None:
    records = [*GOOD, {"id": 3, "amount": "none", "day": "2026-01-01"}]
    with pytest.raises(DataRejected, match=r'1 of 3 records.*amount: "none" is not a number'):
        orders("{data_type: freeze}", records).run("shop.orders")


def test_rows_with_unknown_fields_are_left_out(orders: Orders) -> None:
    records = [{**GOOD[0], "colour": "red", "internal_note": "x"}, {**GOOD[1], "colour": None}]
    project = orders("{columns: discard_row, ignore: [internal_note]}", records)
    project.run("shop.orders")
    assert published(project) == [(2, "6.00")]
    assert query(project.url, COUNTS) == [(2, 1, 0, 1)]


def test_unknown_fields_become_columns_and_stay(orders: Orders) -> None:
    evolve = "{columns: evolve, ignore: [internal_note]}"
    records = [{**GOOD[0], "Unit Price": "2.50", "internal_note": "x"}, GOOD[1]]
    project = orders(evolve, records)
    project.run("shop.orders")
    assert published(project, "order_id, nullif(unit_price, '')") == [(1, "2.50"), (2, None)]
    orders(evolve, [{**GOOD[1], "amount": "8"}]).run("shop.orders", 1)  # the field is gone again
    assert published(project, "order_id, amount::text, nullif(unit_price, '')") == [
        (1, "5.00", "2.50"),
        (2, "8.00", None),
    ]


def test_a_field_that_makes_no_column_is_reported(orders: Orders) -> None:
    with pytest.raises(DataRejected, match="'Order Id' makes the name of another column, order_id"):
        orders("{columns: evolve}", [{**GOOD[0], "Order Id": "2"}]).run("shop.orders")
    with pytest.raises(DataRejected, match="'€' makes no name of a column"):
        orders("{columns: evolve}", [{**GOOD[0], "€": "2"}]).run("shop.orders", 1)


def test_a_frozen_landing_has_the_fields_of_the_last(orders: Orders) -> None:
    frozen, plain = "{schema_contract: freeze}", "{}"
    orders(plain, GOOD, frozen).run("shop.orders")
    orders(plain, GOOD, frozen).run("shop.orders", 1)
    more = [{**GOOD[0], "colour": "red"}]
    for _ in range(2):  # what was refused is not a measure for the next
        with pytest.raises(DataRejected, match="colour is new"):
            orders(plain, more, frozen).run("shop.orders", 2)
    orders(plain, more).run("shop.orders", 3)
    orders(plain, more, frozen).run("shop.orders", 4)
    orders(plain, more, frozen).run("shop.orders", 5)


def test_a_frozen_gold_table_grows_no_column(tmp_path: Path, warehouse_db: str) -> None:
    project = Project(root=tmp_path, url=warehouse_db)
    project.write(
        "specs/shop/report.yaml",
        "description: Frozen.\ngold:\n  ones: {sql: ones.sql, schema_contract: freeze}\n",
    )
    project.write("include/sql/shop/ones.sql", "select 1 as one")
    project.run("shop.report")
    project.write("include/sql/shop/ones.sql", "select 1 as one, 2 as two")
    with pytest.raises(WarehouseRefused, match="new columns: two, and its schema contract is"):
        project.run("shop.report", 1)
