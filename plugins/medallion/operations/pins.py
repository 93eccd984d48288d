"""Pin a version: it stays when newer ones would have it dropped."""

from __future__ import annotations

from medallion.errors import SetupError
from medallion.names import PublishedTable
from medallion.operations.rollback import list_kept_versions
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.registry.pins import add_pin, remove_pin
from medallion.warehouse.session.locking import one_at_a_time
from medallion.warehouse.session.transaction import session


def pin_version(url: str, table: PublishedTable, version: int, *, by: str) -> bool:
    """Keep a version until it is unpinned; False: it was pinned already. Once the table has changed
    its shape, it can only be compared.

    Args:
        url: the warehouse, as the loader.
        by: the person who wants it, for the journal.

    Raises:
        SetupError: there is no such version.
    """
    with session(url, f"pinning a version of {table.public}") as connection:
        one_at_a_time(connection, table)
        kept = [one.version for one in list_kept_versions(connection, table)]
        if version not in kept:
            raise SetupError(
                f"{table.public} has no version {version}; kept: "
                f"{', '.join(map(str, kept)) or 'none'}",
                remedy="`python -m medallion.cli versions TABLE` lists them",
            )
        is_new = add_pin(connection, table, version, by)
        if is_new:
            details = {"version": version}
            record_action(connection, table, by=by, action="pin", details=details)
    return is_new


def unpin_version(url: str, table: PublishedTable, version: int, *, by: str) -> bool:
    """Leave a version to `keep_versions` again: the next publication may drop it; False: it was not
    pinned."""
    with session(url, f"unpinning a version of {table.public}") as connection:
        one_at_a_time(connection, table)
        was_pinned = remove_pin(connection, table, version)
        if was_pinned:
            details = {"version": version}
            record_action(connection, table, by=by, action="unpin", details=details)
    return was_pinned
