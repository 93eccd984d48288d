"""A real web server of files on loopback: what it sends for a path is said by a test."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An answer. `cut`: so many bytes are sent of those that are said; `sized`: whether their
    number is."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    sized: bool = True


@dataclass(kw_only=True)
class WebServer:
    """What it has: by path with the query an answer, or several, one for each GET in turn."""

    port: int
    files: dict[str, Sent | list[Sent]] = field(default_factory=dict)
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    """Method, path and headers (in small letters) of each request."""
    heads: bool = True
    """Whether it answers HEAD."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, body: bytes, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.files[path] = Sent(body=body, headers=named)

    def gets(self) -> list[str]:
        return [path for method, path, _ in self.asked if method == "GET"]

    def choose(self, method: str, path: str) -> Sent:
        if method == "HEAD" and not self.heads:
            return Sent(status=405)
        found = self.files.get(path, Sent(status=404))
        if isinstance(found, Sent):
            return found
        return found.pop(0) if method == "GET" and len(found) > 1 else found[0]


@contextmanager
def serve_files() -> Iterator[WebServer]:
    """Start one, and end it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {key.lower(): value for key, value in self.headers.items()}
            web.asked.append((self.command, self.path, headers))
            sent = web.choose(self.command, self.path)
            self.send_response(sent.status)
            if sent.sized:
                self.send_header("Content-Length", str(len(sent.body)))
            for key, value in sent.headers.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(sent.body[: sent.cut])
            self.close_connection = True

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        web = WebServer(port=server.server_port)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield web
        server.shutdown()
