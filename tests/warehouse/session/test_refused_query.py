"""The remedy beside what PostgreSQL says of a query."""

from __future__ import annotations

import pytest

from medallion.warehouse.session.refused_query import refusal_of

MOVIES = "(VALUES (1, 'a')) AS movies (gross, brand)"


@pytest.mark.parametrize(
    ("query", "remedy"),
    [
        (f"SELECT brand FROM {MOVIES} WHERE sum(gross) > 3 GROUP BY brand", "into HAVING"),
        (f"SELECT 1 FROM {MOVIES} JOIN {MOVIES} AS b ON sum(b.gross) > 3", "into HAVING"),
        (f"SELECT sum(gross) FROM {MOVIES} GROUP BY sum(gross)", "group by columns"),
        (f"SELECT sum(max(gross)) FROM {MOVIES}", "in a subquery"),
        (f"SELECT brand, sum(gross) FROM {MOVIES}", "add the column to GROUP BY"),
    ],
)
def test_each_misplaced_aggregate_has_its_own_remedy(
    warehouse_db: str, query: str, remedy: str
) -> None:
    query = query.replace("AS movies (gross, brand) AS b", "AS b (gross, brand)")
    refused = refusal_of(warehouse_db, query)
    assert refused is not None and refused.sqlstate == "42803"
    assert remedy in refused.remedy
