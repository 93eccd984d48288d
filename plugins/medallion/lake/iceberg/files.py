"""The one way to what is in a table's folder, in the form of pyiceberg's `FileIO`."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyarrow.fs as arrow_files

from medallion.errors import LakeError, SourceRefused
from medallion.lake.storage import make_folder
from medallion.sources.base.object_store import StoredTable
from medallion.sources.base.reach import FileReach
from medallion.sources.iceberg.held_files import HeldFile, HeldFiles, open_store

if TYPE_CHECKING:
    import pyarrow as pa

DATA, METADATA = "data", "metadata"
HINT = "version-hint.text"
"""The file of a table's folder that names its newest metadata, for readers without a catalogue."""
_AZURE_HOST = "core.windows.net"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that is written, in the form of pyiceberg's `OutputFile`."""

    location: str
    path: str
    store: arrow_files.FileSystem

    def __len__(self) -> int:
        """Its bytes."""
        return int(self.store.get_file_info(self.path).size or 0)

    def create(self, overwrite: bool = False) -> pa.NativeFile:
        """Its stream. Names are never used twice, so that there is nothing to overwrite."""
        return self.store.open_output_stream(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file of the folder. `changed_at`: when it was written last, as its store has it."""

    path: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFiles:
    """The files of one table's folder.

    Attributes:
        stored: the folder as the spec names it.
        location: the same as the table's metadata have it.
        held: what holds names of files to the folder.
        properties: what pyiceberg may look for; there is nothing.
    """

    stored: StoredTable
    location: str
    held: HeldFiles
    properties: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: StoredTable) -> TableFiles:
        """The files of a folder, which need not be there yet."""
        if "://" in stored.uri:
            store, folder, reach = open_store(stored), stored.uri.partition("://")[2], None
        else:
            store, folder = arrow_files.LocalFileSystem(), str(Path(stored.uri).resolve())
            reach = FileReach(domain="", allowed=(folder,))
        folder = posixpath.normpath(folder)
        held = HeldFiles(stored=stored, store=store, folder=folder, reach=reach)
        return cls(stored=stored, location=_find_location(stored), held=held)

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return self.held.reach is not None

    def path_of(self, location: str) -> str:
        """The path of a file as the metadata name it.

        Raises:
            LakeError: it is not in the folder.
        """
        try:
            return self.held.path_of(location)
        except SourceRefused:
            raise LakeError(
                f"the metadata of {self.stored.url} name a file outside of the table's folder: "
                f"{location[:200]}",
                remedy="somebody else has changed the table: move its folder away, and the next "
                "run writes it again, whole",
            ) from None

    def is_within(self, location: str) -> bool:
        """Whether a file is in the folder."""
        try:
            self.held.path_of(location)
        except SourceRefused:
            return False
        return True

    def new_input(self, location: str) -> HeldFile:
        """A file that may be read. Raises LakeError: it is not in the folder."""
        return HeldFile(location=location, path=self.path_of(location), store=self.held.store)

    def new_output(self, location: str) -> NewFile:
        """A file that is to be written. Raises LakeError: it is not in the folder."""
        return NewFile(location=location, path=self.path_of(location), store=self.held.store)

    def make_folders(self) -> None:
        """Make the table's folders on this machine; an object store needs none."""
        if self.is_local:
            for one in (DATA, METADATA):
                make_folder(Path(self.stored.uri) / one)

    def settle(self, locations: Iterator[str]) -> None:
        """Flush files of this machine to the disk, and their names: the catalogue, which is
        PostgreSQL's, would outlive a power cut that they do not."""
        if not self.is_local:
            return
        paths = [Path(self.path_of(one)) for one in locations]
        for path in (*paths, *dict.fromkeys(one.parent for one in paths)):
            number = os.open(path, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)

    def read_hint(self) -> str | None:
        """The location of the metadata that the folder's hint names; None: it has no hint."""
        path = self._path_of_hint()
        if not self.held.store.get_file_info(path).is_file:
            return None
        with self.held.store.open_input_stream(path) as stream:
            said = stream.read(1000).decode(errors="replace").strip()
        return f"{self.location}/{METADATA}/{said.removesuffix('.metadata.json')}.metadata.json"

    def write_hint(self, location: str) -> None:
        """Name the newest metadata, for readers without a catalogue; at one moment."""
        name = posixpath.basename(location).removesuffix(".metadata.json")
        path = self._path_of_hint()
        target = f"{path}.new" if self.is_local else path
        with self.held.store.open_output_stream(target) as stream:
            stream.write(name.encode())
        if self.is_local:  # an object store puts an object whole
            os.replace(target, path)  # noqa: PTH105  # the paths are texts, as those of stores
            self.settle(iter([f"{self.location}/{METADATA}/{HINT}"]))

    def list_names(self) -> list[str]:
        """What is directly in the folder."""
        return [posixpath.basename(one.path) for one in self._list("", recursive=False)]

    def list_files(self) -> Iterator[FoundFile]:
        """The files of the table: what is below `data` and `metadata`. Links to folders are not
        followed, as Arrow follows them: what is not needed is deleted."""
        for folder in (DATA, METADATA):
            if self.is_local:
                yield from _walk(Path(self.held.folder) / folder)
                continue
            for one in self._list(f"/{folder}", recursive=True):
                if one.is_file:
                    yield FoundFile(path=one.path, changed_at=one.mtime)

    def delete(self, path: str) -> None:
        """Delete a file; it may be gone already."""
        try:
            self.held.store.delete_file(path)
        except FileNotFoundError:
            return

    def _path_of_hint(self) -> str:
        return f"{self.held.folder}/{METADATA}/{HINT}"

    def _list(self, below: str, *, recursive: bool) -> list[arrow_files.FileInfo]:
        chosen = arrow_files.FileSelector(
            f"{self.held.folder}{below}", allow_not_found=True, recursive=recursive
        )
        return list(self.held.store.get_file_info(chosen))


def _walk(top: Path) -> Iterator[FoundFile]:
    if top.is_symlink():
        return
    for parent, _, names in os.walk(top):
        for path in (Path(parent) / name for name in names):
            with suppress(FileNotFoundError):  # somebody has deleted it meanwhile
                changed_at = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
                yield FoundFile(path=str(path), changed_at=changed_at)


def _find_location(stored: StoredTable) -> str:
    """A folder as other readers of Iceberg know it.

    >>> _find_location(StoredTable(url="", uri="/mnt/lake/orders/"))
    'file:///mnt/lake/orders'
    >>> azure = {"azure_storage_account_name": "acme"}
    >>> _find_location(StoredTable(url="", uri="az://lake/shop/orders", options=azure))
    'abfss://lake@acme.dfs.core.windows.net/shop/orders'
    """
    scheme, sign, path = stored.uri.rpartition("://")
    path = posixpath.normpath(path)
    if not sign:
        return f"file://{path}"
    if scheme != "az":
        return f"{scheme}://{path}"
    container, _, below = path.partition("/")
    account = stored.options.get("azure_storage_account_name", "")
    host = urlsplit(stored.options.get("azure_storage_endpoint", "")).netloc
    start = f"{account}.blob."
    suffix = host.removeprefix(start) if host.startswith(start) else _AZURE_HOST
    return f"abfss://{container}@{account}.dfs.{suffix}/{below}"
