"""The guard against a partial extract that would replace a whole table."""

from __future__ import annotations

from medallion.errors import DataRejected
from medallion.names import PublishedTable
from medallion.publish.declaration import GuardSpec


def refuse_to_shrink(table: PublishedTable, guard: GuardSpec, before: int, after: int) -> None:
    """Compare a table's rows before and after with `guard.max_shrink_percent`; null means no limit.

    Raises:
        DataRejected: more rows would go than the guard allows.
    """
    limit = guard.max_shrink_percent
    if limit is None or not before or 100 * (before - after) / before <= limit:
        return
    raise DataRejected(
        f"{table.public} would shrink from {before} to {after} rows "
        f"({100 * (before - after) / before:.0f} %), the guard allows {limit:g} %",
        remedy="look at the source; if it is meant, raise `guard: {max_shrink_percent: …}` "
        "(null: no limit) in the spec. The published table is untouched",
    )
