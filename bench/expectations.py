"""The same 8 expectations on the orders three times: as a spec's, as GX's, and as SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from medallion.checks.declaration import CheckSpec
from medallion.checks.outcome import PlannedCheck
from medallion.checks.resolve import resolve
from medallion.names import Layer, TableName
from medallion.publish.relations import identifier

GIVEN = ("Ada", "Grace", "Edsger", "Barbara", "Amélie", "Søren", "Linus", "Margaret")
FAMILY = ("Lovelace", "Hopper", "Dijkstra", "Liskov", "Poulain", "Kierkegaard")
CUSTOMERS = [f"{given} {family}" for given in GIVEN for family in FAMILY]
ADDRESS = "^[^@ ]+@[^@ ]+$"
ALL_PASS, TWO_FAIL = {"amount": 1_000_000, "quantity": 40}, {"amount": 900_000, "quantity": 38}
"""The upper bounds: with the second, a tenth and a twentieth of the rows fail."""


def planned(bounds: Mapping[str, int], columns: Sequence[str]) -> tuple[PlannedCheck, ...]:
    """What a spec's checks become. A failing one only warns."""
    checks: list[dict[str, dict[str, Any]]] = [
        {"row_count": {"min_value": 1}},
        {"not_null": {"column": "customer"}},
        {"not_null": {"column": "email"}},
        {"unique": {"column": "order_id"}},
        {"between": {"column": "amount", "min_value": 0, "max_value": bounds["amount"]}},
        {"between": {"column": "quantity", "min_value": 1, "max_value": bounds["quantity"]}},
        {"accepted_values": {"column": "customer", "values": CUSTOMERS}},
        {"matches": {"column": "email", "regex": ADDRESS}},
    ]
    declared = [
        CheckSpec.model_validate({name: {**arguments, "on_failure": "warn"}})
        for check in checks
        for name, arguments in check.items()
    ]
    return tuple(resolve(check, Layer.SILVER, columns) for check in declared)


def of_gx(bounds: Mapping[str, int]) -> list[Any]:
    """As the documentation of Great Expectations writes them."""
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectTableRowCountToBeBetween(min_value=1),
        gxe.ExpectColumnValuesToNotBeNull(column="customer"),
        gxe.ExpectColumnValuesToNotBeNull(column="email"),
        gxe.ExpectColumnValuesToBeUnique(column="order_id"),
        gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=0, max_value=bounds["amount"]),
        gxe.ExpectColumnValuesToBeBetween(
            column="quantity", min_value=1, max_value=bounds["quantity"]
        ),
        gxe.ExpectColumnValuesToBeInSet(column="customer", value_set=CUSTOMERS),
        gxe.ExpectColumnValuesToMatchRegex(column="email", regex=ADDRESS),
    ]


_ONE_PASS = """
SELECT
    count(*) >= 1,
    count(*) FILTER (WHERE customer IS NULL) = 0,
    count(*) FILTER (WHERE email IS NULL) = 0,
    count(*) FILTER (WHERE NOT amount BETWEEN 0 AND %(amount)s) = 0,
    count(*) FILTER (WHERE NOT quantity BETWEEN 1 AND %(quantity)s) = 0,
    count(*) FILTER (WHERE customer <> ALL (%(customers)s)) = 0,
    count(*) FILTER (WHERE email !~ %(address)s) = 0
FROM {table}
"""

_UNIQUE = """
SELECT count(*) = 0
FROM (SELECT order_id FROM {table} GROUP BY order_id HAVING count(*) > 1) AS twice
"""


def of_sql(
    table: TableName, bounds: Mapping[str, int]
) -> list[tuple[sql.Composed, dict[str, Any]]]:
    """As somebody would write them by hand: one pass for all that one pass can answer."""
    values = {**bounds, "customers": CUSTOMERS, "address": ADDRESS}
    return [
        (sql.SQL(query).format(table=identifier(table)), values) for query in (_ONE_PASS, _UNIQUE)
    ]
