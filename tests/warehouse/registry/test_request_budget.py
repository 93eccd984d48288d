"""The budget of requests of a connection: shared, given in slots, and never lost with a run."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import signal
import threading
import time
from datetime import timedelta

import psycopg
import pytest

from medallion.errors import SourceUnavailable, WarehouseUnavailable
from medallion.sources.base.pace import Rate
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry import request_budget
from medallion.warehouse.registry.request_budget import LEASE_SECONDS, RequestBudget, RequestBudgets

LOG = logging.getLogger("medallion.test")


@pytest.fixture
def url(warehouse_db: str) -> str:
    with psycopg.connect(warehouse_db) as connection:
        registry.ensure(connection)
    return warehouse_db


def ask(url: str, rate: Rate, times: int, conn_id: str = "shop") -> list[float]:
    """When each of so many requests may be made."""
    moments = []
    with RequestBudgets(url, LOG) as budgets:
        budget = budgets(conn_id, rate)
        for _ in range(times):
            budget.wait()
            moments.append(time.monotonic())
    return moments


class OwnClock:
    """One that only sleep moves: where a busy machine stops for a moment, no slot lapses."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, [0.0]

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> OwnClock:
    """What budgets wait by; the server goes by its own."""
    made = OwnClock()
    monkeypatch.setattr(request_budget, "time", made)
    return made


def row(url: str) -> tuple[float, int]:
    """For how long all requests are spoken for, and how many of today's are."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT extract(epoch FROM next_at - now()), requests FROM medallion.request_budgets"
        ).fetchone()
    assert found is not None
    return float(found[0]), int(found[1])


@pytest.mark.parametrize("per_second", [10, 50, 400])
def test_one_run_alone_keeps_the_pace_and_loses_none_of_it(url: str, per_second: int) -> None:
    times = max(per_second // 2, 10)
    began = time.monotonic()
    moments = ask(url, Rate(per_second=per_second), times)
    assert moments[-1] - began >= (times - 2) / per_second
    assert row(url)[1] >= times  # more where slots lapse while the machine is busy


def test_runs_at_once_keep_it_together(url: str) -> None:
    moments: list[float] = []
    began = time.monotonic()
    runs = [
        threading.Thread(target=lambda: moments.extend(ask(url, Rate(per_second=50), 25)))
        for _ in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert max(moments) - began >= 98 / 50 - LEASE_SECONDS


def test_each_connection_has_its_own(url: str) -> None:
    ask(url, Rate(per_second=0.01), 1)
    ask(url, Rate(per_second=0.01), 1, conn_id="other")  # else this took 100 seconds
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT conn_id FROM medallion.request_budgets ORDER BY 1")
        assert [name for (name,) in found] == ["other", "shop"]


def test_a_slow_api_leases_no_more_than_it_uses_while_others_wait() -> None:
    """What it lets pass would be lacking to them; where nobody waits, it asks less often."""
    leased: list[int] = []
    wait = 0.001

    def lease(conn_id: str, rate: Rate, slots: int) -> float:
        leased.append(slots)
        return wait

    budget = RequestBudget(conn_id="shop", rate=Rate(per_second=100), lease=lease, log=LOG)
    for _ in range(64):
        budget.wait()
    assert max(leased) <= 100 * LEASE_SECONDS
    for _ in range(10):
        time.sleep(0.05)  # five slots
        budget.wait()
    assert leased[-3:] == [1, 1, 1]
    wait = 0.0
    for _ in range(10):
        time.sleep(0.05)
        budget.wait()
    assert leased[-1] == 100 * LEASE_SECONDS


@pytest.mark.usefixtures("clock")
def test_the_requests_of_a_day_are_counted_by_all_and_again_each_day(url: str) -> None:
    rate = Rate(per_second=10, per_day=7)
    ask(url, rate, 4)
    ask(url, rate, 3)
    with pytest.raises(SourceUnavailable, match="the 7 requests a day of the connection shop are"):
        ask(url, rate, 1)
    assert row(url)[1] == 7
    ask(url, Rate(per_second=1000), 1)  # another run, whose connection has been changed meanwhile
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE medallion.request_budgets SET counted_on = counted_on - 1")
    ask(url, rate, 7)
    with pytest.raises(SourceUnavailable) as refused:
        ask(url, rate, 1)
    assert "requests_per_day" in refused.value.remedy


def test_a_warehouse_that_is_away_is_reported() -> None:
    with pytest.raises(
        WarehouseUnavailable, match="PostgreSQL, connecting to the warehouse"
    ) as lost:
        ask("postgresql://u:s3cr3t@127.0.0.1:1/x", Rate(per_second=10), 1)
    assert "s3cr3t" not in str(lost.value)


def test_a_connection_that_is_lost_is_made_again(url: str, pg_url: str) -> None:
    with RequestBudgets(url, LOG) as budgets:
        budget = budgets("shop", Rate(per_second=1000))
        budget.wait()
        with psycopg.connect(pg_url, autocommit=True) as admin:
            ended = admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'medallion requests'"
            ).fetchall()
        assert ended == [(True,)]
        time.sleep(LEASE_SECONDS)
        budget.wait()
    assert row(url)[1] >= 2


def ask_and_be_killed(url: str) -> None:
    ask(url, Rate(per_second=20), 10)
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_that_is_killed_holds_nobody_up(url: str) -> None:
    child = multiprocessing.get_context("spawn").Process(target=ask_and_be_killed, args=(url,))
    child.start()
    child.join(240)
    assert child.exitcode == -signal.SIGKILL
    assert row(url)[0] <= LEASE_SECONDS + 1 / 20


def test_a_long_wait_is_reported(
    url: str, caplog: pytest.LogCaptureFixture, clock: OwnClock
) -> None:
    caplog.set_level(logging.INFO)
    ask(url, Rate(per_second=1000), 1)
    assert "the next request" not in caplog.text
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE medallion.request_budgets SET next_at = now() + %s", [timedelta(hours=1)]
        )
    ask(url, Rate(per_second=1000), 1)
    found = re.search(
        r"the next request of the connection shop is in (\d+) s: others use it", caplog.text
    )
    assert found is not None
    assert 3000 < int(found[1]) <= 3600
    assert abs(clock.slept[-1] - int(found[1])) <= 1, "and it is waited for as long"
