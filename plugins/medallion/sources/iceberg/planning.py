"""The files of a snapshot, each with what deletes rows of it. pyiceberg plans; what deletes by
equality, it refuses, and is matched here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyiceberg.expressions import AlwaysTrue
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
)
from pyiceberg.table import ManifestGroupPlanner
from pyiceberg.table.snapshots import Snapshot

if TYPE_CHECKING:
    from medallion.sources.iceberg.table import OpenTable


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A data file that is read.

    Attributes:
        by_position: files of positions, and deletion vectors, which may name rows of it.
        by_equality: files of values, whose rows are deleted.
    """

    data: DataFile
    by_position: tuple[DataFile, ...] = ()
    by_equality: tuple[DataFile, ...] = ()


def plan_snapshot(table: OpenTable) -> list[PlannedFile]:
    """The files of the snapshot that is read."""
    if table.snapshot is None:
        return []
    equality = _EqualityDeletes(table)
    manifests = table.snapshot.manifests(table.files)  # type: ignore[arg-type]  # see _plan
    return _plan(table, manifests, equality.keep, equality)


def plan_appends(table: OpenTable, snapshot: Snapshot) -> list[PlannedFile]:
    """The files that one snapshot has added."""
    manifests = [
        one
        for one in snapshot.manifests(table.files)  # type: ignore[arg-type]  # see _plan
        if one.content == ManifestContent.DATA and one.added_snapshot_id == snapshot.snapshot_id
    ]

    def is_added(entry: ManifestEntry) -> bool:
        is_new = entry.status == ManifestEntryStatus.ADDED
        return is_new and entry.snapshot_id == snapshot.snapshot_id

    return _plan(table, manifests, is_added, _EqualityDeletes(table))


def _plan(
    table: OpenTable,
    manifests: Iterable[ManifestFile],
    keep: Callable[[ManifestEntry], bool],
    equality: _EqualityDeletes,
) -> list[PlannedFile]:
    planner = ManifestGroupPlanner(
        table.metadata,
        table.files,  # type: ignore[arg-type]  # it has what is asked of a FileIO that only reads
        row_filter=AlwaysTrue(),
    )
    return [
        PlannedFile(
            data=task.file,
            by_position=tuple(task.delete_files),
            by_equality=tuple(equality.find(task.file)),
        )
        for task in planner.plan_files(list(manifests), keep)
    ]


@dataclass(slots=True)
class _EqualityDeletes:
    """Those of a snapshot, and how old each of its data files is."""

    _table: OpenTable
    _deletes: list[ManifestEntry] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def keep(self, entry: ManifestEntry) -> bool:
        """Note an entry; whether pyiceberg plans it."""
        if entry.data_file.content == DataFileContent.EQUALITY_DELETES:
            self._deletes.append(entry)
            return False
        if entry.data_file.content == DataFileContent.DATA:
            self._numbers[entry.data_file.file_path] = entry.sequence_number or 0
        return True

    def find(self, file: DataFile) -> Iterable[DataFile]:
        """What deletes rows of a data file: it came later, in the same partition, or without
        one."""
        number = self._numbers.get(file.file_path, 0)
        for entry in self._deletes:
            deletes = entry.data_file
            is_everywhere = self._table.metadata.specs()[deletes.spec_id].is_unpartitioned()
            is_same = (deletes.spec_id, deletes.partition) == (file.spec_id, file.partition)
            if number < (entry.sequence_number or 0) and (is_everywhere or is_same):
                yield deletes
