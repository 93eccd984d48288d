"""Snapshots as data frames: of a version that the warehouse need not have any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from medallion.client.frames import As, frame_of
from medallion.errors import CannotRead, LakeError
from medallion.lake.snapshot_files import verify_part
from medallion.lake.snapshots import Snapshot, folder_of, read_snapshot_manifest, snapshots_of
from medallion.names import TableName
from medallion.roots import lake_root
from medallion.warehouse.reading.ledger import table_of
from medallion.warehouse.reading.lineage import Lineage
from medallion.warehouse.reading.versions import METADATA

if TYPE_CHECKING:
    import pyarrow as pa

DIGEST = b"medallion.snapshot"
"""The key of a schema's metadata that holds the snapshot's digest."""


def snapshots(table: str, *, lake: str | None = None) -> tuple[Snapshot, ...]:
    """The snapshots of a table, the latest first.

    Args:
        lake: a folder or an ObjectStoragePath URL (`abfs://…`, which takes Airflow's connection);
            none: MEDALLION_LAKE_ROOT, or the local project's.
    """
    return snapshots_of(lake or lake_root(), table_of(table).public)


def read_snapshot(
    table: str,
    name: str | None = None,
    as_: As = "pandas",
    *,
    lake: str | None = None,
    columns: Sequence[str] | None = None,
    digest: str | None = None,
) -> Any:
    """A snapshot as a frame; `lineage_of` says of which publication it is. No warehouse is asked.

    Every file is held to its digest before it is read.

    Args:
        name: none: the only one that there is.
        digest: of the snapshot as it is expected (`Snapshot.digest`): another one is refused.

    Raises:
        CannotRead: there is no such snapshot, or it is another one.
        LakeError: a file is missing or was changed.
    """
    with snapshot_batches(table, name, lake=lake, columns=columns, digest=digest) as batches:
        found = batches.read_all()
    return frame_of(found, as_, Lineage.from_json(found.schema.metadata[METADATA]))


@contextmanager
def snapshot_batches(
    table: str,
    name: str | None = None,
    *,
    lake: str | None = None,
    columns: Sequence[str] | None = None,
    digest: str | None = None,
) -> Iterator[pa.RecordBatchReader]:
    """The same in batches, within the block: memory holds one; see `read_snapshot`."""
    import pyarrow as pa

    root, public = lake or lake_root(), table_of(table).public
    found = _find(root, public, name)
    if digest is not None and found.digest != digest:
        raise CannotRead(
            f"the snapshot {found.name} of {public} is {found.digest}, not {digest}",
            remedy="it was dropped and taken again, or its manifest was changed",
        )
    batches = _batches(root, public, found, columns)
    schema = next(batches)
    assert isinstance(schema, pa.Schema)  # noqa: S101  # it comes first
    try:
        yield pa.RecordBatchReader.from_batches(schema, batches)
    finally:
        batches.close()


def _batches(
    root: str, public: TableName, snapshot: Snapshot, columns: Sequence[str] | None
) -> Any:
    """The schema, with the lineage and the digest, and then the batches of all parts."""
    import pyarrow.parquet as pq

    folder = folder_of(root, public, snapshot.name)
    lineage = Lineage.from_mapping(snapshot.lineage).to_json()
    wanted = None if columns is None else list(columns)
    schema = None
    for part in snapshot.parts:
        with verify_part(folder, snapshot, part) as path, pq.ParquetFile(path) as file:
            if schema is None:
                schema = _schema(file.schema_arrow, wanted, snapshot).with_metadata(
                    {METADATA: lineage.encode(), DIGEST: snapshot.digest.encode()}
                )
                yield schema
            for batch in file.iter_batches(columns=wanted):
                yield batch.select(schema.names).cast(schema)


def _schema(whole: pa.Schema, wanted: Sequence[str] | None, snapshot: Snapshot) -> pa.Schema:
    import pyarrow as pa

    if wanted is None:
        return whole
    if missing := [name for name in wanted if name not in whole.names]:
        raise CannotRead(
            f"the snapshot {snapshot.name} of {snapshot.table} has no column {missing[0]!r}",
            remedy=f"it has {', '.join(whole.names)}",
        )
    return pa.schema([whole.field(name) for name in wanted])


def _find(root: str, public: TableName, name: str | None) -> Snapshot:
    known = snapshots_of(root, public)
    if name is None and len(known) == 1:
        return known[0]
    try:
        found = read_snapshot_manifest(root, public, name) if name else None
    except LakeError as error:
        raise CannotRead(error.problem, remedy=error.remedy) from None
    if found is None:
        names = ", ".join(one.name for one in known)
        what = f"no snapshot {name}" if name else f"{len(known) or 'no'} snapshots"
        raise CannotRead(
            f"{public} has {what} in {root}",
            remedy=f"name one of {names}" if names else "`cli snapshot TABLE` takes one",
        )
    return found
