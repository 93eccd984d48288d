"""An Iceberg table, held to its folder, at one snapshot."""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.fs as arrow_files
from pyiceberg.manifest import clear_manifest_cache
from pyiceberg.table.metadata import TableMetadata, TableMetadataUtil
from pyiceberg.table.refs import SnapshotRefType

from medallion.errors import SourceRefused
from medallion.sources.base.locations import Location
from medallion.sources.base.object_store import StoredTable, find_stored_table
from medallion.sources.base.source import ExtractRequest
from medallion.sources.iceberg.catalogs import find_metadata
from medallion.sources.iceberg.held_files import HeldFiles, open_store, translate_errors

if TYPE_CHECKING:
    from pyiceberg.schema import Schema
    from pyiceberg.table.snapshots import Snapshot

    from medallion.sources.iceberg.source import IcebergSource

MOST_METADATA = 256 * 2**20
"""Bytes of a metadata file, unpacked: it has a few hundred for each snapshot."""
_HINT = "version-hint.text"
_GZIP = 31
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTable:
    """A table that may be read.

    Attributes:
        metadata: what pyiceberg has read of the metadata file.
        files: the way to its files.
        snapshot: the one that is read; None: the table has none, and no row.
        schema: the columns of that snapshot.
        is_newest: whether another run may read a later one.
    """

    metadata: TableMetadata
    files: HeldFiles
    snapshot: Snapshot | None
    schema: Schema
    is_newest: bool

    @property
    def stored(self) -> StoredTable:
        """The folder as the spec names it."""
        return self.files.stored


def open_table(source: IcebergSource, request: ExtractRequest) -> OpenTable:
    """The table, held to what the domain may read, at the snapshot that is wanted.

    Raises:
        as `IcebergSource.extract`.
    """
    clear_manifest_cache()  # it knows manifests by their path alone, whoever's they were
    location = Location.parse(source.location)
    in_file = source.location.endswith((".metadata.json", ".metadata.json.gz"))
    files = _hold(source.location, location, request)
    with translate_errors(files.stored):
        if source.catalog and source.table:
            details = request.connection(source.catalog)
            name = find_metadata(details, source.table, request.reach)
        elif in_file:
            name = _as_uri(files, files.folder)
            files = files.narrow(_find_folder(files.folder))
        else:
            name = _find_newest(files)
        files = files.narrow(_find_folder(files.path_of(name)))
        metadata = read_metadata(files, name)
        snapshot, schema = _choose(source, metadata)
    is_pinned = in_file or source.snapshot_id is not None or source.timestamp is not None
    return OpenTable(
        metadata=metadata, files=files, snapshot=snapshot, schema=schema, is_newest=not is_pinned
    )


def list_lineage(metadata: TableMetadata) -> Iterator[Snapshot]:
    """The snapshots that led to the newest one, which comes first, as far back as they are kept.

    Raises:
        SourceRefused: one is its own ancestor.
    """
    snapshot, seen = metadata.current_snapshot(), set[int]()
    while snapshot is not None:
        if snapshot.snapshot_id in seen:
            raise SourceRefused(
                f"the snapshot {snapshot.snapshot_id} is an ancestor of itself",
                remedy="the table's metadata are broken: restore them",
            )
        seen.add(snapshot.snapshot_id)
        yield snapshot
        parent = snapshot.parent_snapshot_id
        snapshot = metadata.snapshot_by_id(parent) if parent is not None else None


def _hold(url: str, location: Location | None, request: ExtractRequest) -> HeldFiles:
    if location is None or location.scheme == "file":
        path = location.path if location else str(request.project_root / url)
        folder = request.reach.resolve(Path(path), url)
        return HeldFiles(
            stored=StoredTable(url=url, uri=str(folder)),
            store=arrow_files.LocalFileSystem(),
            folder=str(folder),
            reach=request.reach,
        )
    if request.reach.is_in_lake(location, location.path):
        raise SourceRefused(
            f"{url} leads into the lake, which no source reads",
            remedy="name a table outside of it; published tables are read by gold's SQL",
        )
    stored = find_stored_table(location, request.connection(location.conn_id))
    with translate_errors(stored):
        store = open_store(stored)
    return HeldFiles(stored=stored, store=store, folder=location.path.strip("/"))


def _as_uri(files: HeldFiles, path: str) -> str:
    scheme = "" if files.reach is not None else files.stored.uri.partition("://")[0] + "://"
    return f"{scheme}{path}"


def _find_folder(metadata_file: str) -> str:
    """The table's folder: the one above `metadata/`.

    Raises:
        SourceRefused: the file lies elsewhere.
    """
    above, name = posixpath.split(posixpath.dirname(metadata_file))
    if name != "metadata" or not above:
        raise SourceRefused(
            f"{metadata_file} is not in a folder called metadata",
            remedy="a table's metadata files lie in …/metadata/: write.metadata.path is not read",
        )
    return above


