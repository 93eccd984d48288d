"""A server of SQL Server's protocol for tests: pysqlbridge, which serves files. Its SQL and its
types are a part of SQL Server's; it takes no bound parameters from Microsoft's driver."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medallion.sources.base.source import ConnectionDetails

PASSWORD = "p;a}ss word"
TABLES: dict[str, list[dict[str, Any]]] = {
    "people": [
        {"id": 1, "name": "Zoë", "score": 1.5},
        {"id": 2, "name": "", "score": 2.25},
        {"id": 3, "name": "日本 '; --", "score": None},
    ],
    "many": [{"n": n, "text": f"row {n}"} for n in range(25_000)],
}


@dataclass(kw_only=True)
class SqlServer:
    """One that listens.

    Attributes:
        asked: each batch that it was sent.
        answers: what it says to a batch that begins so, instead of what its tables have.
    """

    port: int
    certificate: Path
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[], Any]] = field(default_factory=dict)

    def details(self, *, password: str = PASSWORD, **extra: object) -> ConnectionDetails:
        """A connection that trusts its certificate, and no other."""
        trusted = {"ServerCertificate": str(self.certificate)}
        return ConnectionDetails(
            conn_id="erp", conn_type="mssql", host="localhost", port=self.port, login="reader",
            password=password, extra=extra or trusted,
        )  # fmt: skip


@contextmanager
def run_sql_server(folder: Path) -> Iterator[SqlServer]:
    """A server with `TABLES`."""
    from pysqlbridge.catalog import Catalog, load
    from pysqlbridge.certificate import self_signed
    from pysqlbridge.logins import Login, LoginStore
    from pysqlbridge.server import start_background

    for name, rows in TABLES.items():
        (folder / f"{name}.json").write_text(json.dumps(rows))
    listed = [{"name": name, "json": f"{name}.json"} for name in TABLES]
    (folder / "tables.json").write_text(json.dumps({"tables": listed}))
    served: Catalog = load(str(folder / "tables.json"))
    found: list[SqlServer] = []

    def answer(request: Any) -> Any:
        text = request if isinstance(request, str) else request.sql
        found[0].asked.append(text)
        said = next(
            (say for start, say in found[0].answers.items() if text.startswith(start)), None
        )
        return said() if said else served.answer(request)

    certificate = self_signed()
    file = folder / "certificate.pem"
    file.write_bytes(certificate.cert_pem)
    logins = LoginStore([Login(user="reader", secret=PASSWORD, hashed=False)])
    server, thread = start_background(certificate=certificate, query_handler=answer, logins=logins)
    found.append(SqlServer(port=server.address[1], certificate=file))
    try:
        yield found[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(60)


@contextmanager
def cut_off(port: int, after: int) -> Iterator[int]:
    """The port of a way to a server that is cut after so many bytes from it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_pass_on, args=(listening, port, after), daemon=True).start()
        yield int(listening.getsockname()[1])


def _pass_on(listening: socket.socket, port: int, after: int) -> None:
    here, _ = listening.accept()
    with here, socket.create_connection(("127.0.0.1", port)) as there:
        threading.Thread(target=_copy, args=(here, there), daemon=True).start()
        _copy(there, here, after)
        for one in (here, there):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _copy(source: socket.socket, target: socket.socket, after: int = 2**60) -> None:
    with suppress(OSError):
        while after > 0 and (sent := source.recv(min(after, 65536))):
            target.sendall(sent)
            after -= len(sent)


def find_free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
