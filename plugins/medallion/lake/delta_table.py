"""Delta tables, by delta-rs (deltalake).

Each publication replaces the table in one commit, which is a file that the store creates only where
there is none: of two writers one is refused. That commit's `commitInfo` says which publication it
is.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from medallion.errors import LakeError
from medallion.lake.fence import hold_to_fence
from medallion.lake.published_as import KEY, PublishedAs
from medallion.lake.storage import delete_files, make_folder
from medallion.lake.translating import Rows, translate
from medallion.sources.base.object_store import StoredTable

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import CommitProperties, DeltaTable

_WITHOUT_ROWS = frozenset(
    ("VACUUM START", "VACUUM END", "OPTIMIZE", "SET TBLPROPERTIES", "FSCK", "ADD FEATURE")
)
"""Operations that change no row, as delta-rs and Spark call them."""
_COMMITS = 200
"""So many are looked through for the one that changed rows last."""
_LOG_KEPT = "delta.logRetentionDuration"
_KEEP_NOTHING, _KEPT_BY_DEFAULT = "interval 0 days", "interval 30 days"
_FILE_OF_ROWS = re.compile(r"part-[^/]*\.parquet(#\d+)?|_delta_log(/.*)?")
"""What a writer that was killed before the first commit leaves."""
_HALF_WRITTEN = re.compile(r".+#\d+")
"""A file of this machine that its writer has not given its name yet. delta-rs lists none of them,
and so deletes none that a killed one has left."""


class DeltaLakeTable:
    """One Delta table, as it is in the lake."""

    def __init__(self, stored: StoredTable, name: str) -> None:
        """`name`: of the published table, by which Medallion knows its own."""
        self._stored = stored
        self._name = name

    def read(self) -> PublishedAs | None:
        """See `LakeTable`."""
        with translate(self._stored, "read", "delta"):
            table = self._open()
            if table is None:
                self._refuse_other_files()
                return None
            for commit in table.history(_COMMITS):
                said = PublishedAs.of(commit.get(KEY))
                if said is not None or commit.get("operation") not in _WITHOUT_ROWS:
                    return said
            return None

    def write(
        self,
        batches: pa.RecordBatchReader,
        published: PublishedAs,
        description: str,
        comments: Mapping[str, str],
    ) -> None:
        """See `LakeTable`."""
        import pyarrow as pa

        schema = pa.schema([_field_of(one, comments.get(one.name, "")) for one in batches.schema])
        rows = Rows(batches, schema)
        hold_to_fence(Path(self._stored.uri))
        with translate(self._stored, "written", "delta", rows):
            from deltalake import write_deltalake

            there = self._open()
            if there is None and "://" not in self._stored.uri:
                make_folder(Path(self._stored.uri))
            write_deltalake(
                there if there is not None else self._stored.uri,
                pa.RecordBatchReader.from_batches(schema, iter(rows)),
                mode="overwrite",
                schema_mode="overwrite",
                name=self._name,
                description=description or None,
                storage_options=dict(self._stored.options),
                commit_properties=_say(published),
            )

    def tidy(self, retention: timedelta, *, dry_run: bool) -> int:
        """See `LakeTable`."""
        with translate(self._stored, "tidied", "delta"):
            table = self._open()
            if table is None:
                return 0
            hours = int(retention.total_seconds() // 3600)
            # It names files, too, that it has deleted before; and writes two commits each time.
            there = set(self._list_names())
            named = self._vacuum(table, hours, dry_run=True)
            gone = there.intersection(PurePosixPath(one).name for one in named)
            half_written = self._find_half_written(retention)
            if (gone or half_written) and not dry_run:
                hold_to_fence(Path(self._stored.uri))
                if gone:
                    self._vacuum(table, hours, dry_run=False)
                delete_files(half_written)
            return len(gone) + len(half_written)

    def forget(self, published: PublishedAs) -> None:
        """See `LakeTable`. The log is part of it: it has the least and the greatest value of each
        column of each file."""
        hold_to_fence(Path(self._stored.uri))
        with translate(self._stored, "tidied", "delta"):
            table = self._open()
            if table is None:
                return
            self._vacuum(table, 0, dry_run=False)
            delete_files(self._find_half_written(timedelta(0)))
            kept = table.metadata().configuration.get(_LOG_KEPT)
            if kept in (None, _KEEP_NOTHING):  # a process was killed below, and keeps nothing since
                kept = _KEPT_BY_DEFAULT
            self._keep_log(table, _KEEP_NOTHING, published)
            table = self._open_again()
            table.create_checkpoint()
            table.cleanup_metadata()
            self._keep_log(table, kept, published)

    def _keep_log(self, table: DeltaTable, interval: str, published: PublishedAs) -> None:
        table.alter.set_table_properties({_LOG_KEPT: interval}, commit_properties=_say(published))

    def _vacuum(self, table: DeltaTable, hours: int, *, dry_run: bool) -> list[str]:
        self._refuse_links()
        return table.vacuum(hours, dry_run=dry_run, enforce_retention_duration=False, full=True)

    def _open(self) -> DeltaTable | None:
        """The table; None: there is none.

        Raises:
            LakeError: it is somebody else's.
        """
        from deltalake import DeltaTable

        options = dict(self._stored.options)
        if not DeltaTable.is_deltatable(self._stored.uri, options):
            return None
        found = DeltaTable(self._stored.uri, storage_options=options)
        if found.metadata().name != self._name:
            raise self._refuse("a Delta table is there that Medallion has not made for this table")
        return found

    def _open_again(self) -> DeltaTable:
        found = self._open()
        assert found is not None  # noqa: S101  # it was there a moment ago
        return found

    def _refuse_other_files(self) -> None:
        """A folder that has other files is not the table's: its maintenance would delete them.

        Raises:
            LakeError: there are some.
        """
        names = self._list_names()
        other = next((name for name in names if not _FILE_OF_ROWS.fullmatch(name)), None)
        if other is not None:
            raise self._refuse(f"the folder has other files: {other}")

    def _refuse_links(self) -> None:
        """Links to folders are followed by delta-rs, which deletes what no version needs.

        Raises:
            LakeError: there is one.
        """
        if "://" in self._stored.uri:
            return
        for parent, folders, _ in os.walk(self._stored.uri):
            found = next((one for one in folders if Path(parent, one).is_symlink()), None)
            if found is not None:
                raise LakeError(
                    f"{self._stored.url} is not tidied: {found} in it is a link to another folder",
                    remedy="remove the link: files behind it would be deleted as the table's own",
                )

    def _list_names(self) -> list[str]:
        if "://" not in self._stored.uri:
            folder = Path(self._stored.uri)
            return [one.name for one in folder.iterdir()] if folder.is_dir() else []
        import pyarrow.fs as arrow_files
        from deltalake.fs import DeltaStorageHandler

        handler = DeltaStorageHandler(self._stored.uri, dict(self._stored.options))
        found = arrow_files.PyFileSystem(handler).get_file_info(
            arrow_files.FileSelector("/", allow_not_found=True, recursive=False)
        )
        return [one.path.strip("/") for one in found]

    def _find_half_written(self, retention: timedelta) -> list[Path]:
        """What killed writers have left on this machine; an object store shows no such thing."""
        if "://" in self._stored.uri:
            return []
        folder, oldest = Path(self._stored.uri), time.time() - retention.total_seconds()
        found = (*folder.glob("part-*"), *folder.glob("_delta_log/*"))
        half_written = [one for one in found if _HALF_WRITTEN.fullmatch(one.name) and one.is_file()]
        return [one for one in half_written if one.lstat().st_mtime <= oldest]

    def _refuse(self, why: str) -> LakeError:
        return LakeError(
            f"{self._name} cannot be published to {self._stored.url}: {why}",
            remedy="name a folder of its own in `publish_to`, or move away what is there",
        )


def _say(published: PublishedAs) -> CommitProperties:
    """What the commit says. It is tried once: after a conflict the caller looks again."""
    from deltalake import CommitProperties

    return CommitProperties(custom_metadata={KEY: published.to_json()}, max_commit_retries=0)


def _field_of(field: Any, comment: str) -> pa.Field:
    """Without what Arrow's schema says of PostgreSQL; a comment as Delta knows it."""
    import pyarrow as pa

    return pa.field(field.name, field.type, metadata={"comment": comment} if comment else None)
