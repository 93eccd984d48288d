"""Which failure Airflow retries, and what a task leaves in Airflow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout

from medallion.airflow.operators import BuildOperator, GateOperator
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

TABLE = PublishedTable(layer=Layer.GOLD, domain="lab", name="totals")


def gate() -> GateOperator:
    step = GateStep(layer=Layer.GOLD, table=TABLE, checks=())
    return GateOperator(task_id="gate", dag=DAG("lab.x"), step=step, spec_digest="d", schedule=None)


def failing(error: BaseException) -> Callable[..., Any]:
    def raise_it(*_: object) -> None:
        raise error

    return raise_it


@pytest.mark.parametrize("kind", [SourceUnavailable, WarehouseUnavailable])
def test_what_may_pass_is_retried(
    kind: type[MedallionError], monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = gate()
    monkeypatch.setattr(operator, "surroundings", failing(kind("it is away", remedy="wait")))
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
    monkeypatch.setattr(operator, "surroundings", failing(kind("no", remedy="mend it")))
    with pytest.raises(AirflowFailException, match=f"{kind.__name__}: no"):
        operator.execute({})


def test_a_task_out_of_time_names_itself_and_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = gate()
    operator.execution_timeout = timedelta(minutes=5)
    monkeypatch.setattr(operator, "surroundings", failing(AirflowTaskTimeout("Timeout, PID: 7")))
    said = r"gate of gold_lab\.totals was not done within 0:05:00\n.*`execution_timeout`"
    with pytest.raises(AirflowException, match=said) as caught:
        operator.execute({})
    assert not isinstance(caught.value, AirflowFailException)


def test_a_step_knows_how_long_its_task_may_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from staged import Run

    context = Run(url="", day=0).context()
    monkeypatch.setattr("medallion.airflow.run_context.step_context", lambda *_: context)
    operator = gate()
    operator.execution_timeout = timedelta(minutes=5)
    assert operator.surroundings({}).time_limit == timedelta(minutes=5)


def test_a_bug_of_ours_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = gate()
    monkeypatch.setattr(operator, "surroundings", failing(ZeroDivisionError("bug")))
    with pytest.raises(ZeroDivisionError):
        operator.execute({})


def test_sql_is_shown_as_it_is_run_and_jinja_is_not_run_over_it() -> None:
    from datetime import UTC, datetime

    step = BuildStep(
        table=TABLE,
        sql="select 1 as x from silver_lab.a where t < :data_interval_end",
        sql_path="include/sql/lab/totals.sql",
        upstream=(),
    )
    operator = BuildOperator(
        task_id="build", dag=DAG("lab.y"), step=step, spec_digest="d", schedule="@daily"
    )
    run = SimpleNamespace(
        data_interval_start=datetime(2026, 1, 1, tzinfo=UTC),
        data_interval_end=datetime(2026, 1, 2, tzinfo=UTC),
    )
    operator.render_template_fields({"dag_run": run, "ti": SimpleNamespace(run_id="r")})
    assert "CAST('2026-01-02T00:00:00+00:00' AS timestamptz)" in operator.sql
    assert operator.template_fields == ("sql",)
