"""Iceberg tables, whose newest metadata a catalogue in the warehouse names.

Each publication replaces the table in one commit, which is a change of one row of the catalogue: of
two writers one is refused. The snapshot's summary says which publication it is. The folder's hint
names the same metadata, for readers without a login to the catalogue; it is written a moment
before, so that no kill leaves it behind what is committed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.serializers import ToOutputFile
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRefType
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import (
    AddSchemaUpdate,
    AddSnapshotUpdate,
    SetCurrentSchemaUpdate,
    SetSnapshotRefUpdate,
    update_table_metadata,
)

from medallion.errors import LakeError
from medallion.lake.fence import hold_to_fence
from medallion.lake.iceberg.columns import number_columns, with_numbers
from medallion.lake.iceberg.files import DATA, HINT, METADATA, FoundFile, TableFiles
from medallion.lake.iceberg.keeping import expire, find_needed, forget_former
from medallion.lake.iceberg.said import OWNER, find_published, is_plain, say_published
from medallion.lake.iceberg.writing import COUNTS, FORMAT, write_rows, write_snapshot
from medallion.lake.published_as import PublishedAs
from medallion.lake.translating import Rows, refuse_conflict, translate
from medallion.sources.base.object_store import StoredTable
from medallion.sources.iceberg.table import read_metadata

if TYPE_CHECKING:
    import pyarrow as pa

    from medallion.lake.lake_table import Catalogue

_WORD = "iceberg"
_NUMBER = re.compile(r"(\d{5,})-")
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_LEFT = re.compile(
    rf"{DATA}/part-{_UUID}-\d+\.parquet"
    rf"|{METADATA}/({_UUID}-m0\.avro|snap-\d+-0-{_UUID}\.avro|{re.escape(HINT)}(\.new)?)"
)
"""What a writer that was killed before the first commit leaves, besides metadata files."""
_METADATA_FILE = ".metadata.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _There:
    """What is in the folder, and what the catalogue says of it.

    Attributes:
        pointed: the metadata file that the catalogue names, be it there or not.
        hinted: the one that the folder's hint names.
        location: the one that was read.
        metadata: what is in it; None: there is no table yet.
    """

    pointed: str | None
    hinted: str | None
    location: str | None
    metadata: TableMetadata | None

    @property
    def is_settled(self) -> bool:
        """Whether catalogue and hint agree. The hint may be one of those before: others who change
        the table by the catalogue do not write it."""
        if self.metadata is None or self.location != self.pointed:
            return False
        former = {one.metadata_file for one in self.metadata.metadata_log}
        return self.hinted == self.pointed or self.hinted in former


class IcebergLakeTable:
    """One Iceberg table, as it is in the lake."""

    def __init__(self, stored: StoredTable, name: str, catalogue: Catalogue) -> None:
        """`name`: of the published table, by which Medallion knows its own. `catalogue`: its row
        there."""
        self._stored = stored
        self._name = name
        self._catalogue = catalogue

    def read(self) -> PublishedAs | None:
        """See `LakeTable`. Of a table that a warehouse, which was restored, does not have in its
        catalogue as the folder has it, it is a publication that is none of the present ones."""
        with translate(self._stored, "read", _WORD):
            there = self._open(TableFiles.of(self._stored))
            said = find_published(there.metadata) if there.metadata is not None else None
            return said if said is None or there.is_settled else replace(said, publication_id=0)

    def write(
        self,
        batches: pa.RecordBatchReader,
        published: PublishedAs,
        description: str,
        comments: Mapping[str, str],
    ) -> None:
        """See `LakeTable`."""
        hold_to_fence(Path(self._stored.uri))
        with translate(self._stored, "written", _WORD):
            files = TableFiles.of(self._stored)
            there = self._open(files)
            begun, former = self._begin(files, there, batches.schema, comments, description)
        columns = with_numbers(batches.schema, begun.schema())
        rows = Rows(batches, columns)
        with translate(self._stored, "written", _WORD, rows):
            files.make_folders()
            written = list(write_rows(files, rows, columns, begun.schema()))
            snapshot, lists = write_snapshot(files, begun, written, say_published(published))
            files.settle(iter([*(one.file_path for one in written), *lists]))
            head = SetSnapshotRefUpdate(
                ref_name=MAIN_BRANCH,
                type=SnapshotRefType.BRANCH,
                snapshot_id=snapshot.snapshot_id,
                max_ref_age_ms=None,
                max_snapshot_age_ms=None,
                min_snapshots_to_keep=None,
            )
            changed = update_table_metadata(
                begun, (AddSnapshotUpdate(snapshot=snapshot), head), metadata_location=former
            )
            self._commit(files, there, changed, "written")

    def tidy(self, retention: timedelta, *, dry_run: bool) -> int:
        """See `LakeTable`."""
        with translate(self._stored, "tidied", _WORD):
            files = TableFiles.of(self._stored)
            there = self._open(files)
            if there.metadata is None or there.location is None or not there.is_settled:
                return 0
            left = expire(there.metadata, retention, there.location)
            oldest = datetime.now(UTC) - retention
            gone = [
                one
                for one in self._find_unneeded(files, left, there.location)
                if one.changed_at is None or one.changed_at <= oldest
            ]
            if dry_run or not (gone or left is not there.metadata):
                return len(gone)
            hold_to_fence(Path(self._stored.uri))
            if left is not there.metadata:
                self._commit(files, there, left, "tidied")
            elif there.hinted != there.location:
                files.write_hint(there.location)
            _delete(files, gone)
            return len(gone)

    def forget(self, published: PublishedAs) -> None:
        """See `LakeTable`. Manifests have no values of rows, and the newest snapshot names no file
        that it has not: its own metadata are all that stays."""
        hold_to_fence(Path(self._stored.uri))
        with translate(self._stored, "tidied", _WORD):
            files = TableFiles.of(self._stored)
            there = self._open(files)
            if there.metadata is None:
                return
            left = forget_former(there.metadata)
            location = self._commit(files, there, left, "tidied")
            _delete(files, self._find_unneeded(files, left, location))

    def _open(self, files: TableFiles) -> _There:
        """What is there: as the catalogue says; where it does not know the table, or knows files
        that are gone, as the folder's hint does.

        Raises:
            LakeError: it is somebody else's.
        """
        pointed, hinted = self._catalogue.find(), files.read_hint()
        for location in filter(None, (pointed, hinted)):
            if (metadata := self._load(files, location)) is not None:
                return _There(pointed=pointed, hinted=hinted, location=location, metadata=metadata)
        self._refuse_other_files(files)
        return _There(pointed=pointed, hinted=hinted, location=None, metadata=None)

    def _load(self, files: TableFiles, location: str) -> TableMetadata | None:
        """A metadata file of the folder; None: it is elsewhere, or not there any more."""
        if not files.is_within(location):
            return None
        path = files.path_of(location)
        if not files.held.store.get_file_info(path).is_file:
            return None
        found = read_metadata(files.held, location)
        if found.properties.get(OWNER) != self._name:
            raise self._refuse(
                "an Iceberg table is there that Medallion has not made for this table"
            )
        return found

    def _begin(
        self,
        files: TableFiles,
        there: _There,
        columns: pa.Schema,
        comments: Mapping[str, str],
        description: str,
    ) -> tuple[TableMetadata, str | None]:
        """The metadata with the columns of the new snapshot, and the file of those before; without
        such where the table is begun again: there is none, or somebody else has changed it."""
        properties = {OWNER: self._name, **COUNTS}
        properties |= {"comment": description} if description else {}
        former = there.metadata
        is_ours = former is not None and find_published(former) is not None
        # What the catalogue does not name was never committed, or is of another time.
        is_named = there.location == there.pointed
        if former is None or not (is_ours and is_named and is_plain(former, files)):
            schema = number_columns(columns, comments, None, 0)
            return new_table_metadata(
                schema,
                UNPARTITIONED_PARTITION_SPEC,
                UNSORTED_SORT_ORDER,
                files.location,
                {**properties, "format-version": str(FORMAT)},
            ), None
        schema = number_columns(columns, comments, former.schema(), former.last_column_id)
        if schema.fields == former.schema().fields:
            begun = former
        else:
            newest = max(one.schema_id for one in former.schemas) + 1
            added = schema.model_copy(update={"schema_id": newest})
            begun = update_table_metadata(
                former, (AddSchemaUpdate(schema_=added), SetCurrentSchemaUpdate(schema_id=newest))
            )
        return begun.model_copy(update={"properties": properties}), there.location

    def _commit(self, files: TableFiles, there: _There, metadata: TableMetadata, doing: str) -> str:
        """Make metadata the newest ones; where they are.

        Raises:
            LakeUnavailable: somebody else has changed the table meanwhile.
        """
        found = _NUMBER.match(posixpath.basename(there.location or ""))
        number = int(found[1]) + 1 if found else 0
        location = f"{files.location}/{METADATA}/{number:05d}-{uuid4()}{_METADATA_FILE}"
        ToOutputFile.table_metadata(metadata, files.new_output(location))  # type: ignore[arg-type]
        files.settle(iter([location]))
        files.write_hint(location)
        if not self._catalogue.swap(there.pointed, location):
            raise refuse_conflict(self._stored, doing)
        return location

    def _find_unneeded(
        self, files: TableFiles, metadata: TableMetadata, location: str
    ) -> list[FoundFile]:
        hint = f"{files.location}/{METADATA}/{HINT}"
        needed = find_needed(files, metadata) | {files.path_of(one) for one in (location, hint)}
        return [one for one in files.list_files() if one.path not in needed]

    def _refuse_other_files(self, files: TableFiles) -> None:
        """A folder that has other files is not the table's: its maintenance would delete them.

        Raises:
            LakeError: there are some.
        """
        other = next((one for one in files.list_names() if one not in (DATA, METADATA)), None)
        for one in files.list_files():
            name = one.path.removeprefix(f"{files.held.folder}/")
            if name.startswith(f"{METADATA}/") and name.endswith(_METADATA_FILE):
                self._load(files, f"{files.location}/{name}")
            elif not _LEFT.fullmatch(name):
                other = other or name
        if other is not None:
            raise self._refuse(f"the folder has other files: {other}")

    def _refuse(self, why: str) -> LakeError:
        return LakeError(
            f"{self._name} cannot be published to {self._stored.url}: {why}",
            remedy="name a folder of its own in `publish_to`, or move away what is there",
        )


def _delete(files: TableFiles, gone: Iterable[FoundFile]) -> None:
    for one in gone:
        files.delete(one.path)
