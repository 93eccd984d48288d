"""Publish: a gated staging table becomes what readers see, in one short transaction.

Rows, quarantine, the gates' link and the registry's row commit together, or not at all. A task that
was killed runs again: either the staging table is still there and is published, or it is gone
because the transaction committed, and the publication is in the registry.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from medallion.errors import MedallionError, WarehouseUnavailable
from medallion.names import Layer
from medallion.plan.model import PublishStep
from medallion.steps.context import StepContext, StepResult
from medallion.steps.domain.role import domain_role_of
from medallion.steps.publish.approval import hold_to_approval, keep_decision
from medallion.steps.publish.guards import check_everything
from medallion.steps.publish.incidents import report_quarantine
from medallion.steps.publish.primary import hold_to_server
from medallion.steps.publish.publishing import Publishing, becomes_version
from medallion.steps.publish.receipts import keep_receipts
from medallion.steps.publish.report import change_of
from medallion.steps.publish.together import commit_all, hold_to_all_or_none, name_others
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import figures_of, report_lost_staging
from medallion.warehouse.registry.digest import content_digest
from medallion.warehouse.session.locking import in_short_transaction
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.reuse import reuse_connections
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.indexes import (
    add_missing_indexes,
    drop_unwanted_indexes,
    put_in_order,
)
from medallion.warehouse.tables.partitioned import wait_for_planners
from medallion.warehouse.tables.selects import (
    find_unreadable_selects,
    forget_unreadable_selects,
)
from medallion.warehouse.tables.staging import analyze
from medallion.warehouse.tables.sweep import drop_old_versions, sweep_staging


def run(step: PublishStep, context: StepContext) -> StepResult:
    """Publish what this run has staged; an earlier try's publication is reported, not repeated.

    Raises:
        DataRejected: a guard refuses; the published table is untouched.
        WarehouseRefused: it would break readers.
        StagingLost: what was staged is gone; the steps before have to run again.
        WarehouseUnavailable: a lock could not be had in time. Retried.
        FormerPrimary: the warehouse has moved on from this server. Retried.
        SetupError: a role of `grants` does not exist.
        NotApproved: a person has rejected it, or nobody has decided in time.
        ApprovalWanted: a person has to be asked. Nothing is wrong: the task continues later.
    """
    with reuse_connections():
        keep_decision(step, context)
        hold_to_server(context, step.table)
        publishing = _prepare(step, context)
        others = [_prepare_with(step, one, context) for one in step.together]
        hold_to_all_or_none(step, [publishing, *others], context.run)
        if publishing is None:
            _say_published(step, context)
            keep_receipts(step, context)
            return _result(step, context, _earlier_publication(step, context))
        all_of_them = [hold_to_approval(publishing), *filter(None, others)]
        result = _result(step, context, _publish(all_of_them))
        keep_receipts(step, context)
        for one in (step, *step.together):
            _tidy(one, context)
        return result


def _say_published(step: PublishStep, context: StepContext) -> None:
    others = name_others(step)
    with_them = f", together with {others}" if others else ""
    context.log.info("%s has been published already%s.", step.table.public, with_them)


def _prepare_with(step: PublishStep, other: PublishStep, context: StepContext) -> Publishing | None:
    """Prepare a table that is published with the one of the task.

    Raises:
        as `_prepare`; the problem says that the tables are held back, too.
    """
    try:
        return _prepare(other, context)
    except MedallionError as error:
        error.problem += f". {step.table.public} is published together with it, and waits"
        raise


def _prepare(step: PublishStep, context: StepContext) -> Publishing | None:
    """Everything that can be refused is refused here, before anything is changed.

    None: nothing is staged.
    """
    table, run = step.table, context.run
    with session(context.warehouse_url, f"preparing {table.public}") as connection:
        ensure_schemas(connection, table)
        staging = table.staging(context.run_key)
        columns = columns_of(connection, staging)
        if not columns:
            return None
        if step.write_disposition.stores_rows:
            put_in_order(connection, table, staging, step.cluster_by)
        # A table that was just filled has no statistics, and the guards join it with what is
        # published.
        analyze(connection, staging)
        figures = figures_of(connection, run, table)
        as_of = figures.read_at or context.run.interval_end
        report_quarantine(step, figures, context)
        shape = check_everything(connection, step, columns, figures, as_of, context)
        if becomes_version(step, figures):
            add_missing_indexes(connection, table, staging, step.indexes)
        return Publishing(
            step=step,
            context=context,
            columns=tuple(column.name for column in columns),
            figures=figures,
            as_of=as_of,
            shape=shape,
            digest=content_digest(connection, run, table, staging),
            domain_role=_owner_of_select(connection, step, context),
        )


def _owner_of_select(connection: Session, step: PublishStep, context: StepContext) -> str:
    """Of a view: the role of its domain, which may read its inputs now. Empty: it is a table."""
    if step.write_disposition.stores_rows:
        return ""
    return domain_role_of(connection, context, step.table, reads=step.inputs, builds=True).name


def _publish(publishings: Sequence[Publishing]) -> int:
    """The publication of the first table, and with it those of the others, in one short
    transaction; its number in the registry.

    New columns come in a transaction before it, so that it holds no lock on the view for long; and
    new partitions, so that every statement which sees its rows knows them.
    """
    first, *others = publishings
    url = first.context.warehouse_url
    for one in publishings:
        if one.writes_in_place:
            drop_unwanted_indexes(
                url, one.step.table, one.step.indexes, one.context.log, only_unique=True
            )
        if one.shape.grows and not one.shape.breaks:
            in_short_transaction(url, one.step.table, one.change_structure)
        if one.step.partitions is not None and not one.shape.breaks:
            made = in_short_transaction(url, one.step.table, one.make_room)
            if made is not None:
                wait_for_planners(url, made)
    publication_id, *_ = in_short_transaction(
        url,
        first.step.table,
        partial(commit_all, publishings=publishings),
        [one.step.table for one in others],
    )
    return publication_id


def _earlier_publication(step: PublishStep, context: StepContext) -> int:
    """The publication of an earlier try, where nothing is staged any more.

    Raises:
        StagingLost: there was none, and the staging table is gone.
    """
    with session(context.warehouse_url, f"preparing {step.table.public}") as connection:
        publication = registry.publication_of_run(connection, context.run, step.table)
    if publication is not None:
        return publication.publication_id
    raise report_lost_staging(step.table, f"the run {context.run.run_id} has no staging table")


def _result(step: PublishStep, context: StepContext, publication_id: int) -> StepResult:
    change = change_of(step, context.warehouse_url, publication_id)
    publication = change.publication
    for line in change.describe(step):
        context.log.info("%s", line)
    return StepResult(
        rows_in=publication.rows_read,
        rows_out=publication.rows_published,
        rows_quarantined=publication.rows_quarantined,
        rows_deduplicated=publication.rows_deduplicated,
        rows_discarded=publication.rows_discarded,
        reference=f"{step.table.public} version {publication.version}",
        details={
            "publication_id": publication_id,
            "version": publication.version,
            "rows_total": publication.rows_total,
            "rows_deleted": publication.rows_deleted,
            "digest": publication.digest,
            "spec_digest": context.run.spec_digest,
            **change.details(),
        },
    )


def _tidy(step: PublishStep, context: StepContext) -> None:
    """Old versions and leftovers of this table; what is in use stays for the next time."""
    sweep_staging(context.warehouse_url, step.table, keep_run=None)
    drop_old_versions(context.warehouse_url, step.table, step.keep_versions, context.log)
    if step.write_disposition.stores_rows and not step.write_disposition.moves_staging:
        drop_unwanted_indexes(context.warehouse_url, step.table, step.indexes, context.log)
    _drop_unreadable(step, context)


def _drop_unreadable(step: PublishStep, context: StepContext) -> None:
    """Former SELECTs that keep readers out, after the publication: whoever has waited for a lock of
    it may still be shown the version before."""
    if step.table.layer is not Layer.GOLD:
        return
    with session(context.warehouse_url, f"reading {step.table.public}") as connection:
        gone = find_unreadable_selects(connection, step.table)
    if not gone:
        return
    forget = partial(forget_unreadable_selects, table=step.table)
    try:
        in_short_transaction(context.warehouse_url, step.table, forget)
    except WarehouseUnavailable as error:
        context.log.warning("%s: former versions stay: %s", step.table.public, error.problem)
        return
    context.log.warning(
        "%s: the former versions %s go: they read what %s may read no longer",
        step.table.public, ", ".join(map(str, sorted(gone))), step.table.domain,
    )  # fmt: skip
