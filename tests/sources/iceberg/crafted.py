"""Iceberg tables with what pyiceberg reads and does not write: deletes by position, deletion
vectors, deletes by equality, and metadata that were changed by hand."""

from __future__ import annotations

import json
import secrets
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
    write_manifest_list,
)
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.table.update import AddSnapshotUpdate, AssertRefSnapshotId, SetSnapshotRefUpdate
from pyiceberg.transforms import IdentityTransform, Transform
from pyiceberg.typedef import Record
from pyiceberg.utils.datetime import datetime_to_micros
from pyroaring import BitMap

from medallion.sources.base.source import ConnectionDetails

PATH, POSITION = 2147483546, 2147483545
"""The numbers that the format gives the columns of a file of deletes."""
ROWS = pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"]})


@dataclass(frozen=True, kw_only=True)
class Lakehouse:
    """A catalogue in SQLite, and the folder of its tables."""

    folder: Path
    catalog: SqlCatalog

    @classmethod
    def make(cls, folder: Path) -> Lakehouse:
        folder.mkdir()
        uri = f"sqlite:///{folder}/catalog.db"
        catalog = SqlCatalog("lakehouse", uri=uri, warehouse=f"file://{folder}")
        catalog.create_namespace("shop")
        return cls(folder=folder, catalog=catalog)

    @property
    def details(self) -> ConnectionDetails:
        file = str(self.folder / "catalog.db")
        return ConnectionDetails(conn_id="lakehouse", conn_type="sqlite", host=file)

    def make_table(
        self,
        name: str = "orders",
        rows: pa.Table = ROWS,
        properties: Mapping[str, str] | None = None,
        **keys: Any,
    ) -> Table:
        table = self.catalog.create_table(
            f"shop.{name}", rows.schema, properties=dict(properties or {}), **keys
        )
        if rows.num_rows:
            table.append(rows)
        return self.catalog.load_table(f"shop.{name}")


def data_files(table: Table) -> list[DataFile]:
    """The data files that the newest snapshot has."""
    return [task.file for task in table.refresh().scan().plan_files()]


def path_of(location: str) -> Path:
    return Path(location.removeprefix("file://"))


def folder_of(table: Table) -> Path:
    return path_of(table.location())


def metadata_of(table: Table) -> str:
    """The path of the newest metadata file, as a spec in the folder's parent names it."""
    return str(path_of(table.refresh().metadata_location))


def change_metadata(table: Table, change: Callable[[dict[str, Any]], None]) -> Path:
    """The newest metadata with a change, in a file beside them."""
    newest = Path(metadata_of(table))
    data = json.loads(newest.read_text())
    change(data)
    changed = newest.with_name(f"{secrets.token_hex(4)}.metadata.json")
    changed.write_text(json.dumps(data))
    return changed


def as_version_3(data: dict[str, Any]) -> None:
    data |= {"format-version": 3, "next-row-id": 0}


def append_by_partition(table: Table, rows: pa.Table, column: str, transform: Transform) -> None:
    """Append each row as a file of its own partition; of an identity the file lacks the column, as
    files that came from Hive do."""
    schema, folder = table.schema(), Path(folder_of(table), "data")
    folder.mkdir(exist_ok=True)
    kind = schema.find_field(column).field_type
    fields = [one.with_metadata({"PARQUET:field_id": str(schema.find_field(one.name).field_id)})
              for one in rows.schema]  # fmt: skip
    numbered = rows.cast(pa.schema(fields))
    with table.transaction() as change, change.update_snapshot().fast_append() as added:
        for at in range(rows.num_rows):
            path, row = folder / f"{secrets.token_hex(4)}.parquet", numbered.slice(at, 1)
            is_left_out = isinstance(transform, IdentityTransform)
            pq.write_table(row.drop([column]) if is_left_out else row, path)
            value = rows[column][at].as_py()
            if isinstance(value, datetime):
                value = datetime_to_micros(value)
            file = DataFile.from_args(
                content=DataFileContent.DATA, file_path=f"file://{path}",
                file_format=FileFormat.PARQUET, record_count=1,
                partition=Record(transform.transform(kind)(value)),
                file_size_in_bytes=path.stat().st_size,
            )  # fmt: skip
            file.spec_id = table.spec().spec_id
            added.append_data_file(file)


