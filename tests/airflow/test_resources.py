"""What an operator is given of a spec's `resources`. What pods become of it: tests/executors."""

from __future__ import annotations

import sys

import pytest

from medallion.airflow.resources import place_of, runs_on_other_hosts
from medallion.plan.model import Resources

ALL = Resources(memory="2Gi", cpu="1", queue="large")
EXECUTOR = "AIRFLOW__CORE__EXECUTOR"


@pytest.mark.parametrize("executor", ["LocalExecutor", "CeleryExecutor"])
def test_only_pods_have_a_pod(executor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EXECUTOR, executor)
    assert place_of(ALL) == {"queue": "large"}
    assert place_of(Resources()) == {}
    assert "kubernetes" not in sys.modules


def test_a_task_that_starts_does_not_ask_for_its_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EXECUTOR, "KubernetesExecutor")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "shop.sales")
    assert place_of(ALL) == {"queue": "large"}


@pytest.mark.parametrize(
    ("executor", "elsewhere"),
    [
        ("LocalExecutor", False),
        ("CeleryExecutor", True),
        ("LocalExecutor, KubernetesExecutor", True),
        ("CeleryExecutor,KubernetesExecutor", True),
    ],
)
def test_hosts_of_other_executors_have_to_see_one_lake(
    executor: str, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EXECUTOR, executor)
    assert runs_on_other_hosts() is elsewhere
