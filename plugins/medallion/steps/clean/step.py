"""Clean: landed parts fill a typed staging table and the run's rejects.

A crash may leave one without the other: the next try drops both tables first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.types import parse_type
from medallion.cleaning.duckdb.naming import lookup_relation
from medallion.lake.manifest import Manifest
from medallion.lake.reader import read_manifest
from medallion.plan.model import CleanStep
from medallion.prose import tally
from medallion.steps.clean.erased.leaving_out import ErasedInLanding, keep_erased_out
from medallion.steps.clean.filling import Filled, way_of
from medallion.steps.clean.known_key import hold_to_known_key
from medallion.steps.clean.left_out import LeftOut, enter_left_out
from medallion.steps.clean.missing_fields import warn_of_missing_fields
from medallion.steps.clean.pii_key import key_relation
from medallion.steps.clean.schema_contract import keep_evolved, settle_contract
from medallion.steps.context import StepContext, StepResult
from medallion.warehouse.quarantine.rejects import STAGE, commonest_reasons
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import CONFLICTING, CONFLICTS
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.lookups import read_lookup
from medallion.warehouse.tables.primary_key import Duplicates, add_primary_key
from medallion.warehouse.tables.staging import (
    NewStaging,
    StagingColumn,
    create_rejects,
    drop,
    provenance,
    read_texts,
)

if TYPE_CHECKING:
    import pyarrow as pa


def run(step: CleanStep, context: StepContext) -> StepResult:
    """Clean this run's landing into a new staging table.

    Raises:
        DataRejected: a part has other columns or records than when it was landed, or a look-up is
            ambiguous.
        LakeError: the landing is missing or damaged.
        WarehouseUnavailable, WarehouseRefused, SetupError: by who must act.
    """
    key = key_relation(step, context)
    hold_to_known_key(step, context)
    manifest = _landing(step, context)
    erased = keep_erased_out(step, context, manifest)
    manifest = erased.manifest
    step = settle_contract(step, manifest, context)
    warn_of_missing_fields(step, manifest, context)
    way = way_of(step.engine)
    way.end_former_try(step, context)
    lookups, left = _prepare(step, context, erased)
    staging = _new_staging(step, context, manifest)
    filled = way.fill(step, context, manifest, {**lookups, **key}, left, staging)
    return _report(filled, _prove_key(step, context), erased)


def _report(filled: Filled, duplicates: Duplicates, erased: ErasedInLanding) -> StepResult:
    """What the step did: to the log what somebody should look at, and the figures."""
    step, context = filled.step, filled.context
    counts = filled.counts
    quarantined = filled.quarantined + counts.left_out
    _say_conflicts(duplicates, filled)
    attention = _say_rejects(filled.quarantined, step, context)
    return StepResult(
        rows_in=counts.read,
        rows_out=counts.staged - duplicates.removed,
        rows_quarantined=quarantined,
        rows_deduplicated=duplicates.removed,
        rows_discarded=counts.discarded,
        reference=str(step.table.staging(context.run_key)),
        details={
            "broken_lines": counts.broken,
            "columns_without_values": _columns_without_values(filled),
            "values_discarded": dict(counts.values_discarded),
            CONFLICTING: duplicates.conflicting,
            CONFLICTS: {"columns": duplicates.differs_in, "examples": duplicates.examples},
            **erased.describe(counts.erased),
            **attention,
        },
    )


def _landing(step: CleanStep, context: StepContext) -> Manifest:
    with session(context.warehouse_url, "reading the registry") as connection:
        load = registry.load_of(connection, context.run, step.table)
    return read_manifest(load.manifest_uri)


def _prepare(
    step: CleanStep, context: StepContext, erased: ErasedInLanding
) -> tuple[dict[str, pa.Table], LeftOut]:
    """Fresh rejects for this try, and no staging table; the look-ups, and what is left out."""
    manifest = erased.manifest
    staging = step.table.staging(context.run_key)
    with session(context.warehouse_url, f"preparing {staging}") as connection:
        ensure_schemas(connection, step.table)
        drop(connection, (staging,))
        create_rejects(connection, step.table.rejects(context.run_key))
        left = enter_left_out(connection, step, context, manifest, erased.numbers)
        tables = {lookup.dataset: lookup.table for lookup in step.lookups}
        found = {
            lookup_relation(name): read_lookup(
                connection,
                tables[spec.lookup.dataset],
                key=spec.lookup.key,
                value=spec.lookup.value,
            )
            for name, spec in step.columns.items()
            if spec.lookup
        }
    return found, left


def _new_staging(step: CleanStep, context: StepContext, manifest: Manifest) -> NewStaging:
    own = [
        StagingColumn(
            name=name,
            pg_type="text[]" if parse_type(spec.type).by_text else parse_type(spec.type).postgres,
            nullable=spec.nullable and name not in step.primary_key,
        )
        for name, spec in table_columns(step.columns).items()
    ]
    return NewStaging(
        name=step.table.staging(context.run_key),
        columns=(*own, *provenance(manifest.load_id, manifest.only_part)),
        logged=step.logged,
    )


def _prove_key(step: CleanStep, context: StepContext) -> Duplicates:
    """The index on the primary key; the rows of a key that was there twice had to go."""
    staging = step.table.staging(context.run_key)
    columns = table_columns(step.columns)
    types = {name: parse_type(spec.type) for name, spec in columns.items()}
    by_text = {name: found.postgres for name, found in types.items() if found.by_text}
    with session(context.warehouse_url, f"indexing {staging}") as connection:
        read_texts(connection, staging, by_text)
        keep_evolved(connection, step, step.table, context)
        return add_primary_key(
            connection,
            staging,
            step.primary_key,
            step.order_by,
            hidden={name for name, spec in step.columns.items() if spec.classification},
        )


def _say_rejects(rows: int, step: CleanStep, context: StepContext) -> dict[str, object]:
    """Why records could not be cast, without their values: to the log, and for the result."""
    if not rows:
        return {}
    with session(context.warehouse_url, "counting the reasons") as connection:
        rejects = step.table.rejects(context.run_key)
        why = commonest_reasons(connection, rejects, stages=[STAGE])
    most = "; ".join(f"{reason} ({tally(number, 'row')})" for reason, number in why)
    line = f"quarantined: {tally(rows, 'record')}, most often: {most}"
    context.log.warning("%s", line)
    return {"attention": [line]}


def _say_conflicts(duplicates: Duplicates, filled: Filled) -> None:
    """A word to whoever has named a primary key that tells too few rows apart."""
    if duplicates.conflicting:
        filled.context.log.warning(
            "%s: %d of %s read gave way to another row with the same primary key (%s) that "
            "says something else: is the key complete? They differ in %s. %s",
            filled.step.table.public,
            duplicates.conflicting,
            tally(filled.counts.read, "row"),
            ", ".join(filled.step.primary_key),
            ", ".join(duplicates.differs_in),
            "; ".join(duplicates.examples),
        )


def _columns_without_values(filled: Filled) -> list[str]:
    """A word to whoever has misspelt the `from` of a nullable column."""
    if not filled.counts.staged:
        return []
    columns = table_columns(filled.step.columns)
    empty = [name for name in columns if name not in filled.counts.filled]
    if empty:
        filled.context.log.warning(
            "%s: no row has a value in %s: is `from` right?",
            filled.step.table.public,
            ", ".join(empty),
        )
    return empty
