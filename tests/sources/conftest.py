"""A source is tested with the real lake behind it: what it landed is read back."""

from __future__ import annotations

import gzip
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medallion.lake.landing import LandingPlace, LandingWriter
from medallion.lake.manifest import Manifest
from medallion.lake.reader import local_part, verify
from medallion.run import Run
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.reach import FileReach
from medallion.sources.base.source import (
    ConnectionDetails,
    ExtractRequest,
    SourceModel,
    no_database,
)
from medallion.sources.base.stream import StreamRange
from medallion.sources.http.api import Api, Patience
from medallion.sources.http.client import JsonClient

DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Landed:
    """What a source landed, read back from the lake."""

    manifest: Manifest

    def bytes_of(self, number: int = 0) -> bytes:
        with local_part(self.manifest, self.manifest.parts[number]) as path:
            return path.read_bytes()

    def table(self) -> pa.Table:
        """Typed records of all parts."""
        parts = range(len(self.manifest.parts))
        return pa.concat_tables(pq.read_table(io.BytesIO(self.bytes_of(n))) for n in parts)

    def bodies(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for number in range(len(self.manifest.parts))
            for line in gzip.decompress(self.bytes_of(number)).splitlines()
        ]

    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for records in self.bodies():
            here: Any = records
            for key in filter(None, self.manifest.layout.records_path.split(".")):
                here = here[key]
            found += here if isinstance(here, list) else [here]
        return found


Extract = Callable[..., Landed]


@pytest.fixture
def extract(tmp_path: Path) -> Extract:
    """Run a source into a lake of its own; `root` is the project's folder."""

    def run(
        source: SourceModel,
        *,
        root: Path = tmp_path,
        connection: ConnectionDetails | None = None,
        until: datetime = DAY,
        database: Callable[[str], Any] = no_database,
        cursor: CursorRange | None = None,
        stream: StreamRange | None = None,
        shows_values: bool = False,
        servers: tuple[str, ...] = (),
        others: tuple[ConnectionDetails, ...] = (),
    ) -> Landed:
        known = {one.conn_id: one for one in (connection, *others) if one}
        place = LandingPlace(
            lake_root=str(tmp_path / "lake"),
            domain="cinema",
            dataset="movies",
            run=Run(
                dag_id="cinema.box_office",
                run_id="manual__1",
                interval_start=DAY,
                interval_end=until,
                spec_digest="digest",
            ),
            load_id=7,
        )
        log = logging.getLogger("medallion.test")
        landing = LandingWriter(place, log)
        request = ExtractRequest(
            dataset="movies",
            run=place.run,
            project_root=root,
            reach=FileReach(domain="cinema", allowed=(str(root.resolve()),), servers=servers),
            connection=known.__getitem__,
            log=log,
            database=database,
            cursor=cursor,
            stream=stream,
            shows_values=shows_values,
        )
        layout = source.extract(request, landing)
        manifest = landing.finish(layout, source.describe())
        verify(manifest)
        return Landed(manifest=manifest)

    return run


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[Any, ConnectionDetails], Any]:
    """What a database source learns of its table from the catalogue."""

    def ask(source: Any, details: ConnectionDetails) -> Any:
        run = Run(dag_id="cinema.x", run_id="new", interval_start=DAY, interval_end=DAY)
        return source.catalogue(
            ExtractRequest(
                dataset="x",
                run=run,
                project_root=tmp_path,
                reach=FileReach(domain="cinema", allowed=(str(tmp_path.resolve()),)),
                connection={details.conn_id: details}.__getitem__,
                log=logging.getLogger("medallion.test"),
            )
        )

    return ask


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as the server saw it."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server sends; a body that is not bytes is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False


@dataclass(kw_only=True)
class ApiServer:
    """Somebody's API on loopback. `answer` makes each reply: a Reply, or the JSON of a 200."""

    port: int
    answer: Callable[[Asked], Any]
    asked: list[Asked] = field(default_factory=list)
    Reply: type[Reply] = Reply

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connection(self, **details: Any) -> ConnectionDetails:
        """One request after the other, unless a test says otherwise: most count them."""
        extra = {"requests_per_second": 5000, "requests_at_once": 1, **details.pop("extra", {})}
        given = {"conn_id": "shop", "host": "127.0.0.1", "port": self.port, "extra": extra}
        return ConnectionDetails(**{**given, **details})

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        made = self.answer(asked)
        return made if isinstance(made, Reply) else Reply(body=made)


@pytest.fixture
def api_server() -> Iterator[ApiServer]:
    """A real HTTP server; a test says what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            asked = Asked(
                path=url.path,
                params=dict(parse_qsl(url.query, keep_blank_values=True)),
                headers={key.lower(): value for key, value in self.headers.items()},
                form=dict(parse_qsl((body := self.rfile.read(length)).decode())),
                body=body,
            )
            self._send(api.reply(asked))

        def do_POST(self) -> None:
            self.do_GET()

        def _send(self, reply: Reply) -> None:
            if reply.drop:
                self.close_connection = True
                return
            raw = isinstance(reply.body, bytes)
            body = reply.body if raw else json.dumps(reply.body, indent=1).encode()
            self.send_response(reply.status)
            for key, value in {"Content-Length": str(len(body)), **reply.headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api = ApiServer(port=server.server_port, answer=lambda asked: [])
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield api
        server.shutdown()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that wait a hundredth of a second where they would wait half a one."""
    quick = Patience(
        first_wait=0.01, longest_wait=2.5, attempts=3, attempts_once_begun=3, timeout=5
    )
    init = JsonClient.__init__

    def with_less(self: JsonClient, api: Api, log: logging.Logger, *_: object) -> None:
        init(self, api, log, quick)

    monkeypatch.setattr(JsonClient, "__init__", with_less)
