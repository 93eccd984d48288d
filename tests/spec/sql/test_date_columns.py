"""A date is known for one only where the text and the specs leave no doubt."""

from __future__ import annotations

import pytest

from medallion.spec.sql.date_columns import is_date

TYPES = {
    "silver_shop.orders": {"day": "date", "at": "timestamptz", "n": "integer"},
    "silver_shop.visits": {"day": "timestamp", "seen": "date"},
}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select o.day from silver_shop.orders as o", True),
        ("select day from silver_shop.orders union all select at from silver_shop.orders", True),
        ("select cast(at as date) as day from silver_shop.orders", True),
        ("select date_trunc('day', at)::date as day from elsewhere.orders", True),
        ("select seen as day from silver_shop.orders join silver_shop.visits using (n)", True),
        ("select at as day from silver_shop.orders", False),
        ("select date_trunc('day', at) as day from silver_shop.orders", False),
        ("select o.day from (select at as day from silver_shop.orders) as o", False),
        ("select day from silver_shop.orders, silver_shop.visits", False),
        ("select v.day from silver_shop.orders as o, silver_shop.visits as v", False),
        ("with o as (select at as day from silver_shop.orders) select day from o", False),
        ("select day from silver_other.orders", False),
        ("select * from silver_shop.orders", False),
        ("values (current_date)", False),
        ("not sql", False),
    ],
)
def test_a_date_is_known(sql: str, expected: bool) -> None:
    assert is_date(sql, "day", TYPES) is expected
