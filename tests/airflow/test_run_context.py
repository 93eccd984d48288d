"""Which data a run covers."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.api.datamodels._generated import DagRunType

from medallion.airflow import run_context
from medallion.airflow.run_context import data_interval, step_context
from medallion.schedules.schedule import Schedule

DAILY = Schedule(crons=("@daily",))


def run(**fields: datetime | None) -> SimpleNamespace:
    names = ("data_interval_start", "data_interval_end", "run_after", "start_date")
    return SimpleNamespace(**(dict.fromkeys(names) | fields))


def test_a_scheduled_run_covers_airflows_interval() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert data_interval(run(data_interval_start=start, data_interval_end=end), DAILY) == (
        start,
        end,
    )


def test_a_manual_run_covers_the_last_whole_interval_of_the_schedule() -> None:
    moment = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
    assert data_interval(run(run_after=moment), DAILY) == (
        datetime(2026, 3, 4, tzinfo=UTC),
        datetime(2026, 3, 5, tzinfo=UTC),
    )


def test_a_manual_run_without_a_schedule_covers_its_moment() -> None:
    moment = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
    assert data_interval(run(run_after=moment), None) == (moment, moment)


def test_a_backfill_and_a_full_refresh_are_reported_from_other_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_context, "warehouse_url", lambda conn_id: "postgresql://")
    moment = datetime(2026, 3, 5, tzinfo=UTC)
    instance = SimpleNamespace(dag_id="a.b", run_id="r", task_id="t", try_number=1)
    reported = {}
    for kind in DagRunType:
        dag_run = run(data_interval_start=moment, data_interval_end=moment)
        dag_run.run_type = kind
        params = {"full_refresh": kind is DagRunType.MANUAL}
        context = {"ti": instance, "dag_run": dag_run, "params": params}
        made = step_context(context, "digest", DAILY)
        reported[kind] = (made.backfill, made.full_refresh)
    assert [kind for kind, said in reported.items() if said[0]] == [DagRunType.BACKFILL]
    assert [kind for kind, said in reported.items() if said[1]] == [DagRunType.MANUAL]


@pytest.mark.parametrize(
    ("kind", "hours", "says"),
    [
        (DagRunType.MANUAL, 50, True),
        (DagRunType.MANUAL, 0, False),
        (DagRunType.SCHEDULED, 50, False),
    ],
)
def test_a_run_that_waited_in_a_paused_dag_says_so(
    kind: DagRunType,
    hours: int,
    says: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(run_context, "warehouse_url", lambda conn_id: "postgresql://")
    moment = datetime(2026, 3, 5, 14, tzinfo=UTC)
    waited = run(run_after=moment, start_date=moment + timedelta(hours=hours))
    waited.run_type = kind
    instance = SimpleNamespace(dag_id="a.b", run_id="r", task_id="t", try_number=1)
    with caplog.at_level(logging.INFO, logger="medallion"):
        step_context({"ti": instance, "dag_run": waited}, "digest", DAILY)
    said = "the run was triggered 2 days, 2:00:00 before it began: its DAG was paused"
    assert (said in caplog.text) is says
    # Its second half stands on a line of its own: no line of a log is longer than 100 characters.
    covered = "covers 2026-03-04T00:00:00+00:00 to 2026-03-05T00:00:00+00:00"
    assert (covered in caplog.text) is says
