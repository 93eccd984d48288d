"""Rollback: show readers a version that was published before. One row of the registry changes."""

from __future__ import annotations

from collections.abc import Collection

from medallion.errors import SetupError
from medallion.names import PublishedTable
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.locking import one_at_a_time
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.selects import list_shown_versions
from medallion.warehouse.tables.store import forget_cached_plans


def versions(url: str, table: PublishedTable) -> list[Publication]:
    """The publications whose version still exists, the latest version first."""
    with session(url, f"reading the versions of {table.public}") as connection:
        return list_kept_versions(connection, table)


def rollback(
    url: str, table: PublishedTable, to_version: int | None = None, by: str = ""
) -> Publication:
    """Show readers another version: the one before the current, or `to_version`.

    The next publication gets a number above every version so far, and takes over.

    Args:
        url: the warehouse, as the loader.
        table: whose readers see another version from now on.
        to_version: the number of a version that is kept.
        by: the person who wants it, for the journal; empty: nothing is written there.

    Raises:
        SetupError: there is no such version, or it has a former shape.
    """
    with session(url, f"rolling {table.public} back") as connection:
        one_at_a_time(connection, table)
        kept = list_kept_versions(connection, table)
        target = _target(table, kept, to_version, list_shown_versions(connection, table))
        registry.make_current(connection, table, target)
        forget_cached_plans(connection, table)
        if by:
            before = next((p.version for p in kept if p.is_current), None)
            details = {"from": before, "to": target.version}
            record_action(connection, table, by=by, action="rollback", details=details)
    return target


def _target(
    table: PublishedTable, kept: list[Publication], to_version: int | None, there: Collection[str]
) -> Publication:
    """The publication to go back to.

    Args:
        there: the versions that have the table's shape, by the names of their tables.
    """
    current = next((p.version for p in kept if p.is_current), None)
    wanted = [
        p
        for p in kept
        if (p.version == to_version if to_version else current and p.version < current)
    ]
    able = [p for p in wanted if table.version(p.version).table in there]
    if wanted and not able:
        raise SetupError(
            f"{table.public}: there is no way back to version {wanted[0].version}: it has a "
            "former shape: it is only kept because it is pinned",
            remedy="compare it in the catalogue, or publish its rows again",
        )
    if not able:
        known = ", ".join(str(p.version) for p in kept) or "none"
        asked = f"version {to_version}" if to_version else f"version before {current}"
        raise SetupError(
            f"{table.public} has no {asked}; kept: {known} (current: {current})",
            remedy="`python -m medallion.cli versions TABLE` lists them; `keep_versions` in the "
            "spec says how many stay",
        )
    return able[0]


def list_kept_versions(connection: Session, table: PublishedTable) -> list[Publication]:
    """One publication a version that still exists: the latest that filled it."""
    found: dict[int, Publication] = {}
    for publication in registry.history(connection, table):
        if publication.version_kept:
            found.setdefault(publication.version, publication)
    return sorted(found.values(), key=lambda p: p.version, reverse=True)
