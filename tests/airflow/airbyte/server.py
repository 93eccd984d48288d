"""Airbyte's public API on loopback, as far as syncs go, written from its documentation.

https://reference.airbyte.com/reference/createjob, /listjobs, /getjob, /canceljob and
/createaccesstoken. One job of a connection at a time; a test says which states a job goes through,
and what happens to answers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BASE = "/api/public/v1"
CLIENT, SECRET = "medallion", "s3cret-of-airbyte"
GOING_ON = ("pending", "queued", "running", "incomplete")


@dataclass(kw_only=True)
class Job:
    """A job; its state is the first of `states`, and each look takes one away but the last."""

    number: int
    connection: str
    kind: str = "sync"
    states: list[str]

    def document(self) -> dict[str, Any]:
        return {
            "jobId": self.number,
            "status": self.states[0],
            "jobType": self.kind,
            "startTime": "2026-01-02T00:00:05Z",
            "connectionId": self.connection,
            "lastUpdatedAt": "2026-01-02T00:00:09Z",
            "duration": "PT4S",
            "bytesSynced": 900,
            "rowsSynced": 12,
        }


@dataclass(kw_only=True)
class AirbyteServer:
    """What it knows, and what it was asked for."""

    port: int
    connections: set[str] = field(default_factory=set)
    jobs: list[Job] = field(default_factory=list)
    next_states: list[list[str]] = field(default_factory=list)
    """Of the jobs that will be made, one after the other; then `running`, `succeeded`."""
    made: list[str] = field(default_factory=list)
    """The connection of each job that was asked for and made."""
    asked: list[str] = field(default_factory=list)
    lost: int = 0
    """So many answers to the next jobs that are made never arrive."""
    broken: dict[str, list[int]] = field(default_factory=dict)
    """By method, the statuses that the next requests get instead of an answer."""
    tokens: set[str] = field(default_factory=set)
    quotes: bool = False
    """Whether what is broken quotes the token, as a proxy that is looked into may."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{BASE}"

    def connection(self, **more: Any) -> str:
        """The Airflow connection, as JSON."""
        said = {"conn_type": "airbyte", "host": self.url, "login": CLIENT, "password": SECRET}
        return json.dumps(said | more)

    def begin(self, connection: str, *states: str, kind: str = "sync") -> Job:
        """A job that somebody else has begun, or Airbyte's own schedule."""
        job = Job(number=len(self.jobs) + 1, connection=connection, kind=kind, states=list(states))
        self.jobs.append(job)
        return job

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        where = parts.path.removeprefix(BASE)
        if where == "/jobs" and method == "POST":
            return self._create(body)
        if where == "/jobs":
            return 200, {"data": [job.document() for job in self._list(query)]}
        number = where.removeprefix("/jobs/")
        job = next((one for one in self.jobs if str(one.number) == number), None)
        if job is None or not where.startswith("/jobs/"):
            return 404, _problem(404, "resource-not-found", f"there is no {where}")
        if method == "DELETE":
            job.states = ["cancelled"]
        said = job.document()
        if len(job.states) > 1:
            job.states.pop(0)
        return 200, said

    def _create(self, body: dict[str, Any]) -> tuple[int, Any]:
        connection = str(body["connectionId"])
        if connection not in self.connections:
            return 404, _problem(404, "resource-not-found", "Could not find connection")
        if any(job.connection == connection and job.states[0] in GOING_ON for job in self.jobs):
            return 409, {
                "message": f"A sync is already running for: {connection}",
                "exceptionClassName": "io.airbyte.server.errors.ValueConflictKnownException",
            }
        states = self.next_states.pop(0) if self.next_states else ["running", "succeeded"]
        self.made.append(connection)
        return 200, self.begin(connection, *states, kind=body["jobType"]).document()

    def _list(self, query: dict[str, str]) -> list[Job]:
        found = [
            job
            for job in self.jobs
            if query.get("connectionId") in (None, job.connection)
            and query.get("jobType") in (None, job.kind)
            and query.get("status") in (None, job.states[0])
        ]
        newest = query.get("orderBy", "createdAt|DESC") == "createdAt|DESC"
        begin = int(query.get("offset", 0))
        return sorted(found, key=lambda job: job.number, reverse=newest)[
            begin : begin + int(query.get("limit", 20))
        ]


def _problem(status: int, kind: str, detail: str) -> dict[str, Any]:
    """As RFC 7807 has it, and Airbyte."""
    address = f"https://reference.airbyte.com/reference/errors#{kind}"
    return {"status": status, "type": address, "title": kind, "detail": detail}


class _Handler(BaseHTTPRequestHandler):
    airbyte: AirbyteServer
    lock: threading.Lock

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        words: dict[str, Any] = (
            {key: values[0] for key, values in parse_qs(raw).items()}
            if "form" in str(self.headers.get("Content-Type"))
            else json.loads(raw or "{}")
        )
        if self.path == f"{BASE}/applications/token":
            self.send(*self.make_token(words))
        else:
            self.handle_one(words)

    def do_GET(self) -> None:
        self.handle_one({})

    def do_DELETE(self) -> None:
        self.handle_one({})

    def make_token(self, words: dict[str, Any]) -> tuple[int, Any]:
        if (words.get("client_id"), words.get("client_secret")) != (CLIENT, SECRET):
            return 401, _problem(401, "unauthorized", "wrong client")
        token = f"token-{len(self.airbyte.tokens)}"
        self.airbyte.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 180}

    def handle_one(self, words: dict[str, Any]) -> None:
        airbyte = self.airbyte
        airbyte.asked.append(f"{self.command} {self.path.removeprefix(BASE)}")
        token = str(self.headers.get("Authorization", "")).removeprefix("Bearer ")
        if token not in airbyte.tokens:
            self.send(401, _problem(401, "unauthorized", "no such token"))
            return
        with self.lock:
            if broken := airbyte.broken.get(self.command):
                said = f", asked with Bearer {token}" if airbyte.quotes else ""
                self.send(broken.pop(0), {"message": f"broken on purpose{said}"})
                return
            status, said = airbyte.answer(self.command, self.path, words)
        if self.command == "POST" and status == 200 and airbyte.lost:
            airbyte.lost -= 1
            self.close_connection = True
        else:
            self.send(status, said)

    def send(self, status: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve_airbyte() -> Iterator[AirbyteServer]:
    """Start one, and end it."""
    handler = type("Handler", (_Handler,), {"lock": threading.Lock()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        airbyte = AirbyteServer(port=server.server_address[1])
        handler.airbyte = airbyte  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield airbyte
        finally:
            server.shutdown()
