"""docs/sources-rest.md: its spec runs against a real API, its tables are the code's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from tests.steps import json_api
from tests.steps.kill_matrix_child import PlanRun, run_task
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.lake.journal import KEPT_SECONDS
from medallion.names import Layer, PublishedTable
from medallion.sources.base.interval_words import WORDS, fill_interval
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.http.api import Patience
from medallion.sources.http.body_parts import PART_BYTES
from medallion.sources.http.client import LARGEST_BODY
from medallion.sources.rest.kinds import Auth, Pagination
from medallion.sources.rest.oauth2 import LONGEST_MARGIN
from medallion.sources.rest.pagination import LinkHeader
from medallion.sources.rest.pieces import WHOLE_BYTES
from medallion.sources.rest.source import REQUESTS_PER_SECOND, RestSource
from medallion.sources.tmdb.source import REQUESTS_PER_SECOND as TMDB_REQUESTS_PER_SECOND
from medallion.spec.load.specs import load_all
from medallion.spec.messages.model_walk import tag_of
from medallion.spec.sql.reader import sql_reader
from medallion.warehouse.registry.request_budget import LEASE_SECONDS

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
    examples = [text for text in fenced(page) if not text.startswith("description:")]
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
        f"`requests_per_second` | how fast all runs together ask; {REQUESTS_PER_SECOND:g} by"
        in page
    )
    assert f"the same budgets ({TMDB_REQUESTS_PER_SECOND:g} a second by default)" in page
    assert LEASE_SECONDS == 1 / 5
    assert "older than a day" in page
    assert KEPT_SECONDS == 24 * 3600
    assert f"the last whole part (some {PART_BYTES // 1024**2} MiB)" in page
    assert f"A body of more than {WHOLE_BYTES // 1024**2} MiB" in page
    assert (Patience().attempts, Patience().waits_in_all) == (6, 300)
    assert Patience().longest_wait == LONGEST_MARGIN == 60
    assert LinkHeader(type="link_header").max_pages == 10_000


def test_the_words_of_the_interval_are_the_codes(page: str) -> None:
    day = datetime(2026, 1, 31, tzinfo=UTC)
    rows = [CODE.findall(" ".join(row)) for row in table(page, "The data interval")]
    assert [row[0] for row in rows] == [f":{word}" for word in WORDS]
    for word, value in rows:
        assert fill_interval(word, day, day + timedelta(days=1)) == value


def answered(path: str, params: dict[str, str], orders: list[dict[str, Any]]) -> Any:
    """The API of the page: two orders a page, by cursor; the items of each but the second."""
    if orders and path == "/v2/orders":
        start = int(params.get("after", "0"))
        following = str(start + 2) if start + 2 < len(orders) else None
        return {
            "data": {"orders": orders[start : start + 2]},
            "meta": {"next_cursor": following},
        }
    number = int(path.split("/")[3]) if path.endswith("/items") else 2
    if number == 2:
        return None
    return {"items": [{"line": at, "sku": f"S{at}", "qty": at} for at in range(1, number + 1)]}


@contextmanager
def shop(asked: list[tuple[str, dict[str, str]]], orders: list[dict[str, Any]]) -> Iterator[int]:
    """A server of it: 404 where there is nothing, 401 for strangers."""

    def answer(path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        url = urlsplit(path)
        params = dict(parse_qsl(url.query))
        asked.append((url.path, params))
        known = headers["authorization"] == f"Bearer {TOKEN}"
        found = answered(url.path, params, orders)
        status = (404 if found is None else 200) if known else 401
        return status, json.dumps(found).encode()

    with json_api.serving(answer) as port:
        yield port


def pipeline(page: str, number: int, name: str, root: Path, url: str) -> PlanRun:
    """One of the page's whole specs, in a project of its own."""
    (root / "specs" / "shop").mkdir(parents=True)
    whole = [text for text in fenced(page) if text.startswith("description:")]
    (root / "specs" / "shop" / f"{name}.yaml").write_text(whole[number], encoding="utf-8")
    assert load_all(root, sql_reader(root)).issues == ()
    return PlanRun(
        plan=plan_of(f"shop.{name}", root),
        run_id="scheduled__1",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=root,
        lake_root=root / "lake",
        warehouse_url=url,
        connections={},
    )


def run_against(port: int, run: PlanRun) -> None:
    details = ConnectionDetails(conn_id="shop_api", host="127.0.0.1", port=port, password=TOKEN)
    known = replace(run, connections={"shop_api": details})
    for task in run.plan.tasks:
        run_task(known, task.task_id)


DAY = {"updated_from": "2026-01-01T00:00:00Z", "updated_before": "2026-01-02T00:00:00Z"}


def test_the_pipeline_lands_cleans_and_publishes(
    page: str, tmp_path: Path, warehouse_db: str
) -> None:
    asked: list[tuple[str, dict[str, str]]] = []
    run = pipeline(page, 0, "orders", tmp_path, warehouse_db)
    for orders, run_id in ((ORDERS, "scheduled__1"), ([], "scheduled__2")):
        with shop(asked, orders) as port:
            run_against(port, replace(run, run_id=run_id))
    path = "/v2/orders"
    assert asked == [(path, DAY), (path, {**DAY, "after": "2"}), (path, DAY)]
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


def test_the_pipeline_asks_for_each_record_of_another_list(
    page: str, tmp_path: Path, warehouse_db: str
) -> None:
    """Of the three orders the second was deleted since: it has no items any more."""
    asked: list[tuple[str, dict[str, str]]] = []
    run = pipeline(page, 1, "items", tmp_path, warehouse_db)
    orders = [*ORDERS[:2], {**ORDERS[2], "customer": {"name": "Chloé"}}]
    with shop(asked, orders) as port:
        run_against(port, run)
    assert asked[:2] == [("/v2/orders", DAY), ("/v2/orders", {**DAY, "after": "2"})]
    # They are asked for side by side.
    assert sorted(asked[2:]) == [(f"/v2/orders/{number}/items", {}) for number in (1, 2, 3)]
    published = query(
        warehouse_db,
        "SELECT order_id, customer, line, sku, quantity FROM silver_shop.items ORDER BY 1, 3",
    )
    assert published == [
        (1, "Amélie", 1, "S1", 1),
        *((3, "Chloé", at, f"S{at}", at) for at in (1, 2, 3)),
    ]
    (manifest,) = (tmp_path / "lake").rglob("manifest.json")
    notes = json.loads(manifest.read_text())["notes"]
    assert (notes["parents"], notes["pages"], notes["answers_ignored"]) == (3, 2, 1)
