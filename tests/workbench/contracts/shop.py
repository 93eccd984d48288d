"""A shop whose tables have what a contract can say, and its warehouse."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import Project

from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.contracts.facts import ContractFacts, collect_facts

DOMAIN = """\
description: What a shop sells.
owner: shop-data
contacts: [shop@example.org, "#shop"]
tags: [retail]
"""
SALES = """\
description: Orders and who placed them.
schedule: "0 3 * * *"
start_date: 2026-01-01
datasets:
  customers:
    description: One row per state of a customer.
    attribution: Addresses by the Post.
    source: {type: file, path: include/data/shop/customers.csv}
    silver:
      primary_key: [customer_id]
      write_disposition: scd2
      share_with: public
      grants: [reader_shop]
      columns:
        customer_id: {type: integer}
        email: {type: text, classification: {pii: email, protect: mask}}
        country: {type: text}
  orders:
    description: One row per order.
    source: {type: file, path: include/data/shop/orders.csv}
    bronze:
      checks:
        - row_count: {min_value: 1}
    silver:
      primary_key: [order_id]
      grants: [reader_shop]
      freshness: {warn_after: 26h, error_after: 2d}
      columns:
        order_id: {type: bigint, description: The shop's own number.}
        customer_id: {type: integer}
        amount: {type: "decimal(10,2)", unit: EUR}
        currency: {type: text}
        ordered_at: {type: timestamptz, format: iso, timezone: UTC}
        tags: {type: "text[]", nullable: true}
        note: {type: json, nullable: true}
      checks:
        - row_count: {min_value: 1, max_value: 1000}
        - accepted_values: {column: currency, values: [EUR, USD]}
        - matches: {column: currency, regex: "^[A-Z]{3}$", description: As ISO 4217 has it.}
        - between: {column: amount, min_value: 0, on_failure: quarantine}
        - not_null: {column: note, mostly: 0.25, on_failure: warn}
        - unique: {columns: [customer_id, ordered_at]}
        - foreign_key: {column: customer_id, to: silver_shop.customers.customer_id}
gold:
  days:
    description: One row per day.
    sql: days.sql
    primary_key: [day]
    grants: [bi_reader]
    columns:
      takings: {description: Of all orders., unit: EUR}
    checks:
      - not_null: {column: takings}
      - unexpected_rows_expectation:
          unexpected_rows_query: select * from {batch} as b where b.takings < 0
"""
DAYS = """\
select cast(o.ordered_at at time zone 'UTC' as date) as day, max(o.currency) as currency,
  sum(o.amount) as takings, count(distinct c.email) as buyers
from silver_shop.orders as o
join silver_shop.customers as c using (customer_id)
group by 1
"""
CUSTOMERS_CSV = "customer_id,email,country\n1,a@example.org,FR\n2,b@example.org,DE\n"
ORDERS_CSV = """\
order_id,customer_id,amount,currency,ordered_at,tags,note
10,1,12.50,EUR,2026-01-01T08:00:00Z,"[""new""]","{""a"": 1}"
11,2,-3.00,EUR,2026-01-01T09:00:00Z,,
12,2,7.25,USD,2026-01-02T09:00:00Z,,
"""
TABLES = ("silver_shop.customers", "silver_shop.orders", "gold_shop.days")


def write_shop(root: Path, url: str = "") -> Project:
    """The shop's files, not run yet."""
    shop = Project(root=root, url=url)
    for path, text in {
        "specs/shop/domain.yaml": DOMAIN,
        "specs/shop/sales.yaml": SALES,
        "include/sql/shop/days.sql": DAYS,
        "include/data/shop/customers.csv": CUSTOMERS_CSV,
        "include/data/shop/orders.csv": ORDERS_CSV,
    }.items():
        shop.write(path, text)
    return shop


def edit(root: Path, path: str, before: str, after: str) -> None:
    """Change one place of a file."""
    text = (root / path).read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{before!r} is in {path} {text.count(before)} times"
    (root / path).write_text(text.replace(before, after), encoding="utf-8")


def facts_of(
    side: Side, types: dict[str, dict[str, str]] | None = None
) -> dict[str, ContractFacts]:
    """By table, what its contract is made of."""
    return {str(one.declared.table.public): one for one in collect_facts(side, types or {})}


def read_shop(root: Path) -> Side:
    side = read_side(root)
    assert not side.refused, side.refused
    return side
