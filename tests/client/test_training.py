"""Training sets from published feature views: as their specs declare them, as they were known."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import psycopg
import pytest
from tests.client.conftest import Read
from tests.client.test_desk import SHRINKS
from tests.steps.publish.test_step import published
from tests.steps.staged import REPLACE

from medallion.airflow.loader import plan_of
from medallion.errors import CannotRead
from medallion.names import PublishedTable, TableName
from medallion.warehouse.registry.declared_tables import declare

SPEC = """
description: What is known of customers.
owner: shop-data
schedule: "@daily"
start_date: 2026-01-01
datasets:
  orders:
    source: {type: file, format: csv, path: include/data/shop/orders.csv}
    silver:
      columns:
        customer_id: {type: bigint}
        day: {type: date}
        amount: {type: "decimal(9,2)"}
        mail: {type: text, classification: {pii: email, protect: mask}}
gold:
  customers:
    sql: customers.sql
    entity: [customer_id]
    event_time: day
    ttl: 3d
  totals:
    sql: totals.sql
    entity: [customer_id]
    event_time: day
"""
SQL = {
    "customers": "select customer_id, day, amount, mail from silver_shop.orders",
    "totals": "select customer_id, day, amount from silver_shop.orders",
}
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def _chance() -> list[tuple[int, int, str, str | None, str]]:
    """Rows with ties: customers and days are few."""
    draw = random.Random(7)
    return [
        (
            number,
            draw.randint(1, 3),
            f"{FIRST + timedelta(days=draw.randint(0, 9)):%Y-%m-%d}",
            draw.choice([None, "1.50", "2.25", "9.00"]),
            "x",
        )
        for number in range(1, 60)
    ]


ROWS = _chance()


@pytest.fixture(scope="module")
def shop(read: Read, tmp_path_factory: pytest.TempPathFactory) -> Read:
    root: Path = tmp_path_factory.mktemp("shop")
    for path, text in (
        ("specs/shop/features.yaml", SPEC),
        *((f"include/sql/shop/{name}.sql", text) for name, text in SQL.items()),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    with psycopg.connect(read.loader) as connection:
        declare(connection, plan_of("shop.features", root), "digest")
    for name in SQL:
        table = PublishedTable.of(TableName("gold_shop", name))
        step = replace(REPLACE, table=table, grants=(read.role,), guard=SHRINKS)
        columns = "id bigint, customer_id bigint, day date, amount numeric(9,2), mail text"
        published(read.loader, 0, ROWS, step, columns=columns)
    return read


def wanted(customer: int, at: datetime, ttl: timedelta | None) -> str | None:
    """Each row looked at; of one day's the greatest by the columns in their order: the last id."""
    known = [row for row in ROWS if row[1] == customer and f"{at:%Y-%m-%d}" >= row[2]]
    if not known:
        return None
    row = max(known, key=lambda one: (one[2], one[0]))
    day = datetime.fromisoformat(row[2]).replace(tzinfo=UTC)
    return None if ttl is not None and day < at - ttl else row[3]


def test_feature_views_are_those_of_the_specs(shop: Read) -> None:
    customers, totals = shop.desk.feature_views()
    assert (customers.name, customers.entity, customers.event_time) == (
        "gold_shop.customers", ("customer_id",), "day",
    )  # fmt: skip
    assert customers.ttl_microseconds == 3 * 86_400_000_000
    assert customers.features == ("id", "amount"), "mail holds what silver protects"
    assert totals.ttl_microseconds is None


def test_labels_get_what_was_known_then_of_several_views(shop: Read) -> None:
    labels = pd.DataFrame(
        {
            "customer_id": [1, 2, 3, 4, 1] * 5,
            "at": [FIRST + timedelta(hours=9 * n - 10) for n in range(25)],
            "churned": [True] * 25,
        }
    )
    features = ["gold_shop.customers:amount", "gold_shop.totals:amount", "gold_shop.totals:id"]
    found = shop.desk.training_set(labels, features, label_time="at")
    frame = found.to_pandas()
    assert list(frame.columns) == [*labels.columns, "customers__amount", "totals__amount", "id"]
    for name, ttl in (("customers__amount", timedelta(days=3)), ("totals__amount", None)):
        expected = [
            wanted(*one, ttl) for one in zip(labels["customer_id"], labels["at"], strict=True)
        ]
        got = [None if value is pd.NA else str(value) for value in frame[name]]
        assert got == expected, name
    assert [one.table for one in found.lineage] == ["gold_shop.customers", "gold_shop.totals"]
    same = shop.desk.training_set(
        pl.from_pandas(labels), features, label_time="at", versions={"gold_shop.totals": 1}
    )
    assert same.to_arrow()["totals__amount"] == found.to_arrow()["totals__amount"]
    assert same.to_polars().height == 25


def test_a_feature_that_is_not_there_is_refused(shop: Read) -> None:
    labels = pd.DataFrame({"customer": [1], "at": [FIRST]})
    for features, said in (
        (["gold_shop.customer:amount"], "did you mean gold_shop.customers"),
        (["gold_shop.customers:amout"], "did you mean amount"),
        (["gold_shop.customers:mail"], "has no feature 'mail'"),
        (["gold_shop.customers:amount"], "no column 'customer_id'"),
        ([], "no features are named"),
    ):
        with pytest.raises(CannotRead) as refused:
            shop.desk.training_set(labels, features, label_time="at")
        assert said in str(refused.value)
