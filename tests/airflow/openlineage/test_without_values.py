"""What the transformer takes out of events, whatever is in them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    RunFacet,
    environment_variables_run,
    error_message_run,
    extraction_error_run,
)
from openlineage.client.serde import Serde

from medallion.airflow.openlineage.without_values import WithoutValues

SECRET = "ana.martin@example.org"


def _event(**facets: RunFacet) -> RunEvent:
    return RunEvent(
        eventType=RunState.FAIL,
        eventTime="2026-01-01T00:00:00+00:00",
        run=Run(runId="0193f7a2-0000-7000-8000-000000000000", facets=dict(facets)),
        job=Job(namespace="x", name="lab.sales.orders.land"),
        producer="https://example.org",
    )


def _error(message: str) -> error_message_run.ErrorMessageRunFacet:
    return error_message_run.ErrorMessageRunFacet(
        message=message, programmingLanguage="python", stackTrace=f"Traceback: {message}"
    )


def _clean(event: RunEvent) -> dict[str, Any]:
    return WithoutValues({}).transform(copy.deepcopy(event)).run.facets


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (f"DataRejected: 1 of 2 checks: {SECRET}", "DataRejected: the task's log says what failed"),
        (f"{SECRET} is not a number", "the task's log says what failed"),
        (f"Ana: {SECRET}", "the task's log says what failed"),
        ("", "the task's log says what failed"),
        ("SetupError", "SetupError: the task's log says what failed"),
    ],
)
def test_of_an_error_only_its_kind_stays(message: str, said: str) -> None:
    found = _clean(_event(errorMessage=_error(message)))["errorMessage"]
    assert (found.message, found.stackTrace) == (said, None)


def test_facets_that_may_hold_values_are_left_out() -> None:
    variable = environment_variables_run.EnvironmentVariable(name="TOKEN", value=SECRET)
    failed = extraction_error_run.Error(errorMessage=SECRET)
    event = _event(
        environmentVariables=environment_variables_run.EnvironmentVariablesRunFacet([variable]),
        extractionError=extraction_error_run.ExtractionErrorRunFacet(1, 1, [failed]),
        somebodysOwn=RunFacet(),
    )
    assert _clean(event) == {}


def test_of_airflows_facets_names_and_times_stay() -> None:
    from airflow.providers.openlineage.plugins.facets import AirflowRunFacet

    facet = AirflowRunFacet(
        dag={"dag_id": "lab.sales", "doc_md": SECRET, "params": SECRET},
        dagRun={
            "run_id": "manual__1",
            "conf": {"mail": SECRET},
            "note": SECRET,
            "triggering_user_name": SECRET,
            "partition_key": SECRET,
        },
        taskInstance={"try_number": 1, "note": SECRET, "rendered_map_index": SECRET},
        task={"task_id": "orders.land", "parameters": SECRET, "executor_config": SECRET},
        taskUuid="1",
    )
    event = WithoutValues({}).transform(_event(airflow=facet))
    assert SECRET not in Serde.to_json(event)
    kept = event.run.facets["airflow"]
    assert (kept.dag, kept.dagRun) == ({"dag_id": "lab.sales"}, {"run_id": "manual__1"})
    assert (kept.taskInstance, kept.task) == ({"try_number": 1}, {"task_id": "orders.land"})


def test_a_part_of_another_form_does_not_stay() -> None:
    from airflow.providers.openlineage.plugins.facets import AirflowDagRunFacet

    facet = AirflowDagRunFacet(dag=SECRET, dagRun=[SECRET])  # type: ignore[arg-type]
    event = WithoutValues({}).transform(_event(airflowDagRun=facet))
    assert SECRET not in Serde.to_json(event)