def _find_newest(files: HeldFiles) -> str:
    """The newest metadata file of a folder, as its hint says.

    Raises:
        SourceRefused: there is no hint.
    """
    folder = f"{files.folder}/metadata"
    hint = files.path_of(_as_uri(files, f"{folder}/{_HINT}"))
    if not files.store.get_file_info(hint).is_file:
        there = files.store.get_file_info(folder).type == arrow_files.FileType.Directory
        said = f"has no metadata/{_HINT}, which says its newest snapshot" if there else "is none"
        raise SourceRefused(
            f"{files.stored.url} {said}"
            if there
            else f"there is no Iceberg table in {files.stored.url}",
            remedy="name its catalogue (catalog and table), or a metadata file: "
            "…/metadata/00003-….metadata.json"
            if there
            else "name the folder that has `metadata`; the path begins with the container or "
            "bucket",
        )
    with files.store.open_input_stream(hint) as stream:
        said = stream.read(1000).decode().strip()
    return _as_uri(files, f"{folder}/{_name_of(said)}")


def _name_of(hint: str) -> str:
    """The file that a hint means.

    >>> _name_of("7"), _name_of("00007-ab.metadata.json"), _name_of("00007-ab")
    ('v7.metadata.json', '00007-ab.metadata.json', '00007-ab.metadata.json')
    """
    if hint.endswith(".metadata.json"):
        return hint
    return f"v{hint}.metadata.json" if hint.isdecimal() else f"{hint}.metadata.json"


def read_metadata(files: HeldFiles, name: str) -> TableMetadata:
    """What is in a metadata file of the folder.

    Raises:
        SourceRefused: it is larger than any table's, or not in the folder.
    """
    path = files.path_of(name)
    with files.store.open_input_stream(path, compression=None) as stream:
        text = stream.read(MOST_METADATA + 1)
    if path.endswith((".gz.metadata.json", ".metadata.json.gz")):
        text = zlib.decompressobj(_GZIP).decompress(text, MOST_METADATA + 1)
    if len(text) > MOST_METADATA:
        raise SourceRefused(
            f"the metadata of {files.stored.url} have more than {MOST_METADATA} bytes",
            remedy="expire old snapshots (expire_snapshots)",
        )
    return TableMetadataUtil.parse_raw(text.decode())


def _choose(source: IcebergSource, metadata: TableMetadata) -> tuple[Snapshot | None, Schema]:
    """The snapshot that is wanted, and its columns. Of what moves (a branch, what is now) they are
    the table's, as the format's specification has it."""
    if source.snapshot_id is not None:
        found = _need(metadata, source.snapshot_id, f"snapshot_id: {source.snapshot_id}")
        return found, _schema_of(metadata, found)
    if source.timestamp is not None:
        found = _find_as_of(metadata, source.timestamp)
        return found, _schema_of(metadata, found)
    if source.ref is not None and source.ref != "main":
        ref = metadata.refs.get(source.ref)
        if ref is None:
            there = ", ".join(sorted(metadata.refs)[:_SHOWN]) or "none"
            raise SourceRefused(
                f"the table has no branch and no tag {source.ref}",
                remedy=f"there are: {there}",
            )
        found = _need(metadata, ref.snapshot_id, f"ref: {source.ref}")
        is_tag = ref.snapshot_ref_type == SnapshotRefType.TAG
        return found, _schema_of(metadata, found) if is_tag else metadata.schema()
    return metadata.current_snapshot(), metadata.schema()


def _find_as_of(metadata: TableMetadata, timestamp: datetime) -> Snapshot:
    moment = timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
    most = moment.timestamp() * 1000
    known = [one for one in metadata.snapshot_log if one.timestamp_ms <= most]
    if not known:
        raise SourceRefused(
            f"the table knows no snapshot as of {moment.isoformat()}",
            remedy=_say_since(metadata),
        )
    newest = max(known, key=lambda one: one.timestamp_ms)
    return _need(metadata, newest.snapshot_id, f"timestamp: {moment.isoformat()}")


def _say_since(metadata: TableMetadata) -> str:
    made = [one.timestamp_ms for one in metadata.snapshot_log]
    if not made:
        return "it has no snapshot"
    since = datetime.fromtimestamp(min(made) / 1000, UTC)
    return f"the oldest one that it knows is of {since.isoformat()}"


def _need(metadata: TableMetadata, snapshot_id: int, why: str) -> Snapshot:
    found = metadata.snapshot_by_id(snapshot_id)
    if found is None:
        raise SourceRefused(
            f"the table has not the snapshot {snapshot_id} ({why})",
            remedy="was it expired? Name one that the table has",
        )
    return found


def _schema_of(metadata: TableMetadata, snapshot: Snapshot) -> Schema:
    known: dict[int, Any] = {one.schema_id: one for one in metadata.schemas}
    wanted = snapshot.schema_id
    if wanted is not None and wanted not in known:
        raise SourceRefused(
            f"the metadata lack the columns of the snapshot {snapshot.snapshot_id}",
            remedy="the table's metadata are broken: restore them",
        )
    return metadata.schema() if wanted is None else known[wanted]
