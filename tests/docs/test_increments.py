"""docs/increments.md: its spec runs against a real API, and does what the page says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest
from tests.docs.pages import Project, fenced
from tests.steps import json_api
from tests.steps.staged import query

from medallion.errors import DataRejected, SourceRefused
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.rest.cursor_words import with_cursor

SINCE, BEFORE = "changed_since", "changed_before"
ORDERS = "SELECT order_id, status FROM silver_shop.orders ORDER BY 1"


class Shop:
    """The API of the page: orders with the time of their last change."""

    def __init__(self) -> None:
        self.orders: dict[int, dict[str, object]] = {}
        self.asked: list[dict[str, str]] = []

    def change(self, number: int, status: str | None, at: str) -> None:
        self.orders[number] = {"id": number, "status": status, "changed_at": at}

    def answer(self, params: dict[str, str]) -> bytes:
        self.asked.append(params)
        until = params.get(BEFORE, "9999")
        found = [
            order
            for order in self.orders.values()
            if params[SINCE] <= str(order["changed_at"]) < until
        ]
        return json.dumps({"orders": found}).encode()


@contextmanager
def serving(shop: Shop) -> Iterator[ConnectionDetails]:
    def answer(path: str, headers: object) -> tuple[int, bytes]:
        return 200, shop.answer(dict(parse_qsl(urlsplit(path).query)))

    with json_api.serving(answer) as port:
        yield ConnectionDetails(
            conn_id="shop_api",
            host="127.0.0.1",
            port=port,
            extra={"requests_per_second": 5000},
        )


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.change(1, "new", "2026-01-01T08:00:00Z")
    shop.change(2, "new", "2026-01-01T09:00:00Z")
    return shop


@pytest.fixture
def project(shop: Shop, project_root: Path, tmp_path: Path, warehouse_db: str) -> Iterator[Project]:
    spec, _ = fenced(project_root / "docs" / "increments.md")
    with serving(shop) as connection:
        project = Project(root=tmp_path, url=warehouse_db, connections={"shop_api": connection})
        project.write("specs/shop/orders.yaml", spec)
        assert project.problems() == []
        yield project


def test_a_run_reads_on_from_the_last_publication(project: Project, shop: Shop) -> None:
    project.run("shop.orders", 0)
    shop.change(2, "paid", "2026-01-02T07:00:00Z")
    project.run("shop.orders", 1)
    results = project.run("shop.orders", 2)  # nothing is new but the lookback's
    assert [asked[SINCE] for asked in shop.asked] == [
        "2026-01-01T00:00:00Z",
        "2026-01-01T08:50:00Z",
        "2026-01-02T06:50:00Z",
    ]
    assert not any(BEFORE in asked for asked in shop.asked)
    assert results["orders.publish"].rows_in == 1
    assert query(project.url, ORDERS) == [(1, "new"), (2, "paid")]


def test_an_increment_may_be_empty(project: Project, shop: Shop) -> None:
    project.run("shop.orders", 0)
    shop.orders.clear()
    project.run("shop.orders", 1)
    assert query(project.url, ORDERS) == [(1, "new"), (2, "new")]
    shop.change(3, "new", "2026-01-02T07:00:00Z")
    project.run("shop.orders", 2)
    assert [asked[SINCE] for asked in shop.asked][1:] == ["2026-01-01T08:50:00Z"] * 2


def test_a_run_that_publishes_nothing_moves_nothing(project: Project, shop: Shop) -> None:
    project.run("shop.orders", 0)
    shop.change(3, None, "2026-01-02T07:00:00Z")
    project.write(
        "specs/shop/orders.yaml",
        (project.root / "specs/shop/orders.yaml").read_text()
        + "      checks:\n        - row_count: {min_value: 100}\n",
    )
    with pytest.raises(DataRejected, match="row_count"):
        project.run("shop.orders", 1)
    with pytest.raises(DataRejected, match="row_count"):
        project.run("shop.orders", 2)
    assert shop.asked[1] == shop.asked[2]


def test_what_is_in_quarantine_is_not_read_again(project: Project, shop: Shop) -> None:
    shop.change(3, None, "2026-01-02T07:00:00Z")
    project.run("shop.orders", 0)
    project.run("shop.orders", 1)
    assert shop.asked[1] == {SINCE: "2026-01-02T06:50:00Z"}


def test_a_run_done_again_reads_what_it_read(project: Project, shop: Shop) -> None:
    project.run("shop.orders", 0)
    shop.change(2, "paid", "2026-01-02T07:00:00Z")
    project.run("shop.orders", 1)
    shop.change(3, "new", "2026-01-03T07:00:00Z")
    project.run("shop.orders", 2)
    for day in (1, 2):
        project.run("shop.orders", day)
    assert shop.asked[3:] == [
        {SINCE: "2026-01-01T08:50:00Z", BEFORE: "2026-01-02T07:00:00Z"},
        {SINCE: "2026-01-02T06:50:00Z"},
    ]
    assert query(project.url, ORDERS) == [(1, "new"), (2, "paid"), (3, "new")]
    project.run("shop.orders", 3)
    assert shop.asked[-1] == {SINCE: "2026-01-03T06:50:00Z"}


def test_a_backfill_reads_its_interval_and_moves_nothing(project: Project, shop: Shop) -> None:
    project.run("shop.orders", 5)
    project.run("shop.orders", 0, run_id="backfill__1", backfill=True)
    assert shop.asked[1] == {SINCE: "2026-01-01T00:00:00Z", BEFORE: "2026-01-02T00:00:00Z"}
    project.run("shop.orders", 6)
    assert shop.asked[2] == {SINCE: "2026-01-01T08:50:00Z"}


def test_a_full_refresh_reads_all(project: Project, shop: Shop) -> None:
    project.run("shop.orders", 0)
    project.run("shop.orders", 1, run_id="manual__1", full_refresh=True)
    project.run("shop.orders", 2)
    assert [asked[SINCE] for asked in shop.asked] == [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T08:50:00Z",
    ]


def test_the_query_tells_who_has_moved_it(project: Project, shop: Shop, project_root: Path) -> None:
    project.run("shop.orders", 0)
    (asked,) = fenced(project_root / "docs" / "increments.md", "sql")
    with psycopg.connect(project.url) as connection:
        ((dataset, field, value, run_id, _),) = connection.execute(asked).fetchall()
    assert (dataset, field, value) == ("orders", "changed_at", "2026-01-01T09:00:00Z")
    assert run_id == "scheduled__2026-01-01"


def test_the_pages_examples_of_words_are_what_the_code_gives(project_root: Path) -> None:
    page = (project_root / "docs" / "increments.md").read_text()
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    cursor = CursorRange(field="x", kind="timestamp", start=moment, end=moment)
    for word, value in (
        (":cursor", "2026-01-01T00:00:00Z"),
        (":cursor_date", "2026-01-01"),
        (":cursor_epoch", "1767225600"),
    ):
        assert with_cursor(word, cursor) == value
        assert with_cursor(word.replace("cursor", "cursor_end"), cursor) == value
        assert f"`{value}`" in page


def events_of(file: Path, *numbers: int) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS events (id INTEGER, what TEXT)")
        connection.executemany("INSERT INTO events VALUES (?, 'sold')", [(n,) for n in numbers])
        connection.commit()


def test_events_of_a_database_are_appended_once(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    _, spec = fenced(project_root / "docs" / "increments.md")
    file = tmp_path / "shop.db"
    details = ConnectionDetails(conn_id="shop_db", conn_type="sqlite", host=str(file))
    root = tmp_path / "project"  # the file is none of the platform's own
    project = Project(root=root, url=warehouse_db, connections={"shop_db": details})
    project.write("specs/shop/events.yaml", spec)
    assert project.problems() == []
    events_of(file, 1, 2)
    project.run("shop.events", 0)
    events_of(file, 3, 4)
    project.run("shop.events", 1)
    events_of(file, 5)
    project.run("shop.events", 2)
    for day in (0, 1, 2, 3):
        project.run("shop.events", day)
    found = query(warehouse_db, "SELECT event_id FROM silver_shop.events ORDER BY 1")
    assert found == [(1,), (2,), (3,), (4,), (5,)]
    events_of(file, 6)  # triggered by hand: of the same interval as the last run
    project.run("shop.events", 3, run_id="manual__1")
    events_of(file, 7)
    project.run("shop.events", 3, run_id="manual__2")
    found = query(warehouse_db, "SELECT event_id FROM silver_shop.events ORDER BY 1")
    assert found == [(number,) for number in range(1, 8)]
    with pytest.raises(SourceRefused, match="a backfill would bring rows that are there a second"):
        project.run("shop.events", 1, backfill=True)
