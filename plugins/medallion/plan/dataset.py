"""A dataset's tasks: land, gate, clean, gate, publish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from medallion.cleaning.declared.classification import (
    clear_fields,
    describe_protection,
    fields_to_show,
    identifying_columns,
    is_masked_on_read,
    needs_key,
    table_columns,
)
from medallion.names import Layer, PublishedTable, TableName
from medallion.plan.approval import approval_of, breaking_change_of
from medallion.plan.attributions import attribution_of
from medallion.plan.freshness import freshness_of
from medallion.plan.lake_tables import lake_steps, lake_targets_of
from medallion.plan.masks import masks_of
from medallion.plan.model import (
    CleanStep,
    CustomStep,
    GateStep,
    LandStep,
    LookupTable,
    PlannedTask,
    PublishStep,
    Step,
)
from medallion.plan.tasks import chain, exposures_of, gate, publishers_of_checks
from medallion.publish.declaration import (
    GuardSpec,
    guard_of_increments,
    guard_of_stated_deletions,
)
from medallion.spec.files.python_files import CustomCode
from medallion.spec.models.pipeline import DatasetSpec, SilverSpec


def dataset_tasks(
    table: PublishedTable,
    dataset: DatasetSpec,
    own: Mapping[str, str],
    pii_conn_id: str,
    code: CustomCode | None,
    *,
    engine: str,
) -> Iterator[PlannedTask]:
    """The tasks that read a source and publish it as a silver table, in order.

    Args:
        own: the tables of this pipeline, each with its task group.
        pii_conn_id: the connection whose password is the domain's key of hashes.
        code: the module of the dataset's custom step, if it has one.
        engine: what cleans its records.
    """
    silver = dataset.silver
    publish = _publish(table, dataset)
    steps: tuple[tuple[str, Step], ...] = (
        ("land", _land(table, dataset)),
        ("gate_bronze", replace(_gate_bronze(table, dataset), engine=engine)),
        (
            "clean",
            replace(
                _clean(table, dataset, pii_conn_id), custom=_custom(dataset, code), engine=engine
            ),
        ),
        ("gate_silver", _gate_silver(table, silver)),
        ("publish", publish),
        *lake_steps(publish, lake_targets_of(silver.publish_to)),
    )
    waits = {
        "clean": tuple(f"{other}.publish" for other in _list_lookups(silver)),
        "gate_silver": publishers_of_checks(silver.checks, table.name, own),
    }
    return chain(table.name, steps, waits)


def _land(table: PublishedTable, dataset: DatasetSpec) -> LandStep:
    return LandStep(
        table=table,
        source=dataset.source,
        write_disposition=dataset.silver.write_disposition,
        shows_values=all(c.classification is None for c in dataset.silver.columns.values()),
        reads_increments=dataset.source.reads_increments(),
        sync=dataset.source.asks_for_sync(),
    )


def _gate_bronze(table: PublishedTable, dataset: DatasetSpec) -> GateStep:
    """The columns of a landing are not known before it is read: checks name what they like."""
    return replace(
        gate(Layer.BRONZE, table, dataset.bronze.checks, None),
        clear_fields=clear_fields(dataset.silver.columns),
        schema_contract=dataset.bronze.schema_contract,
        shown_columns=fields_to_show(dataset.silver.columns),
    )


def _gate_silver(table: PublishedTable, silver: SilverSpec) -> GateStep:
    columns = table_columns(silver.columns)
    masked = {name for name, spec in columns.items() if is_masked_on_read(spec)}
    return replace(
        gate(Layer.SILVER, table, silver.checks, tuple(columns)),
        clear_fields=frozenset(columns) - masked if masked else None,
        shown_columns=_columns_to_show(silver),
    )


def _columns_to_show(silver: SilverSpec) -> frozenset[str]:
    """The columns whose values messages may show."""
    columns = table_columns(silver.columns)
    return frozenset(name for name, one in columns.items() if one.classification is None)


def _list_lookups(silver: SilverSpec) -> list[str]:
    """The datasets of the same spec that columns look into, sorted: a plan is deterministic."""
    return sorted({c.lookup.dataset for c in silver.columns.values() if c.lookup})


def _uses_key(silver: SilverSpec) -> bool:
    """Whether a column is hashed, or people are found by one: an erased person is a hash, too."""
    return needs_key(silver.columns) or bool(identifying_columns(silver.columns))


def _clean(table: PublishedTable, dataset: DatasetSpec, pii_conn_id: str) -> CleanStep:
    silver = dataset.silver
    return CleanStep(
        table=table,
        columns=silver.columns,
        primary_key=silver.primary_key,
        lookups=tuple(
            LookupTable(dataset=other, table=TableName(table.schema(), other))
            for other in _list_lookups(silver)
        ),
        row_filter=silver.filter,
        pii_conn_id=pii_conn_id if _uses_key(silver) else "",
        order_by=silver.deduplicate.terms if silver.deduplicate else (),
        schema_contract=silver.schema_contract,
        unpivot=dataset.source.unpivots(),
        # What replaces a table becomes the table itself, so a crash must not empty it.
        logged=silver.write_disposition.moves_staging,
    )


def _publish(table: PublishedTable, dataset: DatasetSpec) -> PublishStep:
    silver = dataset.silver
    return PublishStep(
        table=table,
        write_disposition=silver.write_disposition,
        primary_key=silver.primary_key,
        guard=_guard(dataset),
        keep_versions=silver.keep_versions,
        indexes=tuple(one.to_index() for one in silver.indexes),
        cluster_by=silver.cluster_by,
        partitions=silver.partition_by.to_partitions() if silver.partition_by else None,
        grants=silver.grants,
        share_with=silver.share_with,
        masks=masks_of(silver.columns),
        description=dataset.description,
        attribution=attribution_of(dataset),
        column_descriptions=_column_descriptions(silver),
        missing_keys=silver.missing_keys,
        deleted_when=silver.deleted_when,
        breaking_change=breaking_change_of(silver.breaking_change, silver.approval),
        approval=approval_of(silver.approval, _columns_to_show(silver)),
        exposures=exposures_of(silver.exposures),
        freshness=freshness_of(silver.freshness),
    )


def column_comment(description: str, unit: str, protection: str = "") -> str:
    """What the warehouse says of a column.

    >>> column_comment("What was taken.", "EUR")
    'What was taken. Unit: EUR.'
    """
    return " ".join(filter(None, (description, unit and f"Unit: {unit}.", protection)))


def _column_descriptions(silver: SilverSpec) -> dict[str, str]:
    """The comments of the published columns: what the author says, and how values are protected."""
    comments = {
        column: column_comment(declared.description, declared.unit, describe_protection(declared))
        for column, declared in table_columns(silver.columns).items()
    }
    return {column: comment for column, comment in comments.items() if comment}


def _custom(dataset: DatasetSpec, code: CustomCode | None) -> CustomStep | None:
    transform = dataset.silver.transform
    if transform is None or code is None:
        return None
    return CustomStep(
        function=transform.name,
        path=code.path,
        source=code.source,
        adds=transform.adds,
        max_rows=transform.max_rows,
    )


def _guard(dataset: DatasetSpec) -> GuardSpec:
    guard = dataset.silver.guard
    if dataset.silver.deleted_when is not None:
        guard = guard_of_stated_deletions(guard)
    return guard_of_increments(guard) if dataset.source.reads_increments() else guard
