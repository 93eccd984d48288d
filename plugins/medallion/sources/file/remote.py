"""Files on a server or in an object store: found, checked for changes, and copied to this
machine."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.errors import MedallionError, SourceRefused, SourceUnavailable
from medallion.sources.base.found_files import FoundFile, NoFiles, not_too_many
from medallion.sources.base.locations import Location
from medallion.sources.base.reach import FileReach
from medallion.sources.base.redaction import redact
from medallion.sources.base.source import ConnectionDetails

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

OpenStorage = Callable[[str, ConnectionDetails], "AbstractFileSystem"]
"""Opens what a scheme and a connection mean."""

SETTLED_AFTER = timedelta(minutes=2)

_DIGESTS = ("etag", "ETag")
_TIMES = ("last_modified", "LastModified", "mtime", "modify", "updated")
_VERSIONS = (*_DIGESTS, *_TIMES)
"""Where file systems say when a file was written, or which version of it this is; best first."""
_NO_ENTRANCE = ("PermissionDenied", "HostKey", "ClientAuthentication", "error_perm", "KeyImport")
"""Parts of the names of errors that another try does not fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file as its file system listed it; it may have changed since."""

    name: str
    short_name: str
    path: str
    bytes: int
    """Its size when it was listed."""
    listed: str
    storage: Storage = field(repr=False)

    def state(self) -> str:
        """Its size, and its version or time of change, asked of the server now."""
        with self.storage.translate_errors(self.name):
            self.storage.files.invalidate_cache()
            return state_of(self.storage.files.info(self.path))

    @contextmanager
    def at_hand(self) -> Iterator[Path]:
        """A copy that lives as long as the block.

        Raises:
            SourceUnavailable: the copy has another size than the file: it is being written.
        """
        with tempfile.TemporaryDirectory(prefix="medallion-file-") as folder:
            copy = Path(folder) / "file"
            self.copy_to(copy)
            yield copy

    def copy_to(self, copy: Path) -> None:
        """Copy all of it to a path of this machine.

        Raises:
            SourceUnavailable: the copy has another size than the file: it is being written.
        """
        with self.storage.translate_errors(self.name):
            self.storage.files.get_file(self.path, str(copy))
            size = self.storage.files.info(self.path)["size"]
        if size != copy.stat().st_size:
            raise SourceUnavailable(
                f"{self.name} has {size} bytes, and {copy.stat().st_size} were read",
                remedy="it was changed while it was read, or the connection broke",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A file system and the connection that opened it, whose secrets must stay out of messages."""

    files: AbstractFileSystem
    details: ConnectionDetails

    @contextmanager
    def translate_errors(self, what: str) -> Iterator[None]:
        """Turn the file system's errors into SourceRefused or SourceUnavailable, without
        secrets."""
        with translate_errors(what, self.details):
            yield

    def serves_several_at_once(self) -> bool:
        """Whether several threads may use it: FTP has one conversation with its server."""
        from fsspec.asyn import AsyncFileSystem

        return isinstance(self.files, AsyncFileSystem)


def remote_files(
    location: Location, details: ConnectionDetails, open_: OpenStorage, reach: FileReach
) -> list[FoundFile]:
    """The files that match a URL, sorted; `*`, `?`, `[…]` and `**` make it a pattern.

    Raises:
        SourceRefused: there is none, one is in the lake, or the server refuses the connection.
        SourceUnavailable: the server does not answer.
        SetupError: a package that reads the location is missing.
    """
    logging.getLogger("azure").setLevel(logging.WARNING)  # it logs headers
    url = location.url(location.path)
    with translate_errors(url, details):
        files = open_(location.scheme, details)
        files.invalidate_cache()
        found = _find(files, location.path)
    storage = Storage(files=files, details=details)
    if not found:
        raise NoFiles(
            f"there is no file {url}",
            remedy="the path begins with the container or bucket; on a server with the folder",
        )
    if any(reach.is_in_lake(location, path) for path in found):
        raise SourceRefused(
            f"{url} leads into the lake, which no source reads",
            remedy="name files outside of it; published tables are read by gold's SQL",
        )
    not_too_many(len(found), url)
    return [
        RemoteFile(
            name=location.url(path),
            short_name=path.lstrip("/"),
            path=path,
            bytes=int(info["size"]),
            listed=state_of(info) if is_settled(info, datetime.now(UTC)) else "",
            storage=storage,
        )
        for path, info in sorted(found.items())
    ]


