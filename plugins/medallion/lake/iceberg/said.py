"""What a table's metadata say of it: whose it is, and which publication its newest snapshot is."""

from __future__ import annotations

from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation, Snapshot

from medallion.lake.iceberg.files import TableFiles
from medallion.lake.iceberg.writing import FORMAT
from medallion.lake.published_as import KEY, PublishedAs

OWNER = f"{KEY}.table"
"""The property that says which published table it is."""


def find_published(metadata: TableMetadata) -> PublishedAs | None:
    """The publication that the newest snapshot is; None: somebody else has changed rows or
    columns."""
    snapshot = find_saying(metadata)
    return _read_said(snapshot) if snapshot is not None else None


def find_saying(metadata: TableMetadata) -> Snapshot | None:
    """The snapshot that says which publication the newest one is: itself, or where files were
    compacted since, the one whose rows they are."""
    snapshot = metadata.current_snapshot()
    if snapshot is None or snapshot.schema_id != metadata.current_schema_id:
        return None
    for _ in metadata.snapshots:
        if snapshot is None or snapshot.summary is None:
            return None
        if _read_said(snapshot) is not None:
            return snapshot
        if snapshot.summary.operation is not Operation.REPLACE:
            return None
        parent = snapshot.parent_snapshot_id
        snapshot = metadata.snapshot_by_id(parent) if parent is not None else None
    return None


def say_published(published: PublishedAs) -> dict[str, str]:
    """As a snapshot's summary has it, which knows texts alone: `medallion.version`."""
    return {f"{KEY}.{name}": str(value) for name, value in published.to_json().items()}


def _read_said(snapshot: Snapshot) -> PublishedAs | None:
    start = f"{KEY}."
    summary = snapshot.summary.additional_properties if snapshot.summary is not None else {}
    said: dict[str, object] = {
        name.removeprefix(start): value for name, value in summary.items() if name.startswith(start)
    }
    try:
        numbers = {name: int(str(said[name])) for name in ("version", "publication_id", "rows")}
    except (KeyError, ValueError):
        return None
    return PublishedAs.of({**said, **numbers})


def is_plain(metadata: TableMetadata, files: TableFiles) -> bool:
    """Whether it is as Medallion makes tables, so that the next snapshot can follow."""
    return (
        metadata.format_version == FORMAT
        and metadata.location.rstrip("/") == files.location
        and metadata.spec().is_unpartitioned()
        and metadata.spec().spec_id == 0
        and metadata.sort_order().is_unsorted
    )
