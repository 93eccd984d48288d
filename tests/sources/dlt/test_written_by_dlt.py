"""Tables that dlt itself has written: its loads, one killed half way, its children and its states.

dlt is in an environment of its own, which `make test` makes; where it is not, these are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.docs.pages import Project
from tests.steps.staged import query

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.roots import PROJECT_ROOT
from medallion.sources.base.source import ConnectionDetails

DLT = Path(os.environ.get("MEDALLION_DLT_VENV", PROJECT_ROOT / ".medallion/dlt/venv"))
PYTHON = DLT / "bin" / "python"
pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="`make test` installs dlt")
LOAD = Path(__file__).with_name("load.py")
SPEC = """
description: What dlt has loaded.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  orders:
    source: {type: dlt, conn_id: loads, table: web.orders}
    silver:
      primary_key: [id]
      columns: {id: {type: bigint}, status: {type: text}}
  orders_by_cursor:
    source: {type: dlt, conn_id: loads, table: web.orders, cursor: {}}
    silver:
      primary_key: [id]
      write_disposition: merge
      columns: {id: {type: bigint}, status: {type: text}}
  taxes:
    source: {type: dlt, conn_id: loads, table: web.orders__items__taxes,
             parents: [orders__items, orders]}
    silver:
      guard: {max_shrink_percent: null}
      columns: {rate: {type: double}, load_id: {from: _dlt_root_load_id, type: text}}
"""
EVENTS = """
description: Events that dlt has appended, and states that it keeps.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  events:
    source: {type: dlt, conn_id: loads, table: web.events, cursor: {lookback: 1h}}
    silver:
      write_disposition: append
      columns: {id: {type: bigint}}
  states:
    source: {type: dlt, conn_id: loads, table: web.prices, history: all}
    silver:
      primary_key: [id, since]
      columns:
        id: {type: bigint}
        price: {type: bigint}
        since: {from: _dlt_valid_from, type: timestamptz}
        until: {from: _dlt_valid_to, type: timestamptz, nullable: true}
  present:
    source: {type: dlt, conn_id: loads, table: web.prices, history: current}
    silver:
      primary_key: [id]
      write_disposition: scd2
      columns: {id: {type: bigint}, price: {type: bigint}}
"""


@pytest.fixture
def project(tmp_path: Path, warehouse_db: str, second_warehouse_db: str) -> Project:
    found = {key: str(value) for key, value in conninfo_to_dict(second_warehouse_db).items()}
    details = ConnectionDetails(
        conn_id="loads",
        conn_type="postgres",
        host=found["host"],
        port=int(found["port"]),
        schema=found["dbname"],
        login=found["user"],
        password=found["password"],
    )
    made = Project(root=tmp_path, url=warehouse_db, connections={"loads": details})
    made.write("specs/shop/orders.yaml", SPEC)
    made.write("specs/shop/events.yaml", EVENTS)
    assert made.problems() == []
    return made


@pytest.fixture(scope="module")
def loader() -> Iterator[subprocess.Popen[str]]:
    """dlt, imported once."""
    with subprocess.Popen(
        [str(PYTHON), str(LOAD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process  # it ends when its input is closed, for which the block waits


Load = Callable[..., int]


@pytest.fixture
def load(loader: subprocess.Popen[str], tmp_path: Path, second_warehouse_db: str) -> Load:
    """Load rows with dlt; what its process ended with."""
    found = conninfo_to_dict(second_warehouse_db)
    url = (
        f"postgresql://{found['user']}:{found['password']}@{found['host']}:{found['port']}"
        f"/{found['dbname']}"
    )

    def run(rows: list[dict[str, Any]], *, killed: bool = False, **how: Any) -> int:
        said = {"url": url, "folder": str(tmp_path / "dlt"), "name": how["table_name"]}
        assert loader.stdin is not None
        assert loader.stdout is not None
        loader.stdin.write(json.dumps({**said, "rows": rows, "killed": killed, **how}) + "\n")
        loader.stdin.flush()
        code = int(loader.stdout.readline())
        assert killed or not code
        return code

    return run


def order(number: int, status: str, *rates: float) -> dict[str, Any]:
    return {"id": number, "status": status, "items": [{"taxes": [{"rate": one} for one in rates]}]}


MERGE = {"table_name": "orders", "write_disposition": "merge", "primary_key": "id"}


def test_rows_of_a_killed_load_are_read_once_dlt_has_completed_it(
    project: Project, load: Load, second_warehouse_db: str
) -> None:
    load([order(1, "new", 0.1), order(2, "new")], **MERGE)
    project.run("shop.orders")
    orders = "SELECT id, status FROM silver_shop.{} ORDER BY 1"
    both = [orders.format(name) for name in ("orders", "orders_by_cursor")]
    assert [query(project.url, one) for one in both] == [[(1, "new"), (2, "new")]] * 2
    taxes = "SELECT rate FROM silver_shop.taxes"
    assert query(project.url, taxes) == [(0.1,)]

    code = load([order(1, "paid", 0.2)], killed=True, **MERGE)
    assert code == -9
    ((status,),) = query(second_warehouse_db, "SELECT status FROM web.orders WHERE id = 1")
    assert status == "paid", "dlt has replaced the row, and not said that the load is complete"
    for dataset in ("orders", "taxes"):
        with pytest.raises(SourceUnavailable, match="of a load that dlt has not completed"):
            project.run("shop.orders", day=1, group=dataset)
    project.run("shop.orders", day=1, group="orders_by_cursor")
    assert [query(project.url, one) for one in both] == [[(1, "new"), (2, "new")]] * 2

    # dlt finishes the load that was killed, and leaves out what it is given with that call.
    load([order(9, "lost")], **MERGE)
    load([order(3, "new")], **MERGE)
    project.run("shop.orders", day=2)
    wanted = [(1, "paid"), (2, "new"), (3, "new")]
    assert [query(project.url, one) for one in both] == [wanted] * 2
    assert query(project.url, taxes) == [(0.2,)]


def let_pass(url: str) -> None:
    """Let the loads be some hours older than they are."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE web._dlt_loads SET inserted_at = inserted_at - interval '5h'")


