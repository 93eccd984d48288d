"""Snapshots: a published version as Parquet files with a manifest, kept until somebody drops them.

    <lake>/snapshots/gold_cinema.brand_performance/v3-118/part-00000-….parquet
                                                         /manifest.json

The manifest is written last: a folder without one is not a snapshot. Retention never looks here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from medallion.errors import LakeError
from medallion.lake.landing import MANIFEST
from medallion.lake.storage import children, delete_file, lake_path, remove, write_whole, writing
from medallion.names import TableName
from medallion.prose import tally

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath

FOLDER = "snapshots"
FORMAT = 1
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPart:
    """One Parquet file, with its digest."""

    name: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotColumn:
    """A column: PostgreSQL's type, and what Parquet has of it."""

    name: str
    type: str
    arrow: str
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A whole snapshot. `lineage`: of its publication, with the spec and the results of its checks,
    as JSON has it."""

    table: str
    name: str
    taken_at: datetime
    lineage: Mapping[str, object]
    rows: int
    columns: tuple[SnapshotColumn, ...]
    parts: tuple[SnapshotPart, ...]

    @property
    def bytes(self) -> int:
        """The size of its files on disk."""
        return sum(part.bytes for part in self.parts)

    def to_json(self) -> str:
        """The text of the manifest."""
        data = {"format": FORMAT, **asdict(self)}
        return json.dumps(data, default=datetime.isoformat, indent=2, sort_keys=True)

    @property
    def digest(self) -> str:
        """Of the manifest, which has that of each file: any other byte is another digest."""
        return f"sha256:{hashlib.sha256(self.to_json().encode()).hexdigest()}"

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """The snapshot in a text of `to_json`. Raises ValueError, KeyError or TypeError."""
        data = json.loads(text)
        if data.pop("format") != FORMAT:
            raise ValueError("it was written by another Medallion")
        return cls(
            **data
            | {
                "taken_at": datetime.fromisoformat(data["taken_at"]),
                "columns": tuple(SnapshotColumn(**one) for one in data["columns"]),
                "parts": tuple(SnapshotPart(**one) for one in data["parts"]),
            }
        )


def folder_of(lake_root: str, table: TableName, name: str) -> LakePath:
    """Where a snapshot is, or would be.

    Raises:
        LakeError: the name is not one.
    """
    if not NAME.fullmatch(name):
        raise LakeError(
            f"{name!r} is not the name of a snapshot",
            remedy="lower-case letters, digits, and . _ - after the first: churn-2026",
        )
    folder: LakePath = _of_table(lake_root, str(table)) / name
    return folder


def read_snapshot_manifest(lake_root: str, table: TableName, name: str) -> Snapshot | None:
    """The snapshot of this name; None where there is none.

    Raises:
        LakeError: its manifest cannot be read.
    """
    return _read(folder_of(lake_root, table, name))


def snapshots_of(lake_root: str, table: TableName) -> tuple[Snapshot, ...]:
    """Those of a table, the latest first."""
    return _sort(_read(folder) for folder in children(_of_table(lake_root, str(table))))


def all_snapshots(lake_root: str) -> tuple[Snapshot, ...]:
    """Those of every table, the latest first."""
    tables = children(lake_path(lake_root) / FOLDER)
    return _sort(_read(folder) for table in tables for folder in children(table))


def describe_snapshots(found: Sequence[Snapshot]) -> str:
    """A line for a command: "2 snapshots of 1 table, 12.0 MiB; they stay …"."""
    tables = len({one.table for one in found})
    size = sum(one.bytes for one in found) / 1024**2
    number = f"{tally(len(found), 'snapshot')} of {tally(tables, 'table')}"
    return f"{number}, {size:,.1f} MiB; they stay until they are dropped"


def write_manifest(folder: LakePath, snapshot: Snapshot) -> None:
    """Make a folder of parts a snapshot."""
    path = folder / MANIFEST
    with writing(path):
        write_whole(path, snapshot.to_json().encode())


def drop_snapshot(lake_root: str, table: TableName, name: str) -> Snapshot | None:
    """Delete one for good, its manifest first; None: there was none. What is left of one that was
    never whole goes too."""
    folder = folder_of(lake_root, table, name)
    found = _read(folder)
    delete_file(folder / MANIFEST)
    remove(folder)
    if folder.exists():
        raise LakeError(
            f"{folder} is still there after it was deleted",
            remedy="may this user delete in the lake?",
        )
    return found


def _of_table(lake_root: str, table: str) -> LakePath:
    folder: LakePath = lake_path(lake_root) / FOLDER / table
    return folder


def _read(folder: LakePath) -> Snapshot | None:
    path = folder / MANIFEST
    try:
        return Snapshot.from_json(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise LakeError(
            f"{path} cannot be read: {error}", remedy="it was changed: take the snapshot again"
        ) from None


def _sort(found: Iterator[Snapshot | None]) -> tuple[Snapshot, ...]:
    return tuple(sorted(filter(None, found), key=lambda one: one.taken_at, reverse=True))
