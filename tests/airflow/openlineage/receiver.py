"""A receiver of OpenLineage events: a real HTTP server, which may also be slow, or wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Event = Mapping[str, Any]
LONG = 60.0
"""Seconds: far longer than any sender waits."""


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted. `treat` says of an event how it is answered: "", "slow", "wrong",
    "gone"."""

    daemon_threads = True

    def __init__(self, treat: Callable[[Event], str] = lambda _: "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.treat = treat
        self.events: list[Event] = []
        self.bodies: list[str] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        event = json.loads(body)
        self.server.bodies.append(body)
        self.server.events.append(event)
        match self.server.treat(event):
            case "slow":
                self.server.closing.wait(LONG)
                return
            case "gone":
                self.connection.close()
                return
            case "wrong":
                answer, status = b"<html>Gateway</html>" * 1000, 502
            case _:
                answer, status = b"{}", 201
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def receiving(treat: Callable[[Event], str] = lambda _: "") -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    server = Receiver(treat)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