def test_a_load_that_becomes_visible_behind_a_later_one_is_not_missed(
    project: Project, load: Load, second_warehouse_db: str
) -> None:
    """What is appended is read once: a run waits until no load can come in front of it any more."""
    events = {"table_name": "events", "write_disposition": "append"}
    load([{"id": 1}], **events)
    let_pass(second_warehouse_db)
    load([{"id": 2}], **events)
    numbers = "SELECT id FROM silver_shop.events ORDER BY 1"
    project.run("shop.events", group="events")
    assert query(project.url, numbers) == [(1,)], "the second load is not an hour old"
    with psycopg.connect(second_warehouse_db) as connection:
        connection.execute(
            "INSERT INTO web.events (id, _dlt_load_id, _dlt_id) VALUES (3, '7.7', 'late')"
        )
        connection.execute(
            "INSERT INTO web._dlt_loads (load_id, schema_name, status, inserted_at)"
            " SELECT '7.7', 'web', 0, max(inserted_at) - interval '10 ms' FROM web._dlt_loads"
        )
    let_pass(second_warehouse_db)
    project.run("shop.events", day=1, group="events")
    assert query(project.url, numbers) == [(1,), (2,), (3,)]


def test_a_run_that_is_done_again_under_a_longer_lookback_keeps_what_it_has_appended(
    project: Project, load: Load
) -> None:
    """Else its rows would go, and no run would read them again: the cursor is behind them."""
    events = {"table_name": "events", "write_disposition": "append"}
    numbers = "SELECT id FROM silver_shop.events ORDER BY 1"
    project.write("specs/shop/events.yaml", EVENTS.replace("1h", "0s"))
    load([{"id": 1}], **events)
    project.run("shop.events", group="events")
    assert query(project.url, numbers) == [(1,)], "without a lookback it is read at once"
    for lookback in ("3m", "999999d"):
        project.write("specs/shop/events.yaml", EVENTS.replace("1h", lookback))
        project.run("shop.events", group="events")
        assert query(project.url, numbers) == [(1,)]
        project.run("shop.events", day=1, group="events")
        assert query(project.url, numbers) == [(1,)]
    load([{"id": 2}], **events)
    project.write("specs/shop/events.yaml", EVENTS.replace("1h", "0s"))
    project.run("shop.events", day=2, group="events")
    assert query(project.url, numbers) == [(1,), (2,)]


def test_events_are_appended_once_and_states_are_those_of_dlt(
    project: Project, load: Load, second_warehouse_db: str
) -> None:
    scd2 = {
        "table_name": "prices",
        "write_disposition": {"disposition": "merge", "strategy": "scd2"},
    }
    events = {"table_name": "events", "write_disposition": "append"}
    for day, (rows, prices) in enumerate(
        [
            (
                [{"id": 1}],
                [
                    {"id": 1, "price": 10},
                    {"id": 2, "price": 20},
                    {"id": 3, "price": 3},
                    {"id": 4, "price": 4},
                ],
            ),
            (
                [{"id": 2}, {"id": 3}],
                [{"id": 1, "price": 11}, {"id": 2, "price": 20}, {"id": 4, "price": 4}],
            ),
        ]
    ):
        load(rows, **events)
        load(prices, **scd2)
        let_pass(second_warehouse_db)
        project.run("shop.events", day=day)
        project.run("shop.events", day=day, group="events")  # again: what it brought comes once
    load([{"id": 4}], killed=True, **events)
    let_pass(second_warehouse_db)
    project.run("shop.events", day=2, group="events")
    numbers = "SELECT id FROM silver_shop.events ORDER BY 1"
    assert query(project.url, numbers) == [(1,), (2,), (3,)]
    states = "SELECT id, price, until IS NULL FROM silver_shop.states ORDER BY id, since"
    assert query(project.url, states) == [
        (1, 10, False), (1, 11, True), (2, 20, True), (3, 3, False), (4, 4, True)
    ]  # fmt: skip
    present = "SELECT id, price FROM silver_shop.present WHERE _valid_to IS NULL ORDER BY 1"
    assert query(project.url, present) == [(1, 11), (2, 20), (4, 4)]


def test_a_table_of_states_or_of_no_load_is_refused_with_what_to_write(
    project: Project, load: Load, second_warehouse_db: str
) -> None:
    scd2 = {"disposition": "merge", "strategy": "scd2"}
    load([{"id": 1, "price": 1}], table_name="prices",
         write_disposition=scd2)  # fmt: skip
    spec = "specs/shop/orders.yaml"
    plain = SPEC.replace("table: web.orders}", "table: web.prices}").partition("  taxes:")[0]
    project.write(spec, plain)
    with pytest.raises(SourceRefused, match="keeps every state of a row") as refused:
        project.run("shop.orders", group="orders")
    assert "history: current" in str(refused.value.remedy)
    project.write(spec, plain.replace("web.prices}", "web._dlt_version}"))
    with pytest.raises(SourceRefused, match="has no column _dlt_load_id"):
        project.run("shop.orders", group="orders")
    with psycopg.connect(second_warehouse_db) as connection:
        connection.execute("CREATE SCHEMA bare; CREATE TABLE bare.t (id int, _dlt_load_id text)")
    project.write(spec, plain.replace("web.prices}", "bare.t}"))
    with pytest.raises(SourceRefused, match="_dlt_loads"):
        project.run("shop.orders", group="orders")
