"""Which failure Airflow retries, and what a task leaves in Airflow."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from signal import SIGTERM, signal
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout

from medallion.airflow.notes import NOTE
from medallion.airflow.operators import BuildOperator, GateOperator, LandOperator, TaskEnded
from medallion.errors import (
    CheckCrashed,
    DataRejected,
    LakeError,
    MedallionError,
    QueryCancelled,
    SetupError,
    SourceRefused,
    SourceUnavailable,
    WarehouseRefused,
    WarehouseUnavailable,
)
from medallion.names import Layer, PublishedTable
from medallion.plan.model import BuildStep, GateStep
from medallion.schedules.schedule import Schedule

TABLE = PublishedTable(layer=Layer.GOLD, domain="lab", name="totals")

DAILY = Schedule(crons=("@daily",))


def gate() -> GateOperator:
    step = GateStep(layer=Layer.GOLD, table=TABLE, checks=())
    return GateOperator.of(step, task_id="gate", dag=DAG("lab.x"), spec_digest="d", schedule=None)


def failing(error: BaseException) -> Callable[..., Any]:
    def raise_it(*_: object) -> None:
        raise error

    return raise_it


@pytest.mark.parametrize("kind", [SourceUnavailable, WarehouseUnavailable])
def test_what_may_pass_is_retried(
    kind: type[MedallionError], monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = gate()
    monkeypatch.setattr(operator, "step_context", failing(kind("it is away", remedy="wait")))
    with pytest.raises(AirflowException, match=r"it is away\n  → wait") as caught:
        operator.execute({})
    assert not isinstance(caught.value, AirflowFailException)


@pytest.mark.parametrize(
    "kind",
    [
        DataRejected,
        CheckCrashed,
        SourceRefused,
        WarehouseRefused,
        QueryCancelled,
        LakeError,
        SetupError,
    ],
)
def test_what_would_fail_again_is_not_retried(
    kind: type[MedallionError], monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = gate()
    monkeypatch.setattr(operator, "step_context", failing(kind("no", remedy="fix it")))
    with pytest.raises(AirflowFailException, match=f"{kind.__name__}: no"):
        operator.execute({})


def test_a_task_out_of_time_names_itself_and_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = gate()
    operator.execution_timeout = timedelta(minutes=5)
    monkeypatch.setattr(operator, "step_context", failing(AirflowTaskTimeout("Timeout, PID: 7")))
    said = r"gate of gold_lab\.totals was not done within 0:05:00\n.*`execution_timeout`"
    with pytest.raises(AirflowException, match=said) as caught:
        operator.execute({})
    assert not isinstance(caught.value, AirflowFailException)


def test_a_step_knows_how_long_its_task_may_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.steps.staged import Run

    context = Run(url="", day=0).context()
    monkeypatch.setattr("medallion.airflow.run_context.step_context", lambda *_: context)
    operator = gate()
    operator.execution_timeout = timedelta(minutes=5)
    assert operator.step_context({}).time_limit == timedelta(minutes=5)


def test_a_task_of_a_refused_spec_says_in_its_log_which_version_runs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.steps.staged import Run

    context = Run(url="", day=0).context()
    monkeypatch.setattr("medallion.airflow.run_context.step_context", lambda *_: context)
    monkeypatch.setattr("medallion.steps.run.run_step", failing(DataRejected("no")))
    for since, said in (("", False), ("2026-01-01T00:00:00+00:00", True)):
        operator = gate()
        operator.accepted_since = since
        with pytest.raises(AirflowFailException), caplog.at_level("WARNING"):
            operator.execute({})
        assert ("this run uses the version accepted at 2026-01-01" in caplog.text) is said


def test_a_task_says_that_its_host_has_other_files_of_the_spec(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.steps.staged import Run

    context = Run(url="", day=0).context()
    monkeypatch.setattr("medallion.airflow.run_context.step_context", lambda *_: context)
    monkeypatch.setattr("medallion.steps.run.run_step", failing(DataRejected("no")))
    compared: list[str] = []

    def compare(root: Path, dag_id: str) -> str:
        compared.append(dag_id)
        return "another copy"

    monkeypatch.setattr("medallion.operations.same_spec.describe_other_files", compare)
    for executor, said in (("LocalExecutor", False), ("CeleryExecutor", True)):
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
        operator = gate()
        with pytest.raises(AirflowFailException), caplog.at_level("WARNING"):
            operator.execute({})
        assert ("another copy" in caplog.text) is said, executor
    assert compared == [context.run.dag_id]


@pytest.mark.parametrize(
    ("path", "waits"),
    [("include/data/lab/a.csv", True), ("file:///mnt/none/*.csv", False)],
)
def test_what_lands_is_held_to_the_project_and_names_a_host_without_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, *, waits: bool
) -> None:
    """With a source that looks for real files; the steps around it want a warehouse."""
    from tests.steps.staged import Run

    from medallion.sources.base.locations import Location
    from medallion.sources.base.reach import FileReach
    from medallion.sources.file.local import find_mounted_files, project_files
    from medallion.sources.kinds import read_source

    context = Run(url="", day=0).context()
    reach = FileReach(domain="lab", allowed=(str(tmp_path), "/mnt/none"))
    source = read_source({"type": "file", "path": path})

    def land(*_: object) -> None:
        location = Location.parse(path)
        if location is None:
            project_files(tmp_path, path, reach)
        else:
            find_mounted_files(location, reach)

    held: list[str] = []
    monkeypatch.setattr("medallion.airflow.run_context.step_context", lambda *_: context)
    monkeypatch.setattr("medallion.steps.run.run_step", land)
    for name in ("hold_to_accepted", "describe_other_files"):
        monkeypatch.setattr(
            f"medallion.operations.same_spec.{name}", lambda *_, name=name: held.append(name) or ""
        )
    monkeypatch.setattr("medallion.airflow.operators.LandOperator.works_with_lake", lambda _: False)
    for executor, host in (("LocalExecutor", ""), ("CeleryExecutor", socket.gethostname())):
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
        operator = LandOperator.of(
            SimpleNamespace(table=TABLE, source=source),
            task_id="land",
            dag=DAG(f"lab.{executor.lower()}"),
            spec_digest="d",
            schedule=DAILY,
        )
        with pytest.raises(AirflowFailException) as refused:
            operator.execute({})
        said = f"on the host {host}" in str(refused.value)
        assert said is bool(host), refused.value
        assert ("Mount one volume on all of them" in str(refused.value)) is bool(host)
    assert held == (["hold_to_accepted"] if waits else ["describe_other_files"])


def test_a_bug_of_ours_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    operator = gate()
    monkeypatch.setattr(operator, "step_context", failing(ZeroDivisionError("bug")))
    with pytest.raises(ZeroDivisionError):
        operator.execute({})
    assert (
        "✗ gate failed: ZeroDivisionError, an error that Medallion does not expect" in caplog.text
    )


def test_sql_is_shown_as_it_is_run_and_jinja_is_not_run_over_it() -> None:
    from datetime import UTC, datetime

    step = BuildStep(
        table=TABLE,
        sql="select 1 as x from silver_lab.a where t < :data_interval_end",
        sql_path="include/sql/lab/totals.sql",
        upstream=(),
    )
    operator = BuildOperator.of(
        step, task_id="build", dag=DAG("lab.y"), spec_digest="d", schedule=DAILY
    )
    run = SimpleNamespace(
        data_interval_start=datetime(2026, 1, 1, tzinfo=UTC),
        data_interval_end=datetime(2026, 1, 2, tzinfo=UTC),
    )
    operator.render_template_fields({"dag_run": run, "ti": SimpleNamespace(run_id="r")})
    assert "CAST('2026-01-02T00:00:00+00:00' AS timestamptz)" in operator.sql
    assert operator.template_fields == ("sql",)


def test_sql_is_shown_with_the_window_of_an_incremental_table() -> None:
    from datetime import UTC, date, datetime

    from medallion.publish.incremental import IncrementalSpec

    step = BuildStep(
        table=TABLE,
        sql="select t from silver_lab.a where t >= :data_interval_start",
        sql_path="include/sql/lab/totals.sql",
        upstream=(),
        increment=IncrementalSpec(lookback="999999d").increment("t", date(2026, 1, 1)),
    )
    operator = BuildOperator.of(
        step, task_id="build", dag=DAG("lab.z"), spec_digest="d", schedule=DAILY
    )
    run = SimpleNamespace(
        data_interval_start=datetime(2026, 3, 1, tzinfo=UTC),
        data_interval_end=datetime(2026, 3, 2, tzinfo=UTC),
    )
    operator.render_template_fields({"dag_run": run, "ti": SimpleNamespace(run_id="r")})
    assert "CAST('2026-01-01T00:00:00+00:00' AS timestamptz)" in operator.sql


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (1, "this was try 1 of 3: Airflow tries the task again by itself"),
        (3, "this was the last try, 3 of 3: clear the task when the cause is gone"),
    ],
)
def test_a_failure_says_truly_what_comes_next(
    done: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = gate()
    instance = SimpleNamespace(try_number=done, max_tries=2)
    for error in (WarehouseUnavailable("it is away"), DataRejected("no")):
        monkeypatch.setattr(operator, "step_context", failing(error))
        with pytest.raises(AirflowException) as caught:
            operator.execute({"ti": instance})
        assert (said in str(caught.value)) is error.retryable


def test_the_registry_says_of_a_task_out_of_time_what_its_log_says(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.steps.staged import Run, query

    step = BuildStep(table=TABLE, sql="select 1 as a", sql_path="totals.sql", upstream=())
    operator = BuildOperator.of(
        step, task_id="build", dag=DAG("lab.x"), spec_digest="d", schedule=None
    )
    operator.execution_timeout = timedelta(minutes=5)
    log = logging.Logger("late")
    log.addFilter(
        lambda line: " built by " not in line.msg or failing(AirflowTaskTimeout("PID: 7"))()
    )
    context = replace(Run(url=warehouse_db, day=0).context(), log=log)
    monkeypatch.setattr("medallion.airflow.run_context.step_context", lambda *_: context)
    with pytest.raises(AirflowException, match=r"build of gold_lab\.totals was not done"):
        operator.execute({})
    kept = query(warehouse_db, "SELECT error FROM medallion.task_runs")
    assert kept == [("build of gold_lab.totals was not done within 0:05:00",)]


def end_this_process() -> bool:
    os.kill(os.getpid(), SIGTERM)
    return True


def test_a_task_that_is_ended_does_not_go_on_to_succeed(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Airflow does it: its handler of SIGTERM calls on_kill, here at the step's last line."""
    from tests.steps.staged import Run, query

    step = BuildStep(table=TABLE, sql="select 1 as a", sql_path="totals.sql", upstream=())
    operator = BuildOperator.of(
        step, task_id="build", dag=DAG("lab.x"), spec_digest="d", schedule=None
    )
    log = logging.Logger("ended")
    log.addFilter(
        lambda line: " built by " not in line.msg or os.kill(os.getpid(), SIGTERM) or True
    )
    context = replace(Run(url=warehouse_db, day=0).context(), task_id="totals.build", log=log)
    monkeypatch.setattr(operator, "step_context", lambda _: context)
    before = signal(SIGTERM, lambda *_: operator.on_kill())
    try:
        with pytest.raises(TaskEnded, match="was ended from outside"):
            operator.execute({})
    finally:
        signal(SIGTERM, before)
    ((status, error),) = query(warehouse_db, "SELECT status, error FROM medallion.task_runs")
    assert status == "failed"
    assert str(error).startswith("TaskEnded: build was ended from outside")
    operator.on_kill()  # a second signal does not disturb what cleans up


def test_a_failure_is_said_before_it_is_raised_and_left_for_a_note(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    left: dict[str, str] = {}
    instance = SimpleNamespace(
        try_number=1, max_tries=2, xcom_push=lambda key, value: left.update({key: value})
    )
    operator = gate()
    error = WarehouseUnavailable("http://host/x: it is away", remedy="wait")
    monkeypatch.setattr(operator, "step_context", failing(error))
    with pytest.raises(AirflowException, match=r"http://host/x : it is away"):
        operator.execute({"ti": instance})
    assert [record.getMessage() for record in caplog.records] == [
        "✗ gate failed: http://host/x : it is away",
        "→ wait",
        "→ this was try 1 of 3: Airflow tries the task again by itself",
    ]
    assert left == {NOTE: "✗ http://host/x: it is away"}
