"""What a publication leaves in the lake, should the warehouse forget it."""

from __future__ import annotations

from medallion.errors import LakeError
from medallion.lake.receipts import Receipt, keep_receipt
from medallion.names import Layer, PublishedTable, environment_of
from medallion.plan.model import PublishStep
from medallion.steps.context import StepContext
from medallion.steps.publish.primary import read_server
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.transaction import Session, session


def keep_receipts(step: PublishStep, context: StepContext) -> None:
    """Write down in the lake what this run has published. Where the lake does not take it, what is
    published stays so."""
    if not context.lake_root or environment_of(step.table.domain):
        return
    try:
        for one in (step, *step.together):
            with session(context.warehouse_url, f"reading {one.table.public}") as connection:
                receipt = _receipt_of(connection, one.table, context)
            if receipt is not None:
                keep_receipt(context.lake_root, receipt)
    except LakeError as error:
        context.log.warning("%s has no receipt in the lake: %s", step.table.public, error)


def _receipt_of(connection: Session, table: PublishedTable, context: StepContext) -> Receipt | None:
    found = registry.publication_of_run(connection, context.run, table)
    if found is None:
        return None
    return Receipt(
        table=table,
        run=context.run,
        digest=found.digest,
        version=found.version,
        rows=found.rows_total,
        published_at=found.published_at,
        landing=_landing_of(connection, table, context),
        server=str(read_server(connection) or ""),
    )


def _landing_of(connection: Session, table: PublishedTable, context: StepContext) -> str:
    if table.layer is not Layer.SILVER:
        return ""
    try:
        return registry.load_of(connection, context.run, table).manifest_uri
    except LakeError:  # of a landing that retention is deleting
        return ""
