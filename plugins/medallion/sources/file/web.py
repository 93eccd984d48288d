"""A file of a web server: one, for no such server lists its files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from medallion.errors import SourceRefused
from medallion.sources.base.locations import Location
from medallion.sources.base.source import ConnectionDetails, ExtractRequest
from medallion.sources.base.web_address import file_name_of, server_of_url
from medallion.sources.formats.compressions import (
    CHUNK_BYTES,
    Compression,
    compression_of,
    open_compressed,
)
from medallion.sources.http.connection import address
from medallion.sources.http.credentials import credentials_of
from medallion.sources.http.download import WebFileRequest

_GZIP = ("gzip", "x-gzip")
_MAGIC = b"\x1f\x8b"
_PAGE = (b"<!doctype html", b"<html")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFile:
    """A file as its server showed it when it was asked; it may have changed since."""

    name: str
    """Its address as the spec has it."""
    short_name: str
    listed: str
    request: WebFileRequest = field(repr=False)
    kept: Path | None = None
    """A folder in which a copy stays, for what reads the file several times."""

    def state(self) -> str:
        """Its version, asked of the server now."""
        return self.request.ask_version()

    @contextmanager
    def at_hand(self) -> Iterator[Path]:
        """A copy that lives as long as the block.

        Raises:
            SourceRefused: the server does not give it, or sends a web page in its place.
            SourceUnavailable: the server does not answer.
        """
        if self.kept and self.listed:
            known = self.kept / sha256(f"{self.name} {self.listed}".encode()).hexdigest()
            if not known.exists():
                with self._fetch() as copy:
                    shutil.copyfile(copy, known)
            yield known
            return
        with self._fetch() as copy:
            yield copy

    @contextmanager
    def _fetch(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="medallion-file-") as folder:
            copy = Path(folder) / "sent"
            packed = self.request.fetch(copy)
            file = self._unpack(copy, packed, Path(folder) / "file")
            self._hold_file(file)
            yield file

    def _unpack(self, sent: Path, packed: str, target: Path) -> Path:
        """The file itself of what was sent. A file that is gzip itself is called packed by some
        servers, which send it as it is.

        Raises:
            SourceRefused: it is packed in a way that was not asked for.
        """
        if not packed:
            return sent
        if packed not in _GZIP:
            raise SourceRefused(
                f"{self.name}: the server packs it as {packed}, which nobody asked for",
                remedy="have the server send it as it is, or as gzip",
            )
        if _begin(sent) != _MAGIC:
            return sent  # said, and not done
        with open_compressed(sent, "gzip", self.name) as content, target.open("wb") as file:
            shutil.copyfileobj(content, file, CHUNK_BYTES)
        is_gzip = compression_of(self.short_name, None) == "gzip"
        return sent if is_gzip and _begin(target) != _MAGIC else target

    def _hold_file(self, file: Path) -> None:
        with file.open("rb") as content:
            start = content.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        if start.startswith(_PAGE):
            raise SourceRefused(
                f"{self.name}: the server sends a web page instead of the file",
                remedy="open the address in a browser: does it ask for a login, or show a page "
                "with a link to the file? Name that link's address",
            )


def find_web_file(location: Location, request: ExtractRequest) -> WebFile:
    """The file that an address means.

    Raises:
        NoFiles: there is none.
        SourceRefused: the domain may not read files of its server, or a redirect leads to such a
            one.
    """
    name = location.url(location.path)
    details = request.connection(location.conn_id) if location.conn_id else None
    if details is None:
        url = name
        refusal = request.reach.server_refusal(server_of_url(url))
        if refusal:
            raise SourceRefused(refusal[0], remedy=refusal[1])
    else:
        url = _address_through(location, details)
    short_name = file_name_of(name)
    compression: Compression = compression_of(short_name, None)
    headers, secrets = credentials_of(details) if details else ({}, ())
    asked = WebFileRequest(
        name=name,
        url=url,
        headers=headers,
        secrets=secrets,
        packed=compression == "none",
        refusal=request.reach.server_refusal,
        log=request.log,
    )
    return WebFile(
        name=name,
        short_name=short_name,
        listed=asked.ask_version(),
        request=asked,
        kept=request.downloads,
    )


def _address_through(location: Location, details: ConnectionDetails) -> str:
    """The address of a file below that of a connection."""
    base = address(details)
    scheme = base.partition("://")[0]
    if scheme != location.scheme:
        raise SourceRefused(
            f"the connection {details.conn_id} leads to {scheme}://, and the spec says "
            f"{location.scheme}://",
            remedy=f"write {scheme}://{details.conn_id}@{location.path}, or fix the connection",
        )
    return f"{base}{location.path}"


def _begin(file: Path) -> bytes:
    with file.open("rb") as content:
        return content.read(2)
