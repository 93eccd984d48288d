"""A project for executors: tills whose days are counted, and an API that waits as long as a test
wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

FIRST = date(2026, 1, 1)
RECEIPTS = 50
"""Of each day."""
TILL = "shop.till"
HELD = "shop.held"

_TILL = """\
description: What the tills take.
schedule: "@daily"
start_date: 2026-01-01
max_active_runs: 4
retries: 4
retry_delay: 1s
datasets:
  receipts:
    description: One row per receipt.
    source: {type: file, format: csv, path: "include/data/shop/:data_interval_start_date.csv"}
    silver:
      primary_key: [receipt]
      write_disposition: append
      columns:
        receipt: {type: bigint}
        sold_on: {type: date}
        amount:  {type: "decimal(18,2)"}
      checks:
        - row_count: {min_value: 1}
gold:
  takings:
    description: One row per day.
    sql: takings.sql
    primary_key: [day]
    materialization: incremental
    time_column: day
    incremental: {by: time}
"""
_HELD = """\
description: Orders of an API that takes its time.
schedule: null
start_date: 2026-01-01
max_active_runs: 4
retries: 4
retry_delay: 1s
datasets:
  orders:
    description: One row per order.
    source: {type: rest, conn_id: shop_api, path: orders, records: orders}
    silver:
      primary_key: [id]
      columns: {id: {type: bigint}, amount: {type: "decimal(18,2)"}}
gold:
  totals:
    description: One row.
    sql: totals.sql
"""
_SQL = {
    "takings": "select sold_on as day, count(*) as receipts, sum(amount) as amount\n"
    "from silver_shop.receipts\n"
    "where sold_on >= :data_interval_start and sold_on < :data_interval_end\ngroup by 1\n",
    "totals": "select count(*) as orders, sum(amount) as amount from silver_shop.orders\n",
}


def write_project(root: Path, days: int, shipped: Path) -> Path:
    """Specs, SQL and a file a day; the DAG files are the repository's own.

    Args:
        root: where to.
        days: how many days, from `FIRST`.
        shipped: the repository.
    """
    for name, text in {"till": _TILL, "held": _HELD}.items():
        _write(root / "specs" / "shop" / f"{name}.yaml", text)
    for name, text in _SQL.items():
        _write(root / "include" / "sql" / "shop" / f"{name}.sql", text)
    for number in range(days):
        day = FIRST + timedelta(days=number)
        lines = (f"{number * RECEIPTS + one},{day},{one}.50" for one in range(RECEIPTS))
        text = "receipt,sold_on,amount\n" + "".join(f"{line}\n" for line in lines)
        _write(root / "include" / "data" / "shop" / f"{day}.csv", text)
    for name in ("medallion_pipelines.py", "medallion_invalid_specs.py"):
        _write(root / "dags" / name, (shipped / "dags" / name).read_text())
    (root / "plugins").symlink_to(shipped / "plugins")
    return root


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class HeldApi:
    """Answers `/orders` when a test lets it, and counts who has asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked = 0
        self.open = threading.Event()
        self.open.set()

    @property
    def connection(self) -> str:
        """`AIRFLOW_CONN_SHOP_API`."""
        return json.dumps(
            {"conn_type": "http", "host": "127.0.0.1", "port": self.port, "schema": "http"}
        )


@contextmanager
def held_api() -> Iterator[HeldApi]:
    """Serve it while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        api: ClassVar[HeldApi]

        def do_GET(self) -> None:
            self.api.asked += 1
            self.api.open.wait(300)
            orders = [{"id": one, "amount": "2.50"} for one in range(10)]
            body = json.dumps({"orders": orders}).encode()
            with suppress(BrokenPipeError):  # who asked was killed meanwhile
                self._answer(body)

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.api = HeldApi(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Handler.api
    finally:
        Handler.api.open.set()
        server.shutdown()
        server.server_close()
        thread.join()
