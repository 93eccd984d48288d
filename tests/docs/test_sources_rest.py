"""docs/sources-rest.md: its spec runs against a real API, its tables are the code's."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from kill_matrix_child import Surroundings, run_task
from staged import query

from medallion.airflow.loader import plan_of
from medallion.names import Layer, PublishedTable
from medallion.plan.sql_reader import sql_reader
from medallion.sources.base import ConnectionDetails
from medallion.sources.http_api import Patience
from medallion.sources.http_client import LARGEST_BODY
from medallion.sources.rest import REQUESTS_PER_SECOND, RestSource
from medallion.sources.rest_auth import Auth
from medallion.sources.rest_oauth2 import LONGEST_MARGIN
from medallion.sources.rest_pagination import LinkHeader, Pagination
from medallion.sources.rest_pieces import WHOLE_BYTES
from medallion.sources.rest_words import WORDS, filled
from medallion.spec.load import load_all
from medallion.spec.model_walk import tag_of

CODE = re.compile(r"`([^`]+)`")
TOKEN = "t0ken-of-the-page"
ORDERS = [
    {
        "id": 1,
        "customer": {"name": " Amélie "},
        "total": "12.50",
        "created": "2026-01-01T10:00:00Z",
    },
    {"id": 2, "customer": {"name": "Bob"}, "total": 8, "created": "2026-01-01T11:00:00Z"},
    {"id": 3, "customer": None, "total": "n/a", "created": "2026-01-01T12:00:00Z"},
]


@pytest.fixture
def page(project_root: Path) -> str:
    return (project_root / "docs" / "sources-rest.md").read_text(encoding="utf-8")


def fenced(page: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def table(page: str, heading: str) -> list[list[str]]:
    """The rows of a section's table, without its head."""
    section = page.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def types_of(union: Any) -> set[str | None]:
    return {tag_of(model) for model in get_args(get_args(union)[0])}


def test_the_other_examples_are_valid(page: str) -> None:
    _, *examples = fenced(page)
    assert examples
    for example in examples:
        keys = yaml.safe_load(example)
        RestSource.model_validate({"type": "rest", "conn_id": "shop_api", "path": "x", **keys})


def test_the_tables_name_what_there_is(page: str) -> None:
    ways = {CODE.findall(row[0])[0] for row in table(page, "Pages")}
    assert ways == types_of(Pagination)
    asking = {CODE.findall(row[0])[0] for row in table(page, "Who asks")[1:]}
    assert asking == types_of(Auth)


def test_the_limits_are_the_codes(page: str) -> None:
    assert f"more than {LARGEST_BODY // 1024**2} MiB" in page
    assert (
        f"`requests_per_second` | how fast one extraction asks; {REQUESTS_PER_SECOND:g} by" in page
    )
    assert f"A body of more than {WHOLE_BYTES // 1024**2} MiB" in page
    assert Patience().attempts == 6
    assert Patience().longest_wait == LONGEST_MARGIN == 60
    assert LinkHeader(type="link_header").max_pages == 10_000


def test_the_words_of_the_interval_are_the_codes(page: str) -> None:
    day = datetime(2026, 1, 31, tzinfo=UTC)
    rows = [CODE.findall(" ".join(row)) for row in table(page, "The data interval")]
    assert [row[0] for row in rows] == [f":{word}" for word in WORDS]
    for word, value in rows:
        assert filled(word, day, day + timedelta(days=1)) == value


@contextmanager
def shop(asked: list[dict[str, str]], orders: list[dict[str, Any]]) -> Iterator[int]:
    """The API of the page: two orders a page, by cursor; 404 where there are none."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            params = dict(parse_qsl(url.query))
            asked.append(params)
            known = self.headers["authorization"] == f"Bearer {TOKEN}" and url.path == "/v2/orders"
            start = int(params.get("after", "0"))
            following = str(start + 2) if start + 2 < len(orders) else None
            found = {"data": {"orders": orders[start : start + 2]}}
            body = json.dumps({**found, "meta": {"next_cursor": following}}).encode()
            self.send_response((200 if orders else 404) if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_the_pipeline_lands_cleans_and_publishes(
    page: str, tmp_path: Path, warehouse_db: str
) -> None:
    (tmp_path / "specs" / "shop").mkdir(parents=True)
    (tmp_path / "specs" / "shop" / "orders.yaml").write_text(fenced(page)[0], encoding="utf-8")
    assert load_all(tmp_path, sql_reader(tmp_path)).issues == ()
    asked: list[dict[str, str]] = []
    run = Surroundings(
        plan=plan_of("shop.orders", tmp_path),
        run_id="scheduled__1",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=tmp_path,
        lake_root=tmp_path / "lake",
        warehouse_url=warehouse_db,
        connections={},
    )
    for orders, run_id in ((ORDERS, "scheduled__1"), ([], "scheduled__2")):
        with shop(asked, orders) as port:
            details = ConnectionDetails(
                conn_id="shop_api", host="127.0.0.1", port=port, password=TOKEN
            )
            run = replace(run, run_id=run_id, connections={"shop_api": details})
            for task in run.plan.tasks:
                run_task(run, task.task_id)
    day = {"updated_from": "2026-01-01T00:00:00Z", "updated_before": "2026-01-02T00:00:00Z"}
    assert asked == [day, {**day, "after": "2"}, day]
    published = query(
        warehouse_db,
        "SELECT order_id, customer, amount::text, ordered_at::text FROM silver_shop.orders"
        " ORDER BY 1",
    )
    assert [row[:3] for row in published] == [(1, "Amélie", "12.50"), (2, "Bob", "8.00")]
    quarantine = PublishedTable(layer=Layer.SILVER, domain="shop", name="orders").quarantine
    ((reasons,),) = query(warehouse_db, f"SELECT reasons FROM {quarantine}")
    assert reasons[0] == "customer: is empty"
    manifests = sorted((tmp_path / "lake").rglob("manifest.json"))
    pages = sorted(json.loads(path.read_text())["notes"]["pages"] for path in manifests)
    assert pages == [0, 2]
    assert not [path for path in manifests if TOKEN in path.read_text()]
