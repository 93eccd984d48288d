"""The facets of a dataset: its columns, what they are made of, its owner, its counts, its checks.

Imported by the provider's process alone, once a transport is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    data_quality_metrics_dataset,
    data_quality_metrics_input_dataset,
    dataset_version_dataset,
    datasource_dataset,
    documentation_dataset,
    output_statistics_output_dataset,
    ownership_dataset,
    schema_dataset,
)

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import CheckStatus
from medallion.sources.base.source import SourcePlace
from medallion.warehouse.registry.gate_records import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a dataset, with those that it is made of."""

    name: str
    type: str = ""
    description: str = ""
    made_of: tuple[tuple[SourcePlace, str], ...] = ()
    is_copy: bool = False
    is_masked: bool = False
    """Whether the value is protected: what it was cannot be read from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A dataset as it is described in an event."""

    place: SourcePlace
    description: str = ""
    owner: str = ""
    fields: tuple[Field, ...] = ()
    version: str = ""
    rows: int | None = None
    """How many rows there are; None: it is not known."""


def as_input(said: Described, verdicts: Sequence[Verdict] = ()) -> InputDataset:
    """A dataset that a task reads, with what its checks found."""
    facets: dict[str, InputDatasetFacet] = {}
    if verdicts:
        facets["dataQualityAssertions"] = _assertions(verdicts)
        facets["dataQualityMetrics"] = _input_metrics(verdicts)
    return InputDataset(
        namespace=said.place.namespace,
        name=said.place.name,
        facets=_facets(said),
        inputFacets=facets,
    )


def as_output(
    said: Described, *, rows: int | None = None, size: int | None = None, files: int | None = None
) -> OutputDataset:
    """A dataset that a task writes: `rows`, `size` (bytes) and `files` of this run; None: it is not
    known."""
    counts: dict[str, OutputDatasetFacet] = {}
    if rows is not None:
        counts["outputStatistics"] = (
            output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                rowCount=rows, size=size, fileCount=files
            )
        )
    return OutputDataset(
        namespace=said.place.namespace,
        name=said.place.name,
        facets=_facets(said) | _lineage(said.fields),
        outputFacets=counts,
    )


def _facets(said: Described) -> dict[str, DatasetFacet]:
    source = datasource_dataset.DatasourceDatasetFacet(
        name=said.place.namespace, uri=said.place.namespace
    )
    found: dict[str, DatasetFacet] = {"dataSource": source}
    if said.fields:
        found["schema"] = schema_dataset.SchemaDatasetFacet(
            fields=[
                schema_dataset.SchemaDatasetFacetFields(
                    name=one.name, type=one.type or None, description=one.description or None
                )
                for one in said.fields
            ]
        )
    if said.description:
        found["documentation"] = documentation_dataset.DocumentationDatasetFacet(
            description=said.description
        )
    if said.owner:
        owner = ownership_dataset.Owner(name=said.owner, type="OWNER")
        found["ownership"] = ownership_dataset.OwnershipDatasetFacet(owners=[owner])
    if said.version:
        found["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(
            datasetVersion=said.version
        )
    if said.rows is not None:
        found["dataQualityMetrics"] = data_quality_metrics_dataset.DataQualityMetricsDatasetFacet(
            columnMetrics={}, rowCount=said.rows
        )
    return found


def _lineage(fields: Iterable[Field]) -> dict[str, DatasetFacet]:
    made = {one.name: _describe_origin(one) for one in fields if one.made_of}
    if not made:
        return {}
    return {"columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields=made)}


def _describe_origin(field: Field) -> column_lineage_dataset.Fields:
    how = column_lineage_dataset.Transformation(
        type="DIRECT",
        subtype="IDENTITY" if field.is_copy else "TRANSFORMATION",
        masking=field.is_masked,
    )
    return column_lineage_dataset.Fields(
        inputFields=[
            column_lineage_dataset.InputField(
                namespace=place.namespace, name=place.name, field=column, transformations=[how]
            )
            for place, column in field.made_of
        ]
    )


def _assertions(
    verdicts: Sequence[Verdict],
) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    """Each check by its name, its column and its count. What it saw stays here: it may be a
    person's."""
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        assertions=[
            data_quality_assertions_dataset.Assertion(
                assertion=one.check_name,
                success=one.status == CheckStatus.PASSED,
                column=one.column or None,
                severity="warn" if one.on_failure == OnFailure.WARN else "error",
                name=one.check_id,
                description=one.description or None,
                actual=one.count_rows() or None,
            )
            for one in verdicts
        ]
    )


def _input_metrics(
    verdicts: Sequence[Verdict],
) -> data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet:
    """Rows, and of each column that a check for NULL looked at how many there are."""
    checked = [one.rows_checked for one in verdicts if one.rows_checked is not None]
    nulls = {
        one.column: data_quality_metrics_input_dataset.ColumnMetrics(nullCount=one.rows_failed)
        for one in verdicts
        if one.is_of_nulls and one.column and one.rows_failed is not None
    }
    return data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
        columnMetrics=nulls, rowCount=max(checked) if checked else None
    )
