"""A schema registry on loopback, written from the documentation of Confluent's REST interface.

No package of a real one was found that runs without Java. What holds it to the interface is that
Confluent's own client and serializers register their schemas with it.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from confluent_kafka.schema_registry import SchemaRegistryClient

from medallion.sources.base.source import ConnectionDetails

Answer = tuple[int, Mapping[str, Any]]
NOT_FOUND: Answer = (404, {"error_code": 40403, "message": "Schema not found"})


@dataclass(kw_only=True)
class Registry:
    """What it has. `down`: it answers each question with this status instead."""

    port: int
    schemas: dict[int, dict[str, Any]] = field(default_factory=dict)
    subjects: dict[str, list[int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    down: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> SchemaRegistryClient:
        return SchemaRegistryClient({"url": self.url})

    def connection(self, **more: Any) -> ConnectionDetails:
        return ConnectionDetails(conn_id="registry", host=self.url, **more)

    def put(self, text: str, kind: str = "AVRO", subject: str = "s", **more: Any) -> int:
        """The number of a schema, under a new version of a subject if it is new."""
        found = {"schemaType": kind, "schema": text, **more}
        number = next((at for at, one in self.schemas.items() if one == found), 0)
        if not number:
            number = len(self.schemas) + 1
            self.schemas[number] = found
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return number

    def answer(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        if self.down:
            return self.down, {"error_code": self.down, "message": "try later"}
        if found := re.fullmatch(r"/schemas/ids/(\d+)", path):
            one = self.schemas.get(int(found[1]))
            return (200, one) if one else NOT_FOUND
        if found := re.fullmatch(r"/subjects/([^/]+)/versions/(\d+)", path):
            return self._version(unquote(found[1]), int(found[2]))
        if method == "POST" and (found := re.fullmatch(r"/subjects/([^/]+)(/versions)?", path)):
            return self._register(unquote(found[1]), body)
        return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}

    def _version(self, subject: str, version: int) -> Answer:
        versions = self.subjects.get(subject, [])
        if not 0 < version <= len(versions):
            return 404, {"error_code": 40402, "message": "Version not found."}
        number = versions[version - 1]
        return 200, {"id": number, "subject": subject, "version": version} | self.schemas[number]

    def _register(self, subject: str, body: Mapping[str, Any]) -> Answer:
        more = {"references": body["references"]} if body.get("references") else {}
        kind = body.get("schemaType", "AVRO")
        number = self.put(body["schema"], kind, subject, **more)
        version = self.subjects[subject].index(number) + 1
        return 200, {"id": number, "subject": subject, "version": version} | self.schemas[number]


@contextmanager
def serve_registry() -> Iterator[Registry]:
    """Start one, and end it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET", {})

        def do_POST(self) -> None:
            size = int(self.headers.get("content-length", 0))
            self._answer("POST", json.loads(self.rfile.read(size)))

        def _answer(self, method: str, body: Mapping[str, Any]) -> None:
            registry.asked.append(f"{method} {self.path}")
            registry.headers.append(dict(self.headers))
            status, document = registry.answer(method, urlsplit(self.path).path, body)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/vnd.schemaregistry.v1+json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry = Registry(port=server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
