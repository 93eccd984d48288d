"""Real servers of files on loopback: SFTP, FTP, and Azurite for Azure's Blob Storage."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.server_processes import START_SECONDS, stop_server, wait_for_port

from medallion.roots import PROJECT_ROOT
from medallion.sources.base.source import ConnectionDetails

USER = "exchange"


@dataclass(kw_only=True)
class FileServer:
    """Files behind a URL. A test puts them there, and reads them through `details`."""

    scheme: str
    details: ConnectionDetails
    root: Path | None = None
    container: Any = None
    folder: str = field(default_factory=lambda: f"t{secrets.token_hex(4)}")

    def url(self, path: str) -> str:
        start = "" if self.root is None else "/"
        base = f"{start}{'files/' if self.root is None else ''}{self.folder}"
        return f"{self.scheme}://{self.details.conn_id}@{base}/{path}"

    def apart(self) -> FileServer:
        """The same server with a folder of its own: other tests write here too."""
        return replace(self, folder=f"t{secrets.token_hex(4)}")

    def put(self, path: str, content: bytes) -> bytes:
        if self.root is None:
            self.container.upload_blob(f"{self.folder}/{path}", content, overwrite=True)
        else:
            file = self.root / self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return content


def free_port() -> int:
    """One for a server that takes seconds to start, below those that the system gives meanwhile to
    whoever asks for any: tests beside this one start servers all the time."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


@pytest.fixture(scope="session")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    """An SFTP server whose key the connection knows."""
    import asyncssh

    root, password = tmp_path_factory.mktemp("sftp"), secrets.token_urlsafe(12)
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, given: str) -> bool:
            return (username, given) == (USER, password)

    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def start() -> Any:
        return await asyncssh.create_server(
            Server, "127.0.0.1", 0, server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
        )  # fmt: skip

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(START_SECONDS)
    public = key.export_public_key().decode().strip()
    yield FileServer(
        scheme="sftp",
        root=root,
        details=ConnectionDetails(
            conn_id="sftp_bank", conn_type="sftp", host="127.0.0.1", port=server.get_port(),
            login=USER, password=password, extra={"host_key": public},
        ),
    )  # fmt: skip
    loop.call_soon_threadsafe(server.close)


@pytest.fixture(scope="session")
def ftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    """An FTP server."""
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

    root, password = tmp_path_factory.mktemp("ftp"), secrets.token_urlsafe(12)
    users = DummyAuthorizer()
    users.add_user(USER, password, str(root), perm="elr")
    handler = type("Handler", (FTPHandler,), {"authorizer": users, "auth_failed_timeout": 0})
    # A loop of its own: the default one is the process's, and with a second server in a thread two
    # would send the same bytes at once.
    server = FTPServer(("127.0.0.1", 0), handler, ioloop=IOLoop())
    threading.Thread(target=server.serve_forever, kwargs={"timeout": 0.05}, daemon=True).start()
    yield FileServer(
        scheme="ftp",
        root=root,
        details=ConnectionDetails(
            conn_id="ftp_bank", conn_type="ftp", host="127.0.0.1", port=server.address[1],
            login=USER, password=password,
        ),
    )  # fmt: skip
    server.close_all()


@contextmanager
def run_azurite(folder: Path, *words: str, **environment: str) -> Iterator[int]:
    """Its port."""
    own = PROJECT_ROOT / ".medallion" / "azurite" / "node_modules" / ".bin" / "azurite-blob"
    program = os.environ.get("AZURITE_BLOB") or shutil.which("azurite-blob") or str(own)
    if not Path(program).exists():
        pytest.skip("left out: there is no Azurite here (.ci/run installs it where npm is)")
    port = free_port()
    process = subprocess.Popen(
        [program, "--skipApiVersionCheck", "--silent", "--disableTelemetry",
         "--blobPort", str(port), "--location", str(folder), *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment},
    )  # fmt: skip
    try:
        wait_for_port(process, port)
        yield port
    finally:
        stop_server(process)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    """Azurite with a container `files`; its connection is in the environment, for Airflow."""
    from azure.storage.blob import BlobServiceClient

    name, key = "devstoreaccount1", AZURITE_KEY
    variable = "AIRFLOW_CONN_AZURE_LAKE"
    with run_azurite(tmp_path_factory.mktemp("azurite")) as port:
        text = (
            f"DefaultEndpointsProtocol=http;AccountName={name};AccountKey={key};"
            f"BlobEndpoint=http://127.0.0.1:{port}/{name};"
        )
        container = BlobServiceClient.from_connection_string(text).create_container("files")
        extra = {"connection_string": text}
        os.environ[variable] = json.dumps({"conn_type": "wasb", "extra": extra})
        yield FileServer(
            scheme="abfs",
            container=container,
            details=ConnectionDetails(conn_id="azure_lake", conn_type="wasb", extra=extra),
        )
        os.environ.pop(variable, None)


AZURITE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""Azurite's own, the same everywhere: it is in its documentation."""
