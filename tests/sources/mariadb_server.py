"""A real MariaDB server on loopback, in a folder of its own."""

from __future__ import annotations

import getpass
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
from tests.server_processes import START_SECONDS, stop_server
from tests.storage_servers import free_port

from medallion.sources.base.source import ConnectionDetails

SERVER, INSTALL = shutil.which("mariadbd"), shutil.which("mariadb-install-db")


@dataclass(frozen=True, kw_only=True)
class MariaDb:
    """Where the server is; `reader` may only SELECT, and only from `shop`."""

    port: int
    socket: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def admin(self) -> Any:
        return pymysql.connect(
            unix_socket=str(self.socket), user="root", autocommit=True, charset="utf8mb4"
        )

    def execute(self, *statements: str) -> None:
        with self.admin() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def connection(self, **details: Any) -> ConnectionDetails:
        given = {
            "conn_id": "erp",
            "conn_type": "mysql",
            "host": "127.0.0.1",
            "port": self.port,
            "schema": "shop",
            "login": "reader",
            "password": self.password,
        }
        return ConnectionDetails(**{**given, **details})


@contextmanager
def running(folder: Path) -> Iterator[MariaDb]:
    """The server, for as long as the block lasts."""
    assert SERVER and INSTALL
    data, user = folder / "data", getpass.getuser()
    subprocess.run(
        [
            INSTALL,
            "--no-defaults",
            f"--datadir={data}",
            f"--user={user}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ],
        check=True,
        capture_output=True,
    )
    server = MariaDb(port=free_port(), socket=folder / "mariadb.sock")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                SERVER,
                "--no-defaults",
                f"--datadir={data}",
                f"--user={user}",
                f"--socket={server.socket}",
                f"--pid-file={folder / 'pid'}",
                f"--port={server.port}",
                "--bind-address=127.0.0.1",
                "--sql-mode=",
                "--max-allowed-packet=64M",
                "--innodb-buffer-pool-size=32M",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        _wait(server, process, folder / "log")
        server.execute(
            "CREATE DATABASE shop CHARACTER SET utf8mb4",
            f"CREATE USER reader IDENTIFIED BY '{server.password}'",
            "GRANT SELECT ON shop.* TO reader",
        )
        yield server
    finally:
        stop_server(process)


def _wait(server: MariaDb, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            server.admin().close()
            return
        except pymysql.err.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.05)
