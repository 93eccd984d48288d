"""Take a snapshot of a published version, list them, and drop one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from medallion.errors import SetupError
from medallion.lake.snapshot_files import write_parts
from medallion.lake.snapshots import (
    Snapshot,
    SnapshotColumn,
    drop_snapshot,
    folder_of,
    read_snapshot_manifest,
    snapshots_of,
    write_manifest,
)
from medallion.names import PublishedTable
from medallion.publish.dispositions import disposition_of
from medallion.warehouse.reading.lineage import Lineage
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.reading.versions import OpenVersion, Wanted, open_version
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.session.transaction import session

AS_TEXT = frozenset(("interval",))
"""Parquet has no such type: these are kept as PostgreSQL's text of them."""


def take_snapshot(
    url: str, lake_root: str, table: PublishedTable, pin: Pin, *, name: str = "", by: str = ""
) -> Snapshot:
    """Write what a pin means as Parquet, with a manifest. Taken already under this name, it is
    returned as it is.

    Args:
        url: the warehouse, as a role that may read the table.
        name: none: `v<version>-<publication>`.
        by: the person who wants it, for the journal, with the loader's `url`; empty: nothing is
            written there.

    Raises:
        SetupError: another publication has a snapshot of this name.
        VersionGone, CannotRead: by who must act.
        LakeError, LakeUnavailable: the lake takes no files.
    """
    if name:
        folder_of(lake_root, table.public, name)  # a name that is none costs no reading
    with open_version(url, table, pin, Wanted(as_text=AS_TEXT)) as version:
        lineage = version.lineage
        if not disposition_of(lineage.write_disposition).stores_rows:
            raise SetupError(
                f"{table.public} is a view: what it shows now may not be what was published, so a "
                "snapshot of it would say what is not so",
                remedy="take snapshots of the tables that it reads, or have `materialization: "
                "table` in its spec",
            )
        called = name or f"v{lineage.version}-{lineage.publication_id}"
        folder = folder_of(lake_root, table.public, called)
        there = read_snapshot_manifest(lake_root, table.public, called)
        if there is not None:
            return _the_same(there, lineage)
        parts = write_parts(folder, version.batches)
        taken = Snapshot(
            table=str(table.public),
            name=called,
            taken_at=datetime.now(UTC),
            lineage=json.loads(lineage.to_json()),
            rows=sum(part.rows for part in parts),
            columns=_columns(version),
            parts=parts,
        )
    write_manifest(folder, taken)
    _record(url, table, "snapshot", taken, by)
    return taken


def drop(url: str, lake_root: str, table: PublishedTable, name: str, *, by: str) -> Snapshot:
    """Delete a snapshot for good.

    Raises:
        SetupError: there is none of this name.
        LakeError: it cannot be deleted.
    """
    found = drop_snapshot(lake_root, table.public, name)
    if found is None:
        known = ", ".join(one.name for one in snapshots_of(lake_root, table.public))
        raise SetupError(
            f"{table.public} has no snapshot {name}", remedy=f"there are: {known or 'none'}"
        )
    _record(url, table, "drop snapshot", found, by)
    return found


def _columns(version: OpenVersion) -> tuple[SnapshotColumn, ...]:
    return tuple(
        SnapshotColumn(
            name=column.name,
            type=column.spelled,
            arrow=str(field.type),
            description=column.description,
        )
        for column, field in zip(version.columns, version.batches.schema, strict=True)
    )


def _the_same(there: Snapshot, lineage: Lineage) -> Snapshot:
    if there.lineage["publication_id"] == lineage.publication_id:
        return there
    raise SetupError(
        f"{there.table} has a snapshot {there.name} of another publication, taken at "
        f"{there.taken_at:%Y-%m-%d %H:%M} UTC",
        remedy=f"name this one otherwise, or drop that one: --drop {there.name}",
    )


def _record(url: str, table: PublishedTable, action: str, snapshot: Snapshot, by: str) -> None:
    if by:
        details = {"name": snapshot.name, "version": snapshot.lineage["version"]}
        with session(url, f"recording a snapshot of {table.public}") as connection:
            record_action(connection, table, by=by, action=action, details=details)
