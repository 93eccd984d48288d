"""Partitions of published tables that are past their retention, dropped and counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from medallion.errors import WarehouseUnavailable
from medallion.names import PublishedTable
from medallion.publish.partitions import Partitions
from medallion.warehouse.registry.pins import pins_of
from medallion.warehouse.session.locking import in_short_transaction
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.partitioned import (
    Partition,
    count_rows,
    drop_partition,
    find_old_partitions,
)

LOCK_SECONDS = 30.0
"""How long a drop is tried beside readers: what is left is dropped by the next maintenance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedPartition:
    """A partition that was dropped, or would be, with its rows."""

    partition: Partition
    rows: int


def drop_old_partitions(
    url: str,
    table: PublishedTable,
    partitions: Partitions,
    log: logging.Logger,
    *,
    dry_run: bool = False,
) -> Iterator[DroppedPartition]:
    """Drop the partitions of a table whose end is longer ago than they are kept, the oldest first;
    each with its entry in the registry, or not at all.

    A version that somebody has pinned loses none. Quarantine is another table: its rows stay as
    long as their own retention says.
    """
    if partitions.retention is None:
        return
    with session(url, f"reading the partitions of {table.public}") as connection:
        pins = pins_of(connection, table)
        old = find_old_partitions(connection, table, partitions, datetime.now(UTC), pins)
        if dry_run:
            yield from (DroppedPartition(partition=p, rows=count_rows(connection, p)) for p in old)
            return
    if pins:
        kept = ", ".join(map(str, sorted(pins)))
        log.info("%s: pinned versions keep all their partitions: %s", table.public, kept)
    reason = f"retention of {partitions.retention.days} days"
    for one in old:
        drop = partial(drop_partition, table=table, partition=one, reason=reason)
        try:
            rows = in_short_transaction(url, table, drop, seconds=LOCK_SECONDS)
        except WarehouseUnavailable as error:
            log.warning("%s stays until the next maintenance: %s", one.name, error.problem)
            return
        if rows is not None:
            yield DroppedPartition(partition=one, rows=rows)
