"""What is asked ahead is what Great Expectations asks, word by word; the rest it asks itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from tests.steps.gate.test_step import gate_of
from tests.steps.staged import READINGS, Run

from medallion.errors import CheckCrashed, QueryCancelled
from medallion.names import TableName
from medallion.steps.gate import ahead as gate_ahead
from medallion.steps.gate import staging as gate_staging
from medallion.steps.gate.ahead import Ahead
from medallion.steps.gate.expectations import Evaluation
from medallion.steps.gate.staging import StagedTable
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.relations import bytes_of, columns_of

COLUMNS = (
    'id bigint, number bigint, sensor text, exact numeric(20,4), taken date, "Odd ""na%me" text'
)
ROWS = [
    (1, 1, "north", "1.5", "2026-01-01", "x%s"),
    (2, 2, "o'brien", None, "2026-01-02", "é☃"),
    (3, 2, None, "-7", None, None),
    (4, None, "100%", "99999.9999", "0001-01-01", "two\nlines"),
]
ODD = 'Odd "na%me'
FORESEEN: tuple[dict[str, Any], ...] = (
    {"row_count": {"min_value": 1}},
    {"not_null": {"column": "id"}},
    {"not_null": {"column": "sensor"}},
    {"unique": {"column": "number"}},
    {"unique": {"column": "id"}},
    {"between": {"column": "exact", "min_value": 0, "max_value": 100.5, "strict_min": True}},
    {"between": {"column": "number", "max_value": 1}},
    {"between": {"column": "taken", "min_value": "2026-01-01"}},
    {"accepted_values": {"column": "sensor", "values": ["north", "o'brien", "100%", None]}},
    {"expect_column_values_to_not_be_in_set": {"column": "sensor", "value_set": ["north", "x"]}},
    {"matches": {"column": ODD, "regex": r"^[^\d%]*$"}},
    {"expect_column_values_to_not_match_regex": {"column": "sensor", "regex": "'|%"}},
    {"expect_column_values_to_be_between": {"column": "exact", "min_value": 0, "mostly": 0.5}},
)
OTHERS: tuple[dict[str, Any], ...] = (
    {"expect_column_mean_to_be_between": {"column": "number", "min_value": 0}},
    {"expect_column_value_lengths_to_be_between": {"column": "sensor", "max_value": 5}},
    {
        "expect_column_values_to_be_between": {
            "column": "number", "min_value": 2, "row_condition": 'col("id") > 1',
        }
    },
    {"expect_column_max_to_be_between": {"column": "exact", "max_value": 100_000}},
)  # fmt: skip


@pytest.fixture
def run(warehouse_db: str) -> Run:
    """A run whose rows are staged."""
    run = Run(url=warehouse_db, day=0)
    run.stage(ROWS, columns=COLUMNS)
    return run


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """What was sent to the server by SQLAlchemy, ahead or by Great Expectations."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


def table_of(run: Run, *, is_large: bool) -> StagedTable:
    """The staged table, of which nothing is asked ahead unless it is large."""
    name = READINGS.staging(run.context().run_key)
    with connect(run.url) as connection:
        return StagedTable(name=name, columns=columns_of(connection, name), is_large=is_large)


def judge(run: Run, *checks: dict[str, Any], is_large: bool = True) -> list[Evaluation]:
    """What was found of each check."""
    return gate_staging.evaluate(run.url, table_of(run, is_large=is_large), gate_of(*checks).checks)


def list_counts(sent: list[str]) -> list[str]:
    """The queries that count rows of the table; those that ask for no row are none."""
    counts = [text for text in sent if "count(*)" in text or "sum(" in text]
    return [text for text in counts if "LIMIT" not in text]


def test_one_scan_and_one_search_tell_all_that_is_foreseen(run: Run, sent: list[str]) -> None:
    found = judge(run, *FORESEEN)
    scans = [text for text in list_counts(sent) if "_num_rows" not in text]
    searches = [text for text in list_counts(sent) if "_num_rows" in text]
    assert len(scans) == 1
    # An index has proven `id`: Great Expectations asks it of no row.
    assert sum("false" not in text for text in searches) == 1
    assert [one.unexpected for one in found] == [
        None, 0, 1, 2, 0, 2, 2, 1, 0, 1, 1, 2, 1,
    ]  # fmt: skip
    assert {one.elements for one in found[1:]} == {4}


def test_the_verdicts_are_those_of_great_expectations_alone(run: Run) -> None:
    asked = (*FORESEEN, *OTHERS)
    for ours, alone in zip(judge(run, *asked), judge(run, *asked, is_large=False), strict=True):
        assert ours == alone


@pytest.mark.parametrize(
    "check",
    [
        {"between": {"column": "sensor", "min_value": 3}},
        {"matches": {"column": "number", "regex": "^1"}},
        {"not_null": {"column": "missing"}},
    ],
)
def test_what_cannot_be_asked_is_explained_as_ever(run: Run, check: dict[str, Any]) -> None:
    said = []
    for is_large in (True, False):
        with pytest.raises(CheckCrashed) as crash:
            judge(run, {"not_null": {"column": "id"}}, check, is_large=is_large)
        said.append(str(crash.value))
    assert said[0] == said[1]


def slow_view(run: Run) -> StagedTable:
    """A view that takes a minute to read, and whose first row is there at once."""
    with connect(run.url) as connection:
        connection.execute(
            "CREATE VIEW public.slow AS"
            " SELECT number AS id, pg_sleep(0.1)::text AS slept FROM generate_series(1, 600) number"
        )
    return replace(table_of(run, is_large=True), name=TableName("public", "slow"))


def end_running(url: str) -> None:
    """Cancel the query that reads the view, once it does."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(600):
            ended = connection.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE '%count(*)%slow%' AND wait_event = 'PgSleep'"
            ).fetchall()
            if ended:
                return
            time.sleep(0.1)


def test_a_query_that_is_ended_is_not_asked_again(run: Run, sent: list[str]) -> None:
    table, checks = slow_view(run), gate_of({"not_null": {"column": "id"}}).checks
    with ThreadPoolExecutor(1) as pool:
        pool.submit(end_running, run.url)
        with pytest.raises(QueryCancelled, match="not_null"):
            gate_staging.evaluate(run.url, table, checks)
    assert len(list_counts(sent)) == 1


class TimeIsOver(BaseException):
    """As Airflow raises one in the middle of anything."""


def test_a_gate_that_ends_early_leaves_no_query_behind(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = slow_view(run)

    def wait_and_break(_ahead: Ahead, _engine: Any) -> None:
        for _ in range(600):
            if count_running(run):
                raise TimeIsOver
            time.sleep(0.1)

    monkeypatch.setattr(gate_ahead.Ahead, "answer_from", wait_and_break)
    with pytest.raises(TimeIsOver):
        gate_staging.evaluate(run.url, table, gate_of({"not_null": {"column": "id"}}).checks)
    assert count_running(run) == 0


def count_running(run: Run) -> int:
    """The sessions that read the view."""
    with psycopg.connect(run.url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            " AND query LIKE '%count(*)%slow%' AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(row[0]) if row else 0


def test_a_relation_says_how_much_of_the_disk_it_takes(run: Run) -> None:
    name = READINGS.staging(run.context().run_key)
    with connect(run.url) as connection:
        assert bytes_of(connection, name) >= 8192
        assert bytes_of(connection, TableName("public", "nowhere")) == 0
