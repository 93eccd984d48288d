"""Rollback: show readers a version that was published before. One row of the registry changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from medallion.errors import SetupError, WarehouseUnavailable
from medallion.names import PublishedTable, environment_of
from medallion.steps.publish.primary import refuse_former_server
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
    url: str,
    table: PublishedTable,
    to_version: int | None = None,
    by: str = "",
    *,
    alone: bool = False,
    lake_root: str = "",
) -> Mapping[PublishedTable, Publication]:
    """Show readers another version: the one before the current, or `to_version`; and of the tables
    that are published together with it the versions that were published with that one.

    The next publication gets a number above every version so far, and takes over.

    Args:
        url: the warehouse, as the loader.
        table: whose readers see another version from now on.
        to_version: the number of a version that is kept.
        by: the person who wants it, for the journal; empty: nothing is written there.
        alone: whether the tables that are published together with it stay as they are.
        lake_root: knows which server the warehouse is on; empty: nobody asks it.

    Returns:
        what readers see of each table that has changed, the table itself first.

    Raises:
        SetupError: there is no such version of one of them, or it has a former shape.
        FormerPrimary: the warehouse has left this server.
        LakeError, LakeUnavailable: the lake cannot say which server it is on.
    """
    if lake_root and not environment_of(table.domain):
        refuse_former_server(url, lake_root, f"rolling {table.public} back")
    with session(url, f"rolling {table.public} back") as connection:
        wanted = {} if alone else _find_together(connection, table, to_version)
        for one in sorted({table, *wanted}):
            one_at_a_time(connection, one)
        # What it belongs to may have changed while it waited for the locks.
        if not alone and wanted != _find_together(connection, table, to_version):
            raise WarehouseUnavailable(
                f"{table.public} was published, or rolled back, while it was to be rolled back",
                remedy="look at its versions, and roll it back again",
            )
        if alone:
            return {table: _roll_back(connection, table, to_version, by)}
        return {one: _roll_back_for(connection, one, wanted[one], by, table) for one in wanted}


def find_rolled_back_with(
    url: str, table: PublishedTable, to_version: int
) -> tuple[PublishedTable, ...]:
    """The tables that a rollback takes back with a table, for whoever is asked about it.

    Raises:
        SetupError: as `rollback`.
    """
    with session(url, f"reading the versions of {table.public}") as connection:
        return tuple(one for one in _find_together(connection, table, to_version) if one != table)


def _find_together(
    connection: Session, table: PublishedTable, to_version: int | None
) -> Mapping[PublishedTable, int]:
    """The version of each table that belongs to a rollback of one, that one first.

    Raises:
        SetupError: as `rollback`; or no version of the others belongs to that of the table.
    """
    kept = list_kept_versions(connection, table)
    target = _target(table, kept, to_version, list_shown_versions(connection, table))
    found = registry.together_with(connection, target.publication_id)
    current = next((one for one in kept if one.is_current), None)
    now = registry.together_with(connection, current.publication_id) if current else {}
    if not_known := sorted(now.keys() - found.keys()):
        names = ", ".join(str(one.public) for one in not_known)
        raise SetupError(
            f"{table.public} is published together with {names}, and its version "
            f"{target.version} was not",
            remedy=_alone(table),
        )
    return {table: target.version} | {one: with_it.version for one, with_it in found.items()}


def _alone(table: PublishedTable) -> str:
    return (
        f"`--alone` rolls back {table.public}, and leaves the others as they are: they then belong "
        "to another run"
    )


def _roll_back_for(
    connection: Session, one: PublishedTable, version: int, by: str, asked: PublishedTable
) -> Publication:
    """Of a table that goes back with the one that was asked for, or of that one.

    Raises:
        SetupError: there is no such version; of another table with how to leave that as it is.
    """
    try:
        return _roll_back(connection, one, version, by)
    except SetupError as error:
        if one == asked:
            raise
        raise SetupError(
            f"{asked.public} goes back together with what was published with it, and "
            f"{error.problem}",
            remedy=_alone(asked),
        ) from None


def _roll_back(
    connection: Session, table: PublishedTable, to_version: int | None, by: str
) -> Publication:
    """Of one table, whose lock the caller holds."""
    kept = list_kept_versions(connection, table)
    current = next((p.version for p in kept if p.is_current), None)
    if to_version is not None and to_version == current:
        return next(one for one in kept if one.is_current)
    target = _target(table, kept, to_version, list_shown_versions(connection, table))
    registry.make_current(connection, table, target)
    forget_cached_plans(connection, table)
    if by:
        details = {"from": current, "to": target.version}
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
