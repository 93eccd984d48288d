"""A SELECT that begins while one of its inputs is being published."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from tests.steps.staged import FIRST_DAY, REPLACE, Run, query
from tests.steps.test_incremental import Gold, Readings

from medallion.operations.intervals import judge_intervals
from medallion.plan.intervals import IntervalState, Span
from medallion.steps.publish import publishing
from medallion.steps.run import run_step
from medallion.warehouse.session.transaction import session

COLUMNS = "id bigint, sensor text, at timestamptz, n integer"
DAY = Span(start=FIRST_DAY, end=FIRST_DAY + timedelta(days=1))
A_WHILE = 0.5


def test_what_an_input_publishes_meanwhile_is_seen_or_the_interval_is_restated(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The publication has its time already, and is committed after the SELECT has begun."""
    readings, gold = Readings(warehouse_db), Gold(url=warehouse_db)
    readings.arrive(0, 1)
    gold.run(0)
    again = Run(url=warehouse_db, day=0, run_id="again")
    again.stage([(1, "s", FIRST_DAY, 1), (2, "s", FIRST_DAY, 6)], columns=COLUMNS)
    has_its_time, goes_on, keep = Event(), Event(), publishing.quarantine.keep

    def keep_later(*given: Any) -> Any:
        has_its_time.set()
        assert goes_on.wait(60)
        return keep(*given)

    monkeypatch.setattr(publishing.quarantine, "keep", keep_later)
    with ThreadPoolExecutor(2) as at_once:
        published = at_once.submit(run_step, REPLACE, again.context())
        assert has_its_time.wait(60)
        built = at_once.submit(gold.run, 0, only="build")
        try:
            built.exception(A_WHILE)
        except TimeoutError:
            pass
        finally:
            goes_on.set()
        published.result(60)
        built.result(60)
    gold.run(0, only="publish")
    with session(warehouse_db, "reading the intervals") as connection:
        (found,) = judge_intervals(connection, gold.table, gold.increment, (DAY,))
    assert (gold.rows() == gold.full(1)) == (found.state is IntervalState.THERE)
    assert query(warehouse_db, "SELECT sum(n) FROM silver_lab.readings") == [(7,)]
