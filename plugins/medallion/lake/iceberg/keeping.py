"""What of a table is needed: snapshots within the retention, and the files that these name.

pyiceberg's `expire_snapshots` takes snapshots out of the metadata and deletes no file.
"""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import pairwise

from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.update import (
    RemoveSnapshotRefUpdate,
    RemoveSnapshotsUpdate,
    TableUpdate,
    update_table_metadata,
)

from medallion.lake.iceberg.files import TableFiles
from medallion.lake.iceberg.said import find_saying


def expire(metadata: TableMetadata, retention: timedelta, location: str) -> TableMetadata:
    """The metadata without the snapshots that have not been the newest one since then; the same
    where there are none. Those that somebody has named by a branch or a tag stay, and the one that
    says which publication the newest one is.

    Args:
        location: of the metadata's file.
    """
    oldest = time.time_ns() // 1_000_000 - retention // timedelta(milliseconds=1)
    saying = find_saying(metadata)
    kept = {one.snapshot_id for one in (*metadata.refs.values(), *([saying] if saying else ()))}
    in_order = sorted(metadata.snapshots, key=lambda one: one.sequence_number or 0)
    former = [
        one.snapshot_id
        for one, successor in pairwise(in_order)
        if successor.timestamp_ms <= oldest and one.snapshot_id not in kept
    ]
    return _without(metadata, former, location=location)


def forget_former(metadata: TableMetadata) -> TableMetadata:
    """The metadata with the newest snapshot alone, whatever names others."""
    refs = [RemoveSnapshotRefUpdate(ref_name=name) for name in metadata.refs if name != MAIN_BRANCH]
    newest = metadata.current_snapshot_id
    former = [one.snapshot_id for one in metadata.snapshots if one.snapshot_id != newest]
    left = _without(metadata, former, *refs)
    return left.model_copy(
        update={
            "schemas": [left.schema()],
            "metadata_log": [],
            "partition_statistics": [],
        }
    )


def _without(
    metadata: TableMetadata, former: list[int], *more: TableUpdate, location: str | None = None
) -> TableMetadata:
    updates = (*more, *([RemoveSnapshotsUpdate(snapshot_ids=former)] if former else ()))
    if not updates:
        return metadata
    return update_table_metadata(metadata, updates, metadata_location=location)


def find_needed(files: TableFiles, metadata: TableMetadata) -> set[str]:
    """The paths of the files that a table's snapshots name, those in its folder."""
    named = [one.statistics_path for one in metadata.statistics]
    named += [one.statistics_path for one in metadata.partition_statistics]
    for snapshot in metadata.snapshots:
        named.append(snapshot.manifest_list)
        for manifest in snapshot.manifests(files):  # type: ignore[arg-type]  # what it asks of one
            named.append(manifest.manifest_path)
            entries = manifest.fetch_manifest_entry(files)  # type: ignore[arg-type]
            named.extend(one.data_file.file_path for one in entries)
    return {files.path_of(one) for one in named if files.is_within(one)}
