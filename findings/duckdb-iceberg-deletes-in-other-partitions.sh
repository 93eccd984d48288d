#!/usr/bin/env bash
# duckdb-extension-iceberg 1.5.5 against iceberg-rust (pyiceberg-core 0.10.1, by datafusion 53.0.0),
# an equality delete that belongs to one partition of an Iceberg table.
#
# One would guess: it deletes rows of its partition. The format's specification says so: such a file
# applies to the data files of the same partition; to all of them only if it has no partition.
# True: in DuckDB it deletes the rows with that key in every partition. In a table that is partitioned
# by day, where an order of Monday is written again on Tuesday, Tuesday's delete takes Monday's row
# away. iceberg-rust reads the same files rightly. Read such a table with another reader, or compact
# it first (then the deletes are gone).
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  "pyiceberg[pyarrow,sql-sqlite,pyiceberg-core]==0.12.0" pyiceberg-core==0.10.1 datafusion==53.0.0 \
  pyarrow==26.0.1 duckdb==1.5.5 duckdb-extension-iceberg==1.5.5 duckdb-extension-avro==1.5.5
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import secrets
from importlib.metadata import version
from pathlib import Path

import duckdb
import duckdb_extension_avro
import duckdb_extension_iceberg
import pyarrow as pa
import pyarrow.parquet as pq
from datafusion import SessionContext
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
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.table.update import AddSnapshotUpdate, AssertRefSnapshotId, SetSnapshotRefUpdate
from pyiceberg.transforms import IdentityTransform
from pyiceberg.typedef import Record

for one in ("pyiceberg-core", "datafusion", "duckdb", "duckdb-extension-iceberg"):
    print(one, version(one))
here = Path.cwd()
catalog = SqlCatalog("c", uri=f"sqlite:///{here}/catalog.db", warehouse=f"file://{here}")
catalog.create_namespace("n")
schema = pa.schema([("id", pa.int64()), ("day", pa.string())])


class Deletes(ManifestWriterV2):
    def content(self):
        return ManifestContent.DELETES

    @property
    def _meta(self):
        return {**super()._meta, "content": "deletes"}


def delete_equal(table, key, *partition):
    """Commit an equality delete of the column `id`, as Flink's upserts do: pyiceberg writes none."""
    table.refresh()
    before, number = table.current_snapshot(), secrets.randbits(62)
    start, place = f"{table.location()}/metadata/{number}", f"{here}/{number}.parquet"
    kind = pa.schema([pa.field("id", pa.int64(), metadata={"PARQUET:field_id": "1"})])
    pq.write_table(pa.table({"id": [key]}, schema=kind), place)
    file = DataFile.from_args(
        content=DataFileContent.EQUALITY_DELETES, file_path=f"file://{place}",
        file_format=FileFormat.PARQUET, partition=Record(*partition), record_count=1,
        file_size_in_bytes=Path(place).stat().st_size, equality_ids=[1],
    )
    entry = ManifestEntry.from_args(
        status=ManifestEntryStatus.ADDED, snapshot_id=number, data_file=file
    )
    output = table.io.new_output(f"{start}-m.avro")
    with Deletes(table.spec(), table.schema(), output, number, "deflate") as manifest:
        manifest.add_entry(entry)
    output, later = table.io.new_output(f"{start}-l.avro"), table.metadata.last_sequence_number + 1
    with write_manifest_list(2, output, number, before.snapshot_id, later, "deflate") as listed:
        listed.add_manifests([*before.manifests(table.io), manifest.to_manifest_file()])
    snapshot = Snapshot(
        snapshot_id=number, parent_snapshot_id=before.snapshot_id, sequence_number=later,
        manifest_list=f"{start}-l.avro", summary=Summary(Operation.DELETE), schema_id=0,
    )
    moved = SetSnapshotRefUpdate(ref_name="main", type="branch", snapshot_id=number)
    table.catalog.commit_table(
        table,
        (AssertRefSnapshotId(ref="main", snapshot_id=before.snapshot_id),),
        (AddSnapshotUpdate(snapshot=snapshot), moved),
    )
    table.refresh()


def by_duckdb(table):
    with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as connection:
        for one in (duckdb_extension_avro, duckdb_extension_iceberg):
            (file,) = Path(one.__path__[0]).rglob("*.duckdb_extension")
            connection.execute(f"LOAD '{file}'")
        scan = f"SELECT id, day FROM iceberg_scan('{table.metadata_location}') ORDER BY ALL"
        return connection.sql(scan).fetchall()


def by_datafusion(table):
    context = SessionContext()
    context.register_table("t", table)
    rows = context.sql("SELECT id, day FROM t ORDER BY id, day").to_arrow_table().to_pylist()
    return [tuple(row.values()) for row in rows]


table = catalog.create_table("n.t", schema)
with table.update_spec() as change:
    change.add_field("day", IdentityTransform(), "day")
table.append(pa.table({"id": [1, 2], "day": ["mon", "mon"]}, schema=schema))
table.append(pa.table({"id": [1, 3], "day": ["tue", "tue"]}, schema=schema))
delete_equal(table, 1, "tue")
seen = [by_duckdb(table), by_datafusion(table)]
for name, found in zip(["DuckDB", "DataFusion"], seen, strict=True):
    print(f"{name}, after the delete of id 1 in tue: {found}")
right = [(1, "mon"), (2, "mon"), (3, "tue")]
assert seen == [right[1:], right], f"this has changed: {seen}"
PY
