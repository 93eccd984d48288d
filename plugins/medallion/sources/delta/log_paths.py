"""What is looked at before a table is read: its log is not trusted. Whoever writes there could name
any file, and have what this process may read landed as his own data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from medallion.errors import SourceRefused
from medallion.sources.base.reach import FileReach
from medallion.sources.delta.vector_paths import (
    FEATURE,
    LOG,
    find_vector_file,
    list_vector_files,
    open_files,
    read_vectors,
)

if TYPE_CHECKING:
    from deltalake import DeltaTable

READ_FEATURES = frozenset(("columnMapping", FEATURE, "timestampNtz"))
"""What a table may ask of its readers: each was written and read back."""
_NO_VERSION_BEYOND = 3


def hold_to_protocol(table: DeltaTable, url: str) -> None:
    """Refuse a table that asks for what is not read rightly.

    Raises:
        SourceRefused: it does; the features are named.
    """
    protocol = table.protocol()
    wanted = set(protocol.reader_features or ())
    beyond = sorted(wanted - READ_FEATURES)
    if protocol.min_reader_version > _NO_VERSION_BEYOND:
        beyond = [f"reader version {protocol.min_reader_version}", *beyond]
    if beyond:
        raise SourceRefused(
            f"{url} asks its readers for {', '.join(beyond)}, which is not read here",
            remedy="drop the feature (ALTER TABLE … DROP FEATURE …), or publish a copy of the "
            "table without it",
        )


def hold_to_folder(table: DeltaTable, url: str, folder: Path | None, reach: FileReach) -> None:
    """Refuse a table whose log names a file outside of its folder.

    Args:
        folder: of a table of this machine; None: it is in an object store.

    Raises:
        SourceRefused: it does.
    """
    if folder is not None:
        _hold_to_links(folder, LOG, url, folder, reach)
    _hold_paths(_list_paths(table), url, folder, reach)
    _hold_paths(list_vector_files(table, folder), url, folder, reach)


def hold_to_versions(
    table: DeltaTable,
    versions: Iterable[int],
    url: str,
    folder: Path | None,
    reach: FileReach,
) -> None:
    """The same of what changes are read from: files that the table has no longer, and files of
    changes alone.

    Raises:
        SourceRefused: the log names a file outside, or has not these versions any more.
    """
    _hold_paths(_list_paths_of(table, versions, url, folder), url, folder, reach)


def _hold_paths(paths: Iterable[str], url: str, folder: Path | None, reach: FileReach) -> None:
    for path in paths:
        # A reader decodes it once; whoever hides something encodes it twice.
        spellings = (path, unquote(path), unquote(unquote(path)))
        if any(_leaves(one) for one in spellings):
            raise SourceRefused(
                f"the log of {url} names a file outside of its folder: {path[:200]}",
                remedy="a shallow clone has its files elsewhere: read the table that it was cloned "
                "from, or a deep clone",
            )
        if folder is not None:
            _hold_to_links(folder, unquote(path), url, folder, reach)


def _hold_to_links(base: Path, path: str, url: str, folder: Path, reach: FileReach) -> None:
    file = reach.resolve(base / path, f"{url}/{path}")
    if not file.is_relative_to(folder):
        raise SourceRefused(
            f"{url}/{path} is a link that leads out of the table's folder",
            remedy="put the file itself there",
        )


def _list_paths(table: DeltaTable) -> Iterator[str]:
    import pyarrow as pa

    actions: Any = pa.table(table.get_add_actions())
    yield from actions["path"].to_pylist()


def _list_paths_of(
    table: DeltaTable, versions: Iterable[int], url: str, folder: Path | None
) -> Iterator[str]:
    """The paths in commits, as the log has them."""
    files = open_files(table)
    for version in versions:
        try:
            with files.open_input_stream(f"{LOG}/{version:020d}.json") as stream:
                lines = stream.read().decode().splitlines()
        except FileNotFoundError:
            raise SourceRefused(
                f"the log of {url} no longer has version {version}, which was not read yet",
                remedy="trigger a run with full_refresh: it reads the whole table; and run more "
                "often than the table's delta.logRetentionDuration",
            ) from None
        for line in filter(None, lines):
            yield from _list_paths_in(json.loads(line), folder)


def _list_paths_in(action: Mapping[str, Any], folder: Path | None) -> Iterator[str]:
    for kind in ("add", "remove", "cdc"):
        if path := (action.get(kind) or {}).get("path"):
            yield str(path)
    for vector in read_vectors(action):
        yield from find_vector_file(vector, folder)


def _leaves(path: str) -> bool:
    pure = PurePosixPath(path.replace("\\", "/"))
    return pure.is_absolute() or ".." in pure.parts or "://" in path or path.startswith("file:")
