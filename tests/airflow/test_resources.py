"""What an operator is given of a spec's `resources`. What pods become of it: tests/executors."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from medallion.airflow.resources import needs_of_template, place_of, runs_on_other_hosts
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


@pytest.mark.parametrize(
    ("template", "requests", "limits"),
    [
        ("spec: {containers: [{resources: {requests: {cpu: 1, memory: 1Gi}, "
         "limits: {ephemeral-storage: 2Gi}}}]}",
         {"cpu": "1", "memory": "1Gi"}, {"ephemeral-storage": "2Gi"}),
        # Airflow lays the override over the first container.
        ("spec: {containers: [{name: proxy}, {name: base, resources: {requests: {cpu: 1}}}]}",
         {}, {}),
        ("spec: {containers: []}", {}, {}),
        ("spec: {containers: [{resources: {requests: null}}]}", {}, {}),
        ("", {}, {}),
        ("a: b: c", {}, {}),
        (None, {}, {}),
    ],
)  # fmt: skip
def test_what_the_template_says_of_resources(
    template: str | None,
    requests: dict[str, str],
    limits: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "pod.yaml"
    if template is not None:
        path.write_text(template)
    monkeypatch.setenv("AIRFLOW__KUBERNETES_EXECUTOR__POD_TEMPLATE_FILE", str(path))
    assert needs_of_template() == {"requests": requests, "limits": limits}


def test_without_a_template_nothing_is_kept() -> None:
    assert needs_of_template() == {"requests": {}, "limits": {}}
