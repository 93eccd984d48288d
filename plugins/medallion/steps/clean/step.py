"""Clean: landed parts fill a typed staging table and the run's rejects.

Good rows go from DuckDB's Arrow batches straight into a binary COPY; bad ones, with their reasons,
by a second COPY on a connection of its own. Memory holds a few batches, whatever the input's size.

Both COPYs commit on their own, so a crash may leave one without the other: the next try drops both
tables first.
"""

from __future__ import annotations

import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.contract import OtherTypes
from medallion.cleaning.declared.types import parse_type
from medallion.cleaning.duckdb.naming import lookup_relation
from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest
from medallion.lake.reader import read_manifest
from medallion.plan.model import CleanStep
from medallion.prose import tally
from medallion.steps.clean.cleaning_pass import CleaningPass
from medallion.steps.clean.left_out import LeftOut, enter_left_out, hold_to_left_out
from medallion.steps.clean.missing_fields import warn_of_missing_fields
from medallion.steps.clean.pii_key import key_relation
from medallion.steps.clean.schema_contract import keep_evolved, settle_contract
from medallion.steps.context import StepContext, StepResult
from medallion.warehouse.quarantine.rejects import STAGE, RejectsWriter, commonest_reasons
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import CONFLICTING, CONFLICTS
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.arrow_copy import copy_arrow
from medallion.warehouse.tables.lookups import read_lookup
from medallion.warehouse.tables.primary_key import Duplicates, add_primary_key
from medallion.warehouse.tables.staging import (
    StagingColumn,
    create_rejects,
    create_staging,
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
    staging = step.table.staging(context.run_key)
    key = key_relation(step, context)
    manifest = _landing(step, context)
    step = settle_contract(step, manifest, context)
    warn_of_missing_fields(step, manifest, context)
    lookups, left = _prepare(step, context, manifest)
    rejects = RejectsWriter(context.warehouse_url, step.table.rejects(context.run_key))
    with tempfile.TemporaryDirectory(prefix="medallion-clean-") as folder, rejects:
        cleaning = CleaningPass(
            step=step,
            context=context,
            manifest=manifest,
            relations={**lookups, **key},
            rejects=rejects,
            folder=Path(folder),
            left_out=left,
        )
        batches = cleaning.batches()
        # The first batch brings the schema, and the copy takes the rest: the loop runs once, or
        # never.
        for first in batches:
            copy_arrow(context.warehouse_url, staging, first.schema, chain([first], batches))
        # Not earlier: the counts are complete when the copy has used up the batches.
        _hold_types(cleaning)
        hold_to_left_out(left, cleaning.counts.left_out, step)
    return _report(cleaning, _prove_key(step, context))


def _report(cleaning: CleaningPass, duplicates: Duplicates) -> StepResult:
    """What the step did: to the log what somebody should look at, and the figures."""
    step, context = cleaning.step, cleaning.context
    counts = cleaning.counts
    quarantined = cleaning.rejects.rows + counts.left_out
    _say_conflicts(duplicates, cleaning)
    attention = _say_rejects(cleaning.rejects.rows, step, context)
    return StepResult(
        rows_in=counts.read,
        rows_out=counts.staged - duplicates.removed,
        rows_quarantined=quarantined,
        rows_deduplicated=duplicates.removed,
        rows_discarded=counts.discarded,
        reference=str(step.table.staging(context.run_key)),
        details={
            "broken_lines": counts.broken,
            "columns_without_values": _columns_without_values(cleaning, context),
            "values_discarded": dict(counts.values_discarded),
            CONFLICTING: duplicates.conflicting,
            CONFLICTS: {"columns": duplicates.differs_in, "examples": duplicates.examples},
            **attention,
        },
    )


def _landing(step: CleanStep, context: StepContext) -> Manifest:
    with session(context.warehouse_url, "reading the registry") as connection:
        load = registry.load_of(connection, context.run, step.table)
    return read_manifest(load.manifest_uri)


def _prepare(
    step: CleanStep, context: StepContext, manifest: Manifest
) -> tuple[dict[str, pa.Table], LeftOut]:
    """Fresh tables for this try; the look-ups, and what is left out."""
    load_id = manifest.load_id
    staging = step.table.staging(context.run_key)
    with session(context.warehouse_url, f"preparing {staging}") as connection:
        ensure_schemas(connection, step.table)
        create_staging(connection, staging, _staging_columns(step, load_id), logged=step.logged)
        create_rejects(connection, step.table.rejects(context.run_key))
        left = enter_left_out(connection, step, context, manifest)
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


def _hold_types(cleaning: CleaningPass) -> None:
    """A frozen contract lets no value pass that is not of its column's type."""
    counts = cleaning.counts
    frozen = cleaning.step.schema_contract.data_type is OtherTypes.FREEZE
    if frozen and cleaning.rejects.rows:
        raise DataRejected(
            f"{cleaning.step.table.public}: {cleaning.rejects.rows:,} of "
            f"{tally(counts.read, 'record')} not as the spec declares them, and the schema "
            "contract is frozen: " + " | ".join(counts.examples),
            remedy="fix the source, or the column's type; nothing was published",
        )


def _staging_columns(step: CleanStep, load_id: int) -> list[StagingColumn]:
    own = [
        StagingColumn(
            name=name,
            pg_type="text[]" if parse_type(spec.type).by_text else parse_type(spec.type).postgres,
            nullable=spec.nullable and name not in step.primary_key,
        )
        for name, spec in table_columns(step.columns).items()
    ]
    return [*own, *provenance(load_id)]


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


def _say_conflicts(duplicates: Duplicates, cleaning: CleaningPass) -> None:
    """A word to whoever has named a primary key that tells too few rows apart."""
    if duplicates.conflicting:
        cleaning.context.log.warning(
            "%s: %d of %s read gave way to another row with the same primary key (%s) that "
            "says something else: is the key complete? They differ in %s. %s",
            cleaning.step.table.public,
            duplicates.conflicting,
            tally(cleaning.counts.read, "row"),
            ", ".join(cleaning.step.primary_key),
            ", ".join(duplicates.differs_in),
            "; ".join(duplicates.examples),
        )


def _columns_without_values(cleaning: CleaningPass, context: StepContext) -> list[str]:
    """A word to whoever has misspelt the `from` of a nullable column."""
    if not cleaning.counts.staged:
        return []
    columns = table_columns(cleaning.step.columns)
    empty = [name for name in columns if name not in cleaning.counts.filled]
    if empty:
        context.log.warning(
            "%s: no row has a value in %s: is `from` right?",
            cleaning.step.table.public,
            ", ".join(empty),
        )
    return empty
