"""The check of events refuses what the published schemas refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from openlineage.client.event_v2 import Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import output_statistics_output_dataset, schema_dataset
from openlineage.client.serde import Serde
from tests.airflow.openlineage.standard import find_problems, schemas_by_address

Change = Callable[[dict[str, Any]], object]


def _event() -> dict[str, Any]:
    field = schema_dataset.SchemaDatasetFacetFields(name="id", type="integer")
    counts = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=1)
    table = OutputDataset(
        namespace="postgres://db:5432",
        name="shop.gold_shop.days",
        facets={"schema": schema_dataset.SchemaDatasetFacet(fields=[field])},
        outputFacets={"outputStatistics": counts},
    )
    event = RunEvent(
        eventType=RunState.COMPLETE,
        eventTime="2026-01-01T00:00:00+00:00",
        run=Run(runId="0193f7a2-0000-7000-8000-000000000000"),
        job=Job(namespace="x", name="y"),
        outputs=[table],
        producer="https://example.org",
    )
    return dict(json.loads(Serde.to_json(event)))


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event["run"].pop("runId"),
        lambda event: event.update(eventType="DONE"),
        lambda event: event["outputs"][0].pop("name"),
        lambda event: event["outputs"][0]["facets"]["schema"]["fields"][0].pop("name"),
        lambda event: event["outputs"][0]["facets"]["schema"].update(_schemaURL="https://x.org"),
        lambda event: event["outputs"][0]["facets"]["schema"].pop("_producer"),
        lambda event: event["outputs"][0]["outputFacets"]["outputStatistics"].update(rowCount="1"),
    ],
)
def test_an_event_that_is_not_of_the_standard_is_found(change: Change) -> None:
    event = _event()
    assert find_problems(event) == []
    change(event)
    assert find_problems(event)


def test_there_is_a_schema_for_each_facet_of_the_standard() -> None:
    names = {address.rpartition("/")[2] for address in schemas_by_address()}
    assert {"ColumnLineageDatasetFacet", "SQLJobFacet", "RunEvent"} <= names
    assert len(names) > 30
