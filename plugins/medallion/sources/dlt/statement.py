"""The SELECT of a table of dlt's, with the time at which the load of each row was complete.

A load writes its rows first, and last of all a row with status 0 into `_dlt_loads`. Rows whose load
has none there, or has none yet, come with NULL. A load that was ended between that row and dlt's
own note of it, and continued, has two: the first one counts.
(https://dlthub.com/docs/general-usage/destination-tables)
"""

from __future__ import annotations

from collections.abc import Sequence

from medallion.sources.database.query import Statement, names_of, quote_name

COMPLETED = "_dlt_loaded_at"
"""What the rows have beside dlt's own columns: when their load was complete."""
ROOT_LOAD = "_dlt_root_load_id"
"""And of a child table, the load of the row that it belongs to."""


def select_with_loads(table: str, parents: Sequence[str], dialect: str) -> Statement:
    """All columns of a table, and `_dlt_loaded_at`; of a child table also `_dlt_root_load_id`.

    >>> print(select_with_loads("shop.orders__items", ["orders"], "postgres").with_values(str))
    SELECT of_table.*, complete_loads.loaded_at AS "_dlt_loaded_at", parent_1._dlt_load_id AS \
"_dlt_root_load_id"
    FROM "shop"."orders__items" of_table
    LEFT JOIN "shop"."orders" parent_1 ON parent_1._dlt_id = of_table._dlt_parent_id
    LEFT JOIN (SELECT load_id, min(inserted_at) AS loaded_at FROM "shop"._dlt_loads WHERE status = 0
    GROUP BY load_id) complete_loads ON complete_loads.load_id = parent_1._dlt_load_id
    """
    schema = names_of(table)[:-1]
    child, joins = "of_table", []
    for number, parent in enumerate(parents, start=1):
        alias = f"parent_{number}"
        place = _quote((*schema, parent), dialect)
        joins += ["\nLEFT JOIN ", place, " ", alias, " ON ", alias, "._dlt_id = ", child]
        joins.append("._dlt_parent_id")
        child = alias
    # Without quotes: dlt writes its own names in the case in which the database keeps such.
    loads = ".".join(filter(None, (_quote(schema, dialect), "_dlt_loads")))
    completed, root = (quote_name(name, dialect) for name in (COMPLETED, ROOT_LOAD))
    columns = ["SELECT of_table.*, complete_loads.loaded_at AS ", completed]
    if parents:
        columns += [", ", child, "._dlt_load_id AS ", root]
    text = "".join((
        *columns, "\nFROM ", _quote(names_of(table), dialect), " of_table", *joins,
        "\nLEFT JOIN (SELECT load_id, min(inserted_at) AS loaded_at FROM ", loads,
        " WHERE status = 0\nGROUP BY load_id) complete_loads ON complete_loads.load_id = ", child,
        "._dlt_load_id",
    ))  # fmt: skip
    return Statement(main=(text,), dialect=dialect, values={})


def _quote(names: Sequence[str], dialect: str) -> str:
    return ".".join(quote_name(name, dialect) for name in names)
