"""The gate of an incremental table looks at all of it, too: at what readers would have after the
run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from medallion.names import TableName
from medallion.plan.model import GateStep
from medallion.publish.declaration import MissingKeys
from medallion.publish.disposition import Beside
from medallion.publish.order import Order
from medallion.publish.window import Slice
from medallion.steps.context import StepContext
from medallion.steps.gate.staging import StagedTable
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import read_making_task, window_in
from medallion.warehouse.roles.domain_rights import grant_on
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.transaction import Session
from medallion.warehouse.tables.as_whole import create_view, drop_view


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTable:
    """What the checks of the whole table look at, and with which publication it was made."""

    name: TableName
    judged_against: int


def open_whole(
    connection: Session, step: GateStep, context: StepContext, role: DomainRole
) -> WholeTable | None:
    """Make the view of the whole table, which the role may read; None: no check asks for it.

    Where the run has built the whole table, that is the staging table itself.
    """
    if not step.of_whole or step.increment is None:
        return None
    table, staging = step.table, step.table.staging(context.run_key)
    window = window_in(read_making_task(connection, context.run, table))
    current = registry.current(connection, table)
    judged_against = current.publication_id if current else 0
    if window is None or window.is_whole or current is None:
        return WholeTable(name=staging, judged_against=judged_against)
    view = table.as_whole(context.run_key)
    beside = Beside(
        table=table,
        version=current.version,
        staging=staging,
        rejects=None,
        primary_key=step.primary_key,
        order=Order(interval_end=context.run.interval_end),
        missing_keys=MissingKeys.KEEP,
        has_unread_records=False,
        slice=Slice(time_column=step.increment.time_column, window=window),
    )
    create_view(connection, view, step.increment.disposition, beside)
    grant_on(connection, view, role, ["SELECT"])
    return WholeTable(name=view, judged_against=judged_against)


def show_whole(staged: StagedTable, whole: WholeTable) -> StagedTable:
    """The whole table as the checks see it, in place of what the run brings."""
    return replace(staged, name=whole.name)


def close_whole(connection: Session, step: GateStep, context: StepContext) -> None:
    """Drop the view again."""
    if step.of_whole:
        drop_view(connection, step.table.as_whole(context.run_key))
