"""Where a SELECT names a column: in its results, its conditions, its joins, its order.

The names are resolved twice, with the column and without it: what means nothing without it, is it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from medallion.names import TableName
from medallion.spec.sql.table_columns import tree_of
from medallion.sql.columns import select_columns
from medallion.sql.result_columns import TableColumn
from medallion.sql.scope import UNKNOWN, Columns

Spot = tuple[int, int]
"""Line and column, from 1."""


def uses_of(
    text: str, tables: Mapping[TableName, Columns], asked: Iterable[TableColumn]
) -> dict[TableColumn, tuple[Spot, ...]]:
    """The places at which a SELECT names columns; those that it does not name are left out.

    >>> orders = TableName("silver_shop", "orders")
    >>> text = "select id from silver_shop.orders where fee > 1"
    >>> known = {orders: Columns(names=("id", "fee"))}
    >>> list(uses_of(text, known, [TableColumn(orders, "fee")]).values())
    [((1, 41),)]

    Args:
        text: of a gold table's SELECT.
        tables: what is known of the columns of the tables that it reads.
        asked: the columns; each is one of its table.
    """
    tree = tree_of(text)
    if tree is None:
        return {}

    def places(known: Mapping[TableName, Columns]) -> frozenset[Spot]:
        found = select_columns(
            text, tree, lambda schema, name: known.get(TableName(schema, name), UNKNOWN)
        )
        return frozenset((one.line, one.column) for one in found.problems)

    uses: dict[TableColumn, tuple[Spot, ...]] = {}
    for one in asked:
        there = tables.get(one.table, UNKNOWN)
        names = tuple(dict.fromkeys((*there.names, one.column)))
        whole = replace(there, names=names, whole=True)
        rest = replace(whole, names=tuple(name for name in names if name != one.column))
        found = places({**tables, one.table: rest}) - places({**tables, one.table: whole})
        if found:
            uses[one] = tuple(sorted(found))
    return uses