def state_of(info: Mapping[str, Any]) -> str:
    """A file's size and version, as text.

    >>> state_of({"size": 3, "etag": '"0x8D"', "name": "a.csv"})
    '3-0x8D'
    """
    version = next((info[key] for key in _VERSIONS if info.get(key)), "")
    return f"{info['size']}-{str(version).strip(chr(34))}"


def is_settled(info: Mapping[str, Any], now: datetime) -> bool:
    """Whether a file's state differs from every later one: times come in seconds or minutes.

    >>> is_settled({"modify": "20260131120000"}, datetime(2026, 1, 31, 12, 1, tzinfo=UTC))
    False
    """
    if any(info.get(key) for key in _DIGESTS):
        return True
    written = next((info[key] for key in _TIMES if info.get(key)), None)
    if isinstance(written, str):
        try:
            written = datetime.strptime(written[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return False
    if not isinstance(written, datetime):
        return False
    written = written if written.tzinfo else written.replace(tzinfo=UTC)
    return now - written > SETTLED_AFTER


def _find(files: AbstractFileSystem, path: str) -> dict[str, Mapping[str, Any]]:
    """Paths as the pattern spells them. What is hidden is passed over, as in the project."""
    if not has_magic(path):
        return _find_one(files, path)
    if files.isfile(path):
        return {path: files.info(path)}
    listed: Mapping[str, Mapping[str, Any]] = files.glob(path, detail=True)
    depth = next(at for at, step in enumerate(path.strip("/").split("/")) if has_magic(step))
    return {
        name: info
        for name, info in listed.items()
        if info.get("type") != "directory"
        and not any(step.startswith(".") for step in name.strip("/").split("/")[depth:])
    }


def _find_one(files: AbstractFileSystem, path: str) -> dict[str, Mapping[str, Any]]:
    """The file of a path without a pattern. `isfile` would not do: it answers no where the server
    lets nobody in."""
    try:
        info = files.info(path)
    except FileNotFoundError:
        return {}
    return {path: info} if info["type"] == "file" else {}


@contextmanager
def translate_errors(what: str, details: ConnectionDetails) -> Iterator[None]:
    """Turn the file system's errors into SourceRefused or SourceUnavailable, without secrets.

    Raises:
        SourceRefused: another try does not help.
        SourceUnavailable: another try may help.
    """
    try:
        yield
    except MedallionError:
        raise
    except FileNotFoundError:
        raise SourceRefused(
            f"there is no file {what}", remedy="was it moved away while it was read?"
        ) from None
    except Exception as error:
        raise _refusal(what, details, error) from None


def _refusal(what: str, details: ConnectionDetails, error: Exception) -> MedallionError:
    kind = type(error).__name__
    said = redact(" ".join(str(error).split())[:300], _secrets(details))
    if isinstance(error, PermissionError) or any(name in kind for name in _NO_ENTRANCE):
        return SourceRefused(
            f"{what} cannot be read through the connection {details.conn_id}: {kind}: {said}",
            remedy="look at its login, password or key, and at what the server lets it read; an "
            "SFTP server's key is in the extra `host_key` or in ~/.ssh/known_hosts",
        )
    return SourceUnavailable(
        f"{what} cannot be read through the connection {details.conn_id}: {kind}: {said}",
        remedy="is the server up, and are the connection's host and port right?",
    )


def _secrets(details: ConnectionDetails) -> list[str]:
    """Every text of the connection that may be one, the longest first."""
    texts = [
        details.password,
        *(value for value in details.extra.values() if isinstance(value, str)),
    ]
    parts = [part.partition("=")[2] for text in texts for part in text.split(";")]
    return sorted({text for text in (*texts, *parts) if len(text) > 5}, key=len, reverse=True)
