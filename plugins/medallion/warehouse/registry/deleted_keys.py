"""Keys that `deleted_when` has removed from a table: when the registry may forget one.

An older state of a deleted key comes from a landing that is cleaned again, or from the source,
which is read again. So a key is kept while the lake has a landing from before its deletion, and for
a while in any case; and once some are forgotten, no run of so early an interval publishes
unnoticed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg

from medallion.errors import WarehouseRefused
from medallion.names import PublishedTable
from medallion.publish.order import Order
from medallion.warehouse.session.statements import statements

SQL = "registry/deleted_keys.sql"


def forget_deleted_keys(
    connection: psycopg.Connection, table: PublishedTable, age: timedelta, *, dry_run: bool = False
) -> int:
    """Forget the keys that were deleted longer ago than `age`, and before every landing that the
    lake still has; how many. `dry_run` only counts."""
    named = statements(SQL)
    landed_at, interval_end = connection.execute(
        named["kept_landings"], table.key()
    ).fetchone() or (None, None)
    asked = {**table.key(), "age": age, "landed_at": landed_at, "interval_end": interval_end}
    query = named["count" if dry_run else "forget"].format(old=named["old"])
    row = connection.execute(query, asked).fetchone()
    return int(row[0]) if row else 0


def hold_to_known_deletions(
    connection: psycopg.Connection, table: PublishedTable, order: Order
) -> None:
    """Refuse a run that may have states from before deletions that are forgotten.

    Raises:
        WarehouseRefused: it is of so early an interval, and does not read what is newest.
    """
    up_to = _find_forgotten(connection, table)
    if up_to is None or order.is_newest or order.interval_end > up_to:
        return
    raise WarehouseRefused(
        f"{table.public}: which keys were deleted up to {up_to.isoformat()} is known no longer, "
        f"and this run is of an interval that ends at {order.interval_end.isoformat()}: it would "
        "bring deleted rows back",
        remedy="start it by hand or as a backfill, with full_refresh, if they may come back. The "
        "published table is untouched",
    )


def _find_forgotten(connection: psycopg.Connection, table: PublishedTable) -> datetime | None:
    row = connection.execute(statements(SQL)["forgotten_up_to"], table.key()).fetchone()
    return row[0] if row else None
