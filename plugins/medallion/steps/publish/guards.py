"""What may stop a publication: guards, roles, breaking changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from medallion.errors import DataRejected, SetupError, WarehouseRefused
from medallion.names import Layer, PublishedTable, TableName
from medallion.plan.model import PublishStep
from medallion.prose import tally
from medallion.publish.declaration import guard_of_increments, refuse_to_shrink
from medallion.publish.relations import Column
from medallion.steps.context import StepContext
from medallion.steps.publish.incidents import are_too_many_quarantined
from medallion.steps.publish.shape import ShapeChange, shape_change
from medallion.warehouse.quarantine.rejects import commonest_reasons
from medallion.warehouse.quarantine.runs import find_overtaking_run
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import Figures
from medallion.warehouse.roles.readers import with_all_rights
from medallion.warehouse.session.relations import missing_roles
from medallion.warehouse.session.transaction import Session


def check_everything(
    connection: Session,
    step: PublishStep,
    columns: Sequence[Column],
    figures: Figures,
    as_of: datetime,
    context: StepContext,
) -> ShapeChange:
    """Refuse what must not be published; returns how the relations have to change.

    Raises:
        DataRejected: too few rows, or far fewer than before; too many rows quarantined, or in
            conflict with others of their primary key.
        WarehouseRefused: a published column would disappear or change its type.
        SetupError: a role of `grants` does not exist, or may read every table anyway.
    """
    rejects = step.table.rejects(context.run_key)
    if figures.is_part:
        step = replace(step, guard=guard_of_increments(step.guard))
    _check_min_rows(connection, step, figures, rejects)
    _check_shrink(connection, step, figures, as_of)
    for check in (
        partial(_check_quarantined, connection, step, figures, rejects),
        partial(_check_conflicting, step, figures),
    ):
        try:
            check()
        except DataRejected as refusal:
            # In a small increment one bad row is a large percentage: a warning is enough there.
            if figures.wanted >= step.guard.warn_below_rows:
                raise
            context.log.warning("%s", refusal.problem)
    _check_roles(connection, step)
    return shape_change(connection, step, columns, context.bi_readers)


def _check_min_rows(
    connection: Session, step: PublishStep, figures: Figures, rejects: TableName
) -> None:
    least = step.guard.min_rows
    if figures.staged >= least:
        return
    problem = (
        f"{step.table.public}: {tally(figures.staged, 'row')} to publish, the guard asks for "
        f"{least} or more"
        f" ({figures.quarantined:,} of {tally(figures.read, 'row')} read would go to quarantine)"
    )
    remedy = f"look at the source; {_how_to_start_over(step.table)}"
    if figures.quarantined:
        problem = f"{problem}. {_most_often(connection, rejects)}"
        remedy = f"{_how_to_start_over(step.table)}; {_where_they_are(rejects)}"
    raise DataRejected(
        problem,
        remedy=f"{remedy}. If this is intended, set `guard: {{min_rows: …}}` in the spec. "
        "The published table is untouched",
    )


def _check_shrink(
    connection: Session, step: PublishStep, figures: Figures, as_of: datetime
) -> None:
    current = registry.current(connection, step.table)
    is_whole = step.write_disposition.whole or (figures.window is not None and not figures.is_part)
    if not is_whole or current is None:
        return
    if current.as_of > as_of:  # it takes nothing from readers: they keep what they have
        return
    # A history's total has the former states too: what the last run brought is what compares.
    alone = step.write_disposition.moves_staging or figures.window is not None
    before = current.rows_total if alone else current.rows_published
    refuse_to_shrink(step.table, step.guard, before, figures.staged)


def _check_quarantined(
    connection: Session, step: PublishStep, figures: Figures, rejects: TableName
) -> None:
    """A few quarantined rows are normal; if most rows fail, the spec does not match the source."""
    limit = step.guard.max_quarantined_percent
    if limit is None or not are_too_many_quarantined(step, figures):
        return
    raise DataRejected(
        f"{step.table.public}: {figures.quarantined:,} of {tally(figures.wanted, 'row')} "
        "would go to "
        f"quarantine ({_percent(figures.quarantined, figures.wanted)}), the guard allows "
        f"{limit:g} %. {_most_often(connection, rejects)}",
        remedy=f"{_how_to_start_over(step.table)}; {_where_they_are(rejects)}. "
        "If it is meant, raise `guard: {max_quarantined_percent: …}` (null: no limit). The "
        "published table is untouched",
    )


def _most_often(connection: Session, rejects: TableName) -> str:
    why = commonest_reasons(connection, rejects)
    return "Most often: " + "; ".join(f"{reason} ({tally(rows, 'row')})" for reason, rows in why)


def _how_to_start_over(table: PublishedTable) -> str:
    """Which task to clear: the publication alone would find the same rows again."""
    if table.layer is Layer.GOLD:
        return f"correct the SQL and clear {table.name}.build with the tasks after it"
    return (
        f"correct the source and clear {table.name}.land, or the spec and clear "
        f"{table.name}.clean, each with the tasks after it"
    )


def _where_they_are(rejects: TableName) -> str:
    return f"the rows and their reasons are in {rejects} for a week"


def _check_conflicting(step: PublishStep, figures: Figures) -> None:
    """An incomplete key drops distinct rows as duplicates."""
    limit = step.guard.max_conflicting_percent
    if limit is None or not _exceeds(figures.conflicting, figures.wanted, limit):
        return
    raise DataRejected(
        f"{step.table.public}: {figures.conflicting:,} of {tally(figures.wanted, 'row')} "
        f"({_percent(figures.conflicting, figures.wanted)}) were dropped for another row with the "
        f"same primary key ({', '.join(step.primary_key)}) and other values, the guard allows "
        f"{limit:g} %",
        remedy=f"complete `primary_key`: the log of {step.table.name}.clean has examples, and the "
        "columns that differ. Where the rows are states of one thing, say which one stays: "
        "`deduplicate: {order_by: [updated_at desc]}`; or raise "
        "`guard: {max_conflicting_percent: …}` (null: no limit). The published table is untouched",
    )


def _exceeds(part: int, whole: int, percent: float) -> bool:
    return 100 * part > percent * whole


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3g} %"


def _check_roles(connection: Session, step: PublishStep) -> None:
    if missing := missing_roles(connection, step.grants):
        raise SetupError(
            f"{step.table.public} is granted to roles that do not exist: {', '.join(missing)}",
            remedy="an administrator creates them: `python -m medallion.cli roles`",
        )
    if able := with_all_rights(connection, step.grants):
        raise SetupError(
            f"{step.table.public} is granted to {', '.join(able)}, which may read every table "
            "without a grant",
            remedy="remove it from `grants` in the spec, which are for reader roles. Nothing was "
            "published",
        )


def refuse_overtaken(connection: Session, table: PublishedTable, context: StepContext) -> None:
    """Refuse a replay if another run has published the same interval since.

    Raises:
        WarehouseRefused: another run has; the published table is untouched.
    """
    if context.repeats is None:
        return
    other = find_overtaking_run(connection, table, context.run, context.repeats)
    if other:
        raise WarehouseRefused(
            f"{table.public}: {other} has published the same data interval in the meantime, from a "
            f"landing of its own: what {context.run.run_id} had quarantined is obsolete",
            remedy="nothing to do; the next replay reports these rows as obsolete",
        )
