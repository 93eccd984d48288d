"""Publish: a gated staging table becomes what readers see, in one short transaction.

Data, quarantined rows, the gates' link and the registry's row commit together, or not at all. Run
again after a kill it either finds the staging table and publishes it, or finds that it has been
published and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from medallion.errors import WarehouseRefused
from medallion.names import Layer
from medallion.plan.model import PublishStep
from medallion.publish.declaration import WriteDisposition
from medallion.publish.relations import (
    identifier,
)
from medallion.steps.context import StepContext, StepResult, run_ref
from medallion.steps.publish.dispositions import StagedRows, write
from medallion.steps.publish.guards import check_everything, refuse_overtaken
from medallion.steps.publish.shape import ShapeChange
from medallion.warehouse.quarantine import rows as quarantine
from medallion.warehouse.registry import cursors, gate_records, landed_files
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import Figures, figures_of, hold_to_count, lost
from medallion.warehouse.registry.digest import content_digest
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.roles import readers
from medallion.warehouse.session.connection import connect, translated
from medallion.warehouse.session.locking import in_short_transaction
from medallion.warehouse.session.relations import columns_of, row_count
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.tables.rebuild import bring_back, drop_former, step_aside
from medallion.warehouse.tables.store import added_columns, bring_up_to_date, describe
from medallion.warehouse.tables.sweep import drop_old_versions, sweep_staging
from medallion.warehouse.tables.views import View


def run(step: PublishStep, context: StepContext) -> StepResult:
    """Publish what this run has staged.

    Raises:
        DataRejected: a guard refuses; the published table is untouched.
        WarehouseRefused: it would break readers.
        StagingLost: what was staged is not there any more; the steps before have to run again.
        WarehouseUnavailable: a lock was not to be had in time.
        SetupError: a role of `grants` does not exist.
    """
    publishing = _prepare(step, context)
    if isinstance(publishing, StepResult):
        return publishing
    url = context.warehouse_url
    if publishing.shape.grows and not publishing.shape.breaks:
        in_short_transaction(url, step.table, publishing.change_structure)
    publication_id = in_short_transaction(url, step.table, publishing.commit)
    with connect(url) as connection:
        published = registry.current(connection, step.table)
    _tidy(step, context)
    if published is None or published.publication_id != publication_id:
        context.log.info("%s has already been published again", step.table.public)
    return _result(step, context, publication_id)


def _prepare(step: PublishStep, context: StepContext) -> _Publishing | StepResult:
    """Everything that can be refused is refused here, before anything is changed."""
    table, run = step.table, run_ref(context)
    with translated(f"preparing {table.public}"), connect(context.warehouse_url) as connection:
        registry.ensure(connection)
        ensure_schemas(connection, table)
        staging = table.staging(context.run_key)
        columns = columns_of(connection, staging)
        if not columns:
            return _already(connection, step, context)
        connection.execute(sql.SQL("ANALYZE {}").format(identifier(staging)))
        figures = figures_of(connection, run, table, context.run_key)
        as_of = figures.read_at or context.interval_end
        shape = check_everything(connection, step, columns, figures, as_of, context)
        return _Publishing(
            step=step,
            context=context,
            columns=tuple(column.name for column in columns),
            figures=figures,
            as_of=as_of,
            shape=shape,
            digest=content_digest(connection, run, table, staging),
        )


@dataclass(frozen=True, kw_only=True)
class _Publishing:
    """What the transactions of one publication need to know."""

    step: PublishStep
    context: StepContext
    columns: tuple[str, ...]
    figures: Figures
    as_of: datetime
    """What a whole table is newer by: the interval's end; of gold, when its SELECT read."""
    shape: ShapeChange
    digest: str

    def change_structure(self, connection: psycopg.Connection, least_version: int = 0) -> None:
        """The relations behind the table: created, or given new columns. Rare."""
        staged = columns_of(connection, self.step.table.staging(self.context.run_key))
        wanted = (*staged, *added_columns(self.step))
        bring_up_to_date(connection, self.step.table, wanted, least_version=least_version)

    def commit(self, connection: psycopg.Connection) -> int:
        """The publication itself; its number in the registry."""
        step, table, run = self.step, self.step.table, run_ref(self.context)
        refuse_overtaken(connection, table, self.context)
        staging = table.staging(self.context.run_key)
        hold_to_count(connection, table, staging, self.figures.staged)
        current = registry.current(connection, table)
        is_current = not self._comes_late(current)
        views = self._make_again(connection, is_current=is_current) if self.shape.breaks else ()
        written = write(connection, self._staged(current))
        landed_files.keep(
            connection,
            run,
            table,
            load_id=self.figures.load_id,
            version=written.version,
            appends=step.write_disposition is WriteDisposition.APPEND,
        )
        if views:
            bring_back(connection, table, views)
            drop_former(connection, table)
            registry.forget_versions(connection, table)
        superseded = self.figures.staged - written.published
        describe(connection, step)
        for change in readers.bring_in_step(connection, table, step.grants, step.share_with):
            self.context.log.info("%s", change.describe())
        publication_id = registry.add_publication(
            connection,
            run,
            table,
            {
                "version": written.version,
                "physical_table": str(table.version(written.version)),
                "write_disposition": str(step.write_disposition),
                "load_id": self.figures.load_id,
                "rows_read": self.figures.read,
                "rows_published": written.published,
                "rows_quarantined": self.figures.quarantined,
                "rows_deduplicated": self.figures.deduplicated + superseded,
                "rows_discarded": self.figures.discarded,
                "rows_deleted": written.deleted,
                "rows_total": self._total(connection, written.version),
                "digest": self.digest,
                "as_of": self.as_of,
                "is_current": is_current,
                "is_whole": written.whole,
            },
        )
        rejects = table.rejects(self.context.run_key)
        quarantine.keep(connection, run, table, rejects, publication_id)
        gate_records.link_outcomes(connection, run, table, publication_id)
        if table.layer is Layer.GOLD:
            registry.keep_inputs(connection, run, table, step.inputs)
        cursors.move(
            connection,
            run,
            table,
            load_id=self.figures.load_id,
            publication_id=publication_id,
            appends=step.write_disposition is WriteDisposition.APPEND,
        )
        return publication_id

    def _make_again(self, connection: psycopg.Connection, *, is_current: bool) -> tuple[View, ...]:
        """The relations in their new shape; the views that have to come back to them."""
        table = self.step.table
        if not is_current:
            raise WarehouseRefused(
                f"{table.public}: this run is older than what readers have, and of another shape: "
                + "; ".join(self.shape.breaks),
                remedy="run the latest interval first: it brings the new shape",
            )
        self.context.log.warning(
            "%s changes its shape, as the spec allows: %s. Its former versions go",
            table.public,
            "; ".join(self.shape.breaks),
        )
        views = step_aside(connection, table)
        self.change_structure(connection, registry.next_version(connection, table))
        return views

    def _comes_late(self, current: Publication | None) -> bool:
        """Whether readers have something newer than this whole table already.

        A backfilled interval is older than what is there; a gold table that was built before
        another run's was has not seen all that the other has.
        """
        if (
            self.step.write_disposition is not WriteDisposition.REPLACE
            or current is None
            or current.as_of <= self.as_of
        ):
            return False
        self.context.log.warning(
            "%s: readers keep version %d, which is newer (%s) than this run's (%s)",
            self.step.table.public,
            current.version,
            current.as_of.isoformat(),
            self.as_of.isoformat(),
        )
        return True

    def _staged(self, current: Publication | None) -> StagedRows:
        return StagedRows(
            step=self.step,
            context=self.context,
            columns=self.columns,
            rows=self.figures.staged,
            current=current,
            rebuilt=bool(self.shape.breaks),
        )

    def _total(self, connection: psycopg.Connection, version: int) -> int:
        if self.step.write_disposition is WriteDisposition.REPLACE:
            return self.figures.staged
        return row_count(connection, self.step.table.version(version))


def _already(connection: psycopg.Connection, step: PublishStep, context: StepContext) -> StepResult:
    """Nothing is staged: an earlier try has published it, or it is lost."""
    for publication in registry.history(connection, step.table):
        if (publication.dag_id, publication.run_id) == (context.dag_id, context.run_id):
            context.log.info("An earlier try has published %s already.", step.table.public)
            return _result(step, context, publication.publication_id)
    raise lost(step.table, f"the run {context.run_id} has no staging table")


def _result(step: PublishStep, context: StepContext, publication_id: int) -> StepResult:
    with connect(context.warehouse_url) as connection:
        history = registry.history(connection, step.table)
    publication = next(p for p in history if p.publication_id == publication_id)
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
            "spec_digest": context.spec_digest,
        },
    )


def _tidy(step: PublishStep, context: StepContext) -> None:
    """Old versions and leftovers of this table; what is in use stays for the next time."""
    sweep_staging(context.warehouse_url, step.table, keep_run=None)
    drop_old_versions(context.warehouse_url, step.table, step.keep_versions, context.log)