def delete_by_position(
    table: Table, positions: Sequence[int], file: DataFile | None = None
) -> None:
    """Commit a Parquet file with positions of rows, as Spark and Trino do."""
    aimed = file or data_files(table)[0]
    path = Path(folder_of(table), "data", f"{secrets.token_hex(4)}-deletes.parquet")
    schema = pa.schema(
        [
            pa.field("file_path", pa.string(), False, {"PARQUET:field_id": str(PATH)}),
            pa.field("pos", pa.int64(), False, {"PARQUET:field_id": str(POSITION)}),
        ]
    )
    rows = {"file_path": [aimed.file_path] * len(positions), "pos": list(positions)}
    pq.write_table(pa.table(rows, schema=schema), path)
    _commit_deletes(table, path, aimed.partition, FileFormat.PARQUET, len(positions))


def delete_by_vector(
    table: Table, positions: Sequence[int], *, checksum: int | None = None
) -> None:
    """Commit a deletion vector, as the format's version 3 has them: a Puffin file."""
    aimed = data_files(table)[0]
    bitmap = BitMap(positions).serialize()
    vector = bytes.fromhex("d1d33964") + struct.pack("<QI", 1, 0) + bitmap
    said = zlib.crc32(vector) if checksum is None else checksum
    blob = struct.pack(">I", len(vector)) + vector + struct.pack(">I", said)
    footer = json.dumps({"blobs": [{
        "type": "deletion-vector-v1", "fields": [2147483645], "snapshot-id": -1,
        "sequence-number": -1, "offset": 4, "length": len(blob),
        "properties": {
            "referenced-data-file": aimed.file_path, "cardinality": str(len(positions)),
        },
    }]}).encode()  # fmt: skip
    tail = b"PFA1" + footer + struct.pack("<I", len(footer)) + bytes(4) + b"PFA1"
    path = Path(folder_of(table), "data", f"{secrets.token_hex(4)}.puffin")
    path.write_bytes(b"PFA1" + blob + tail)
    _commit_deletes(table, path, aimed.partition, FileFormat.PUFFIN, len(positions))


def delete_by_equality(table: Table, rows: pa.Table, partition: Record | None = None) -> None:
    """Commit a file of values whose rows are deleted, as Flink does; of a partition, or of all."""
    schema = table.refresh().schema()
    numbers = [schema.find_field(name).field_id for name in rows.column_names]
    fields = [one.with_metadata({"PARQUET:field_id": str(number)})
              for one, number in zip(rows.schema, numbers, strict=True)]  # fmt: skip
    path = Path(folder_of(table), "data", f"{secrets.token_hex(4)}-equality.parquet")
    pq.write_table(rows.cast(pa.schema(fields)), path)
    _commit_deletes(
        table, path, partition or Record(), FileFormat.PARQUET, rows.num_rows, equality=numbers
    )


class _DeletesWriter(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


def _commit_deletes(
    table: Table,
    path: Path,
    partition: Record | None,
    file_format: FileFormat,
    count: int,
    equality: Sequence[int] | None = None,
) -> None:
    table.refresh()
    newest, io = table.current_snapshot(), table.io
    assert newest is not None
    snapshot_id, number = secrets.randbits(62), table.metadata.last_sequence_number + 1
    metadata = f"{table.location()}/metadata/{secrets.token_hex(8)}"
    file = DataFile.from_args(
        content=DataFileContent.EQUALITY_DELETES if equality else DataFileContent.POSITION_DELETES,
        file_path=f"file://{path}", file_format=file_format,
        partition=partition or Record(), record_count=count,
        file_size_in_bytes=path.stat().st_size,
        equality_ids=equality,
    )  # fmt: skip
    entry = ManifestEntry.from_args(
        status=ManifestEntryStatus.ADDED, snapshot_id=snapshot_id, data_file=file
    )
    made = _DeletesWriter(
        table.spec(), table.schema(), io.new_output(f"{metadata}-m0.avro"), snapshot_id, "deflate"
    )
    with made as manifest:
        manifest.add_entry(entry)
    listed = f"{metadata}-list.avro"
    with write_manifest_list(
        2, io.new_output(listed), snapshot_id, newest.snapshot_id, number, "deflate"
    ) as manifests:
        manifests.add_manifests([*newest.manifests(io), made.to_manifest_file()])
    snapshot = Snapshot(
        snapshot_id=snapshot_id, parent_snapshot_id=newest.snapshot_id, sequence_number=number,
        manifest_list=listed, summary=Summary(Operation.DELETE), schema_id=table.schema().schema_id,
    )  # fmt: skip
    moved = SetSnapshotRefUpdate(ref_name="main", type="branch", snapshot_id=snapshot_id)
    table.catalog.commit_table(
        table,
        (AssertRefSnapshotId(ref="main", snapshot_id=newest.snapshot_id),),
        (AddSnapshotUpdate(snapshot=snapshot), moved),
    )
