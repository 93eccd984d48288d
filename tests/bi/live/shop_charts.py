"""What each chart of the shop shows, asked of the warehouse by hand: where a question orders, the
chart has that order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

SALES = "from gold_shop.sales"

EXPECTED = {
    "_freshness": """
        select schema_name || '.' || table_name as published_table, state, message
        from medallion_bi.freshness where schema_name = 'gold_shop' order by state desc""",
    "revenue": f"select sum(amount) as revenue {SALES}",
    "large_share": f"select avg((quantity >= 5)::int) as large_share {SALES}",
    "last_sale": f"select max(day) as last_sale {SALES}",
    "sales_by_month": f"""
        select date_trunc('month', day) as day, count(*) as sales {SALES} group by 1 order by 1""",
    # The first name of a lying axis is the lowest one: the largest bar comes last. Of a heat map's
    # y axis so does the first name.
    "products": f"""
        select * from (select product, sum(amount) as revenue {SALES} group by 1
        order by 2 desc limit 10) as best order by revenue""",
    "products_by_ticket": f"""
        select * from (select product, sum(amount) as revenue, avg(amount) as "Order by ticket"
        {SALES} group by 1 order by 3 desc limit 5) as best order by 3""",
    "segments_by_country": f"""
        select country, sum(amount) filter (where segment = 'business') as business,
        sum(amount) filter (where segment = 'private') as private,
        sum(amount) filter (where segment = 'retail') as retail {SALES} group by 1""",
    "revenue_by_month": f"""
        select date_trunc('month', day) as day, sum(amount) as revenue {SALES} group by 1
        order by 1""",
    "revenue_by_week": f"""
        select date_trunc('week', day) as day, sum(amount) filter (where country = 'DE') as "DE",
        sum(amount) filter (where country = 'FR') as "FR",
        sum(amount) filter (where country = 'US') as "US"
        {SALES} where country in ('DE', 'FR', 'US') group by 1 order by 1""",
    "segments_by_month": f"""
        select date_trunc('month', day) as day,
        count(*) filter (where segment = 'business') as business,
        count(*) filter (where segment = 'private') as private,
        count(*) filter (where segment = 'retail') as retail {SALES} group by 1 order by 1""",
    "segments": f"select segment, sum(amount) as revenue {SALES} group by 1 order by 2 desc",
    "month_and_product": f"""
        select date_trunc('month', booked_at) as month, product, count(*) as sales {SALES}
        group by 1, 2 order by 1, 2 desc""",
    "week_and_country": f"""
        select date_trunc('week', day) as day, country, sum(amount) as revenue {SALES}
        group by 1, 2 order by 1, 2 desc""",
    "country_and_segment": f"""
        select country, segment, avg(amount) as ticket {SALES} group by 1, 2""",
    "products_compared": f"""
        select product, case when quantity >= 5 then 'large' else 'small' end as size_class,
        count(*) as sales, avg(amount) as ticket, sum(amount) as revenue {SALES} group by 1, 2""",
    "countries_compared": f"""
        select country, count(*) as sales, avg(amount) as ticket, count(*) as "Rows",
        'all' as "All" {SALES} group by 1""",
    "world": f"select country, sum(amount) as revenue {SALES} group by 1",
    "france": f"""
        select region, sum(amount) as revenue {SALES} where country = 'FR' group by 1
        order by 2 desc""",
    "by_product": f"""
        select product, sum(amount) as revenue, count(*) as sales, avg(amount) as ticket,
        avg((quantity >= 5)::int) as large_share, max(day) as last_sale {SALES} group by 1
        order by 1""",
    "last_sales": f"""
        select sale_id, day, product, country, quantity, unit_price, amount {SALES}
        where quantity >= 5 and day >= '2026-01-01' and day < '2026-07-01'
        order by sale_id desc limit 20""",
    "stock": "select product, pieces from gold_shop.stock order by pieces",
}
"""By the chart's name."""
_DERIVED = ("rank", "__contribution")
"""Ends of columns that Superset adds: for the colours of a heat map, for a browser's pie."""


def compared(rows: Iterable[Mapping[str, Any]], question: str) -> list[dict[str, Any]]:
    """Rows in a form in which Superset's and the warehouse's are equal: moments in milliseconds,
    numbers to six digits after the point, columns by name; in their order if that is asked for."""
    found = [
        {name: _value(row[name]) for name in sorted(row) if not name.endswith(_DERIVED)}
        for row in rows
    ]
    return found if "order by" in question else sorted(found, key=str)


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return Decimal(int(moment.timestamp() * 1000))
    if isinstance(value, date):
        return _value(datetime(value.year, value.month, value.day, tzinfo=UTC))
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return round(Decimal(str(value)), 6).normalize()
