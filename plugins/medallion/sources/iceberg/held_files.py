"""The one way to a table's files: what pyiceberg opens (metadata, manifests, data, deletes) goes
through here, and nothing outside of the table's folder is opened.

A table's metadata are not trusted. Whoever writes there could name any file, and have what this
process may read landed as his own data. pyiceberg would take more from them: the class that opens
files, and the address of the store that a login is sent to. So its own way to files is never used.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from medallion.errors import MedallionError, SourceRefused, SourceUnavailable
from medallion.sources.base.object_store import StoredTable
from medallion.sources.base.reach import FileReach
from medallion.sources.base.store_errors import SHOWN, may_pass, tell

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.fs as arrow_files

_URI = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):(?://([^/]*))?(/.*|)", re.DOTALL)
_AZURE = ("abfs", "abfss", "wasb", "wasbs", "az")
_S3 = ("s3", "s3a", "s3n")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFiles:
    """The files of one folder, as pyiceberg asks for them.

    Attributes:
        stored: the folder as the spec names it.
        store: the file system that it is in.
        folder: its path, resolved; in an object store it begins with the container or bucket.
        reach: of a folder of this machine: what may be read of it. None: it is in an object store.
        properties: what pyiceberg may look for; there is nothing.
    """

    stored: StoredTable
    store: arrow_files.FileSystem
    folder: str
    reach: FileReach | None = None
    properties: Mapping[str, str] = field(default_factory=dict)

    def narrow(self, folder: str) -> HeldFiles:
        """The same of a folder in it."""
        return replace(self, folder=folder)

    def path_of(self, location: str) -> str:
        """The path of a file as the metadata name it.

        Raises:
            SourceRefused: it is not in the folder.
        """
        path = self._find_path(location)
        if path is not None and self.reach is not None:
            path = str(self.reach.resolve(Path(path), location[:200]))
        if path is None or not f"{path}/".startswith(f"{self.folder.rstrip('/')}/"):
            raise SourceRefused(
                f"the metadata of {self.stored.url} name a file outside of the table's folder: "
                f"{location[:200]}",
                remedy="a table whose files lie elsewhere (write.data.path, add_files, a snapshot "
                "or a migration of another table, a link) is not read: read a copy of it",
            )
        return path

    def new_input(self, location: str) -> HeldFile:
        """A file that may be read. Raises SourceRefused: it is not in the folder."""
        return HeldFile(location=location, path=self.path_of(location), store=self.store)

    def _find_path(self, location: str) -> str | None:
        """The path in the store; None: it is elsewhere, or not a plain path."""
        if location.startswith("/"):
            scheme, place, rest = "file", "", location
        elif found := _URI.fullmatch(location):
            scheme, place, rest = found[1].lower(), found[2] or "", found[3]
        else:
            return None
        path = rest if scheme == "file" else self._find_in_store(scheme, place, rest)
        if path is None or (scheme == "file") != (self.reach is not None) or "\0" in path:
            return None
        if scheme == "file" and place not in ("", "localhost"):
            return None
        parts = PurePosixPath(path.replace("\\", "/")).parts
        return posixpath.normpath(path) if ".." not in parts else None

    def _find_in_store(self, scheme: str, place: str, rest: str) -> str | None:
        is_azure = self.stored.uri.startswith("az://")
        if scheme not in (_AZURE if is_azure else _S3):
            return None
        container, at, host = place.rpartition("@")
        if at:  # container@account.dfs.core.windows.net
            account = self.stored.options.get("azure_storage_account_name", "")
            if not is_azure or host.partition(".")[0] != account:
                return None
        return f"{container if at else place}{rest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """A file, in the form of pyiceberg's `InputFile`."""

    location: str
    path: str
    store: arrow_files.FileSystem

    def __len__(self) -> int:
        """Its bytes."""
        return int(self.store.get_file_info(self.path).size or 0)

    def exists(self) -> bool:
        """Whether there is one."""
        return bool(self.store.get_file_info(self.path).is_file)

    def open(self, seekable: bool = True) -> pa.NativeFile:
        """Its bytes; they can be read from any place."""
        return self.store.open_input_file(self.path)


def open_store(stored: StoredTable) -> arrow_files.FileSystem:
    """Arrow's own file system of an object store."""
    import pyarrow.fs as arrow_files

    options = stored.options
    if stored.uri.startswith("s3://"):
        endpoint = options.get("aws_endpoint", "")
        return arrow_files.S3FileSystem(
            access_key=options.get("aws_access_key_id"),
            secret_key=options.get("aws_secret_access_key"),
            session_token=options.get("aws_session_token"),
            region=options.get("aws_region"),
            endpoint_override=endpoint or None,
            connect_timeout=15,
            request_timeout=120,
        )
    return arrow_files.AzureFileSystem(**_find_azure(options))


def _find_azure(options: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: options[f"azure_storage_{name}"]
        for name in (
            *("account_name", "account_key", "sas_token"),
            *("tenant_id", "client_id", "client_secret"),
        )
        if f"azure_storage_{name}" in options
    }
    if endpoint := options.get("azure_storage_endpoint"):
        place = urlsplit(endpoint)
        # Where the host begins with the account, Arrow wants what follows it.
        host = place.netloc.removeprefix(found["account_name"])
        found |= {"blob_storage_scheme": place.scheme, "dfs_storage_scheme": place.scheme}
        found |= {"blob_storage_authority": host, "dfs_storage_authority": host}
        if host.startswith(".blob."):
            found["dfs_storage_authority"] = host.replace(".blob.", ".dfs.", 1)
    return found


@contextmanager
def translate_errors(stored: StoredTable, *, is_newest: bool = False) -> Iterator[None]:
    """Turn what pyiceberg and Arrow raise into SourceRefused and SourceUnavailable, without
    secrets.

    Args:
        is_newest: the newest snapshot is read: another try may read another one.
    """
    try:
        yield
    except MedallionError:
        raise
    except FileNotFoundError as error:
        kind = SourceUnavailable if is_newest else SourceRefused
        raise kind(
            f"{stored.url} cannot be read: a file is not there: "
            f"{tell(error, stored.secrets)[:300]}",
            remedy="was the snapshot expired, or its files deleted? Another try reads what is "
            "newest then"
            if is_newest
            else "was the snapshot expired, or is the location wrong?",
        ) from None
    except Exception as error:
        raise _explain(stored, error) from None


def _explain(stored: StoredTable, error: Exception) -> MedallionError:
    said = tell(error, stored.secrets)
    problem = f"{stored.url} cannot be read: {type(error).__name__}: {said[:SHOWN]}"
    if isinstance(error, OSError) and may_pass(said, stored.uri):
        return SourceUnavailable(problem, remedy="does the lake answer?")
    return SourceRefused(
        problem,
        remedy="is it a whole table of format version 1 to 3, and may the connection's login read "
        "the folder?",
    )
