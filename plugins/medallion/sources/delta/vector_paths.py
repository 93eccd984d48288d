"""The files of deletion vectors that a Delta table's log names.

The library lists a table's files of rows, and says nothing of these, which it opens as well. So
the log itself is read, of tables that have such vectors: the newest checkpoint and what follows.
"""

from __future__ import annotations

import base64
import json
import re
import string
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.errors import SourceRefused

if TYPE_CHECKING:
    import pyarrow.fs as arrow_files
    from deltalake import DeltaTable

FEATURE = "deletionVectors"
LOG = "_delta_log"
_COMMIT = re.compile(r"(\d{20})\.json")
_COMPACTED = re.compile(r"(\d{20})\.(\d{20})\.compacted\.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.\d{10}\.(\d{10}))?\.parquet")
_INLINE, _OF_TABLE, _ANYWHERE = "i", "u", "p"
_LENGTH_OF_NAME = 20
"""Of the UUID that names a vector's file, behind the folder that the file may be in."""
_Z85 = string.digits + string.ascii_lowercase + string.ascii_uppercase + ".-:+=^!/*?&<>()[]{}@%$#"
_B85 = string.digits + string.ascii_uppercase + string.ascii_lowercase + "!#$%&()*+-;<=>?@^_`{|}~"


@dataclass(frozen=True, slots=True)
class _LogFile:
    """A file of the log, and the last version that it is of. `parts`: of a checkpoint."""

    name: str
    version: int
    parts: int = 0


def open_files(table: DeltaTable) -> arrow_files.FileSystem:
    """The files of a table's folder, wherever it is."""
    import pyarrow.fs as arrow_files
    from deltalake.fs import DeltaStorageHandler

    return arrow_files.PyFileSystem(
        DeltaStorageHandler.from_table(table._table, table._storage_options)
    )


def list_vector_files(table: DeltaTable, folder: Path | None) -> Iterator[str]:
    """The files of vectors at the table's version: below its folder, or as the log has them.

    Args:
        folder: of a table of this machine.

    Raises:
        SourceRefused: the log keeps vectors in a way that is not known here.
    """
    if FEATURE not in (table.protocol().reader_features or ()):
        return
    files = open_files(table)
    for one in _find_log_files(_list_log(files), table.version()):
        path = f"{LOG}/{one.name}"
        vectors = _read_checkpoint(files, path) if one.parts else _read_commit(files, path)
        for vector in vectors:
            yield from find_vector_file(vector, folder)


def find_vector_file(vector: Mapping[str, Any], folder: Path | None) -> Iterator[str]:
    """The file of one vector; none: it is in the log itself.

    Raises:
        SourceRefused: it is kept in a way that is not known here.
    """
    kind, where = vector.get("storageType"), str(vector.get("pathOrInlineDv") or "")
    if kind == _OF_TABLE:
        yield _find_name(where)
    elif kind == _ANYWHERE:
        yield where.removeprefix(f"file://{folder}/") if folder else where
    elif kind != _INLINE:
        raise SourceRefused(
            f"the table's log keeps deletion vectors as {str(kind)[:20]!r}, which is not read here",
            remedy="purge them (REORG TABLE … APPLY (PURGE)), or publish a copy of the table",
        )


def _find_name(where: str) -> str:
    """`ab/deletion_vector_….bin`: a folder, if there is one, and a UUID in ZeroMQ's base 85."""
    start, name = where[:-_LENGTH_OF_NAME], where[-_LENGTH_OF_NAME:]
    try:
        number = uuid.UUID(bytes=base64.b85decode(name.translate(str.maketrans(_Z85, _B85))))
    except ValueError:
        raise SourceRefused(
            f"the table's log names a deletion vector {where[:100]!r}, which no writer does",
            remedy="publish a copy of the table",
        ) from None
    file = f"deletion_vector_{number}.bin"
    return f"{start}/{file}" if start else file


def read_vectors(action: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The vectors that an action of the log names."""
    for kind in ("add", "remove"):
        vector = (action.get(kind) or {}).get("deletionVector")
        if isinstance(vector, Mapping):
            yield vector


def _list_log(files: arrow_files.FileSystem) -> Iterator[_LogFile]:
    import pyarrow.fs as arrow_files

    for one in files.get_file_info(arrow_files.FileSelector(LOG)):
        if found := _COMMIT.fullmatch(one.base_name):
            yield _LogFile(one.base_name, int(found[1]))
        elif found := _COMPACTED.fullmatch(one.base_name):
            yield _LogFile(one.base_name, int(found[2]))
        elif found := _CHECKPOINT.fullmatch(one.base_name):
            yield _LogFile(one.base_name, int(found[1]), parts=int(found[2] or 1))


def _find_log_files(listed: Iterable[_LogFile], version: int) -> list[_LogFile]:
    """What a version may be read from: its newest whole checkpoint, and all that is not older."""
    found = [one for one in listed if one.version <= version]
    whole = [
        one.version
        for one in found
        if one.parts
        and sum(other.version == one.version and other.parts == one.parts for other in found)
        >= one.parts
    ]
    newest = max(whole, default=0)
    return [one for one in found if one.version >= newest]


def _read_commit(files: arrow_files.FileSystem, path: str) -> Iterator[Mapping[str, Any]]:
    with files.open_input_stream(path) as stream:
        lines = stream.read().decode().splitlines()
    for line in filter(None, lines):
        yield from read_vectors(json.loads(line))


def _read_checkpoint(files: arrow_files.FileSystem, path: str) -> Iterator[Mapping[str, Any]]:
    import pyarrow.parquet as pq

    names = ("storageType", "pathOrInlineDv")
    with files.open_input_file(path) as stream, pq.ParquetFile(stream) as checkpoint:
        columns = [f"add.deletionVector.{name}" for name in names]
        if not set(columns).issubset(_list_leaves(checkpoint)):
            return
        for batch in checkpoint.iter_batches(columns=columns):
            for row in batch.to_pylist():
                yield from read_vectors(row)


def _list_leaves(checkpoint: Any) -> list[str]:
    schema = checkpoint.schema
    return [schema.column(at).path for at in range(len(schema))]
