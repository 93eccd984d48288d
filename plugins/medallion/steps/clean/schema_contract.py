"""Compares a landing with the schema contract before anything is cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.contract import (
    NewColumns,
    list_known_fields,
    new_columns,
    unknown_fields,
)
from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest
from medallion.names import DATA_INTERVAL_END, DELETED_AT, PublishedTable
from medallion.plan.model import CleanStep
from medallion.publish.relations import VERSION, parent_of
from medallion.steps.context import StepContext
from medallion.steps.parts.landing_frames import field_names
from medallion.unpivot import unpivot_layout
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session
from medallion.warehouse.tables.staging import add_texts

SHOWN = 10


def settle_contract(step: CleanStep, manifest: Manifest, context: StepContext) -> CleanStep:
    """The step with the columns that the landing's new fields add to it (`evolve`).

    Raises:
        DataRejected: it has fields that the contract does not accept (`freeze`).
    """
    contract = step.schema_contract
    if contract.columns not in (NewColumns.EVOLVE, NewColumns.FREEZE):
        return step
    known = list_known_fields(step.columns, contract)
    names: Sequence[str] = field_names(manifest)
    if step.unpivot is not None:
        names = unpivot_layout(manifest.layout, step.unpivot).layout.columns
    unknown = unknown_fields(names, known)
    if not unknown:
        return step
    if contract.columns is NewColumns.FREEZE:
        named = (f"{name!r}{manifest.name_bringer(name)}" for name in unknown[:SHOWN])
        shown = ", ".join(named) + (" …" if len(unknown) > SHOWN else "")
        raise DataRejected(
            f"{step.table.public}: the landing has fields that no column takes: {shown}, and the "
            "schema contract is frozen",
            remedy="add a column for each, or name it in `schema_contract: {ignore: […]}`; nothing "
            "was published",
        )
    try:
        added = new_columns(unknown, step.columns)
    except ValueError as error:
        raise DataRejected(
            f"{step.table.public} cannot evolve: {error}",
            remedy="declare a column for it (`from:` names the field), or name it in "
            "`schema_contract: {ignore: […]}`",
        ) from None
    context.log.warning("%s evolves: new columns %s", step.table.public, ", ".join(added))
    return replace(step, columns={**step.columns, **added})


def keep_evolved(
    connection: Session, step: CleanStep, table: PublishedTable, context: StepContext
) -> None:
    """Add the published columns that this landing lacks, as NULL: an evolved column never
    disappears."""
    if step.schema_contract.columns is not NewColumns.EVOLVE:
        return
    staging = table.staging(context.run_key)
    staged = {column.name for column in columns_of(connection, staging)}
    own = {VERSION, DATA_INTERVAL_END, DELETED_AT, *table_columns(step.columns)}
    published = columns_of(connection, parent_of(table))
    missing = [c.name for c in published if c.name not in staged | own and c.type == "text"]
    add_texts(connection, staging, missing)
