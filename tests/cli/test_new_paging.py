"""`new` from a real HTTP server that turns its pages in each of the usual ways: all records are
found, and the spec says how."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from medallion.cli.__main__ import main

ROWS = [{"id": n, "name": f"Article {n}", "price": n * 0.5} for n in range(1, 24)]
Asked = Mapping[str, str]
Answered = tuple[Any, Mapping[str, str]]


def numbered(asked: Asked, base: str) -> Answered:
    page, size = int(asked.get("page", 1)), int(asked.get("per_page", 5))
    return {
        "page": page,
        "total_pages": -(-len(ROWS) // size),
        "items": part(page * size - size, size),
    }, {}


def numbered_without_total(asked: Asked, base: str) -> Answered:
    return part(int(asked.get("page", 1)) * 5 - 5, 5), {}


def passed_over(asked: Asked, base: str) -> Answered:
    start, size = int(asked.get("offset", 0)), int(asked.get("limit", 5))
    found = part(start, size)
    return {"offset": start, "limit": size, "total": len(ROWS), "data": {"rows": found}}, {}


def by_cursor(asked: Asked, base: str) -> Answered:
    start = int(asked.get("cursor", 0))
    more = start + 5 < len(ROWS)
    after = {"next_cursor": str(start + 5) if more else None, "has_more": more}
    return {"results": part(start, 5), "meta": after}, {}


def by_cursor_that_goes(asked: Asked, base: str) -> Answered:
    """A last page without the cursor, as many APIs answer."""
    start = int(asked.get("page_token", 0))
    after = {"nextPageToken": str(start + 5)} if start + 5 < len(ROWS) else {}
    return {"files": part(start, 5), **after}, {}


def by_header(asked: Asked, base: str) -> Answered:
    page = int(asked.get("page", 1))
    link = f'<{base}?page={page + 1}>; rel="next"' if page * 5 < len(ROWS) else ""
    return part(page * 5 - 5, 5), {"Link": link} if link else {}


def by_url(asked: Asked, base: str) -> Answered:
    start = int(asked.get("from", 0))
    following = f"{base}?from={start + 5}" if start + 5 < len(ROWS) else None
    return {"count": len(ROWS), "next": following, "results": part(start, 5)}, {}


def by_odata(asked: Asked, base: str) -> Answered:
    start = int(asked.get("$skiptoken", 0))
    more = {"@odata.nextLink": f"{base}?$skiptoken={start + 5}"} if start + 5 < len(ROWS) else {}
    return {"@odata.context": f"{base}/$metadata", "value": part(start, 5), **more}, {}


def by_last_record(asked: Asked, base: str) -> Answered:
    """As Stripe answers."""
    start = int(asked.get("starting_after", 0))
    return {"object": "list", "data": part(start, 5), "has_more": start + 5 < len(ROWS)}, {}


def whole(asked: Asked, base: str) -> Answered:
    return {"data": ROWS}, {}


WAYS: dict[str, tuple[Callable[[Asked, str], Answered], dict[str, Any] | None]] = {
    "numbered": (numbered, {"type": "page_number", "total_pages": "total_pages"}),
    "numbered_without_total": (numbered_without_total, {"type": "page_number"}),
    "passed_over": (passed_over, {"type": "offset", "limit": 5, "total_records": "total"}),
    "by_cursor": (
        by_cursor,
        {
            "type": "cursor",
            "cursor": "meta.next_cursor",
            "param": "cursor",
            "has_more": "meta.has_more",
        },
    ),
    "by_cursor_that_goes": (
        by_cursor_that_goes,
        {
            "type": "cursor",
            "cursor": "nextPageToken",
            "param": "page_token",
            "left_out_at_end": True,
        },
    ),
    "by_header": (by_header, {"type": "link_header"}),
    "by_url": (by_url, {"type": "next_url", "url": "next"}),
    "by_odata": (by_odata, {"type": "next_url", "url": "@odata.nextLink", "left_out_at_end": True}),
    "by_last_record": (
        by_last_record,
        {"type": "cursor", "last_record": "id", "param": "starting_after", "has_more": "has_more"},
    ),
    "whole": (whole, None),
}


def part(start: int, size: int) -> list[dict[str, Any]]:
    return ROWS[start : start + size]


@contextmanager
def serving() -> Iterator[str]:
    """The address of an API with each of the ways below its own path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            way = WAYS.get(url.path.removeprefix("/v1/"))
            base = f"http://{self.headers['Host']}{url.path}"
            document, headers = way[0](dict(parse_qsl(url.query)), base) if way else ({}, {})
            body = json.dumps(document).encode()
            self.send_response(200 if way else 404)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def test_each_way_of_turning_pages_is_found_and_brings_all_records(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong: dict[str, object] = {}
    with serving() as url:
        for name, (_, wanted) in WAYS.items():
            words = ["new", f"shop/{name}", "--url", f"{url}/{name}", "--print"]
            code = main([*words, "--root", str(project)])
            shown = capsys.readouterr()
            source = yaml.safe_load(shown.out)["datasets"][name]["source"] if code == 0 else shown
            found = source.get("pagination") if code == 0 else shown
            if found != wanted or f"Inferred from {len(ROWS)} records" not in shown.out:
                wrong[name] = (found, shown.out[:300])
    assert wrong == {}
