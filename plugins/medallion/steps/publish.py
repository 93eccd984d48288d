"""Publish: a gated staging table becomes what readers see, in one short transaction.

Data, quarantined rows, the gates' link and the registry's row commit together, or not at all. Run
again after a kill it either finds the staging table and publishes it, or finds that it has been
published and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from medallion.errors import WarehouseRefused
from medallion.names import Layer
from medallion.plan.model import PublishStep
from medallion.publish import merge, replace
from medallion.publish.declaration import WriteDisposition
from medallion.publish.relations import identifier
from medallion.steps.context import StepContext, StepResult, run_ref
from medallion.steps.publish_guards import check_everything
from medallion.warehouse import quarantine, registry
from medallion.warehouse.accounting import Figures, figures_of
from medallion.warehouse.connection import connect, translated
from medallion.warehouse.digest import content_digest
from medallion.warehouse.locking import in_short_transaction
from medallion.warehouse.relations import columns_of, indexes_of, row_count
from medallion.warehouse.schemas import ensure_schemas
from medallion.warehouse.store import bring_up_to_date, describe
from medallion.warehouse.sweep import drop_old_versions, sweep_staging


def run(step: PublishStep, context: StepContext) -> StepResult:
    """Publish what this run has staged.

    Raises:
        DataRejected: a guard refuses; the published table is untouched.
        WarehouseRefused: it would break readers, or nothing is staged.
        WarehouseUnavailable: a lock was not to be had in time.
        SetupError: a role of `grants` does not exist.
    """
    publishing = _prepare(step, context)
    if isinstance(publishing, StepResult):
        return publishing
    url = context.warehouse_url
    if publishing.structure_changes:
        in_short_transaction(url, step.table, publishing.change_structure)
    publication_id = in_short_transaction(url, step.table, publishing.commit)
    with connect(url) as connection:
        published = registry.current(connection, step.table)
    _tidy(step, context)
    if published is None or published.publication_id != publication_id:
        context.log.info("%s has already been published anew", step.table.public)
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
        structure_changes = check_everything(connection, step, columns, figures)
        return _Publishing(
            step=step,
            context=context,
            columns=tuple(column.name for column in columns),
            figures=figures,
            structure_changes=structure_changes,
            digest=content_digest(connection, run, table, staging),
        )


@dataclass(frozen=True, kw_only=True)
class _Publishing:
    """What the transactions of one publication need to know."""

    step: PublishStep
    context: StepContext
    columns: tuple[str, ...]
    figures: Figures
    structure_changes: bool
    digest: str

    def change_structure(self, connection: psycopg.Connection) -> None:
        """The relations behind the table: created, or given new columns. Rare."""
        staging = self.step.table.staging(self.context.run_key)
        bring_up_to_date(connection, self.step.table, columns_of(connection, staging))

    def commit(self, connection: psycopg.Connection) -> int:
        """The publication itself; its number in the registry."""
        step, table, run = self.step, self.step.table, run_ref(self.context)
        if step.write_disposition is WriteDisposition.MERGE:
            version, affected = self._merge(connection)
        else:
            version, affected = self._replace(connection), self.figures.staged
        superseded = self.figures.staged - affected
        describe(connection, step)
        quarantine.keep(connection, run, table, table.rejects(self.context.run_key))
        publication_id = registry.add_publication(
            connection,
            run,
            table,
            {
                "version": version,
                "physical_table": str(table.version(version)),
                "write_disposition": str(step.write_disposition),
                "load_id": self.figures.load_id,
                "rows_read": self.figures.read,
                "rows_published": affected,
                "rows_quarantined": self.figures.quarantined,
                "rows_deduplicated": self.figures.deduplicated + superseded,
                "rows_total": self._total(connection, version),
                "digest": self.digest,
            },
        )
        registry.link_outcomes(connection, run, table, publication_id)
        return publication_id

    def _replace(self, connection: psycopg.Connection) -> int:
        table = self.step.table
        version = registry.next_version(connection, table)
        staging = table.staging(self.context.run_key)
        statements = replace.publish(
            table,
            staging,
            version,
            indexes=indexes_of(connection, staging),
            interval_end=self.context.interval_end,
        )
        for statement in statements:
            connection.execute(statement)
        return version

    def _merge(self, connection: psycopg.Connection) -> tuple[int, int]:
        """The version merged into, and the rows that were new or newer."""
        table, key = self.step.table, self.step.primary_key
        current = registry.current(connection, table)
        if current is None:
            version = registry.next_version(connection, table)
            for statement in merge.create_version(table, version, key):
                connection.execute(statement)
        else:
            version = current.version
        staging = table.staging(self.context.run_key)
        cursor = connection.execute(
            merge.upsert(
                table,
                staging,
                version,
                columns=self.columns,
                primary_key=key,
                interval_end=self.context.interval_end,
            )
        )
        affected = cursor.rowcount
        connection.execute(sql.SQL("DROP TABLE {}").format(identifier(staging)))
        return version, affected

    def _total(self, connection: psycopg.Connection, version: int) -> int:
        if self.step.write_disposition is WriteDisposition.REPLACE:
            return self.figures.staged
        return row_count(connection, self.step.table.version(version))


def _already(connection: psycopg.Connection, step: PublishStep, context: StepContext) -> StepResult:
    """Nothing is staged: an earlier try has published it, or it was never made."""
    for publication in registry.history(connection, step.table):
        if (publication.dag_id, publication.run_id) == (context.dag_id, context.run_id):
            context.log.info("An earlier try has published %s already.", step.table.public)
            return _result(step, context, publication.publication_id)
    before = "build" if step.table.layer is Layer.GOLD else "clean"
    raise WarehouseRefused(
        f"nothing is staged for {step.table.public} by the run {context.run_id}",
        remedy=f"clear the task {step.table.name}.{before} and those after it",
    )


def _result(step: PublishStep, context: StepContext, publication_id: int) -> StepResult:
    with connect(context.warehouse_url) as connection:
        history = registry.history(connection, step.table)
    publication = next(p for p in history if p.publication_id == publication_id)
    return StepResult(
        rows_in=publication.rows_read,
        rows_out=publication.rows_published,
        rows_quarantined=publication.rows_quarantined,
        rows_deduplicated=publication.rows_deduplicated,
        reference=f"{step.table.public} version {publication.version}",
        details={
            "publication_id": publication_id,
            "version": publication.version,
            "rows_total": publication.rows_total,
            "digest": publication.digest,
            "spec_digest": context.spec_digest,
        },
    )


def _tidy(step: PublishStep, context: StepContext) -> None:
    """Old versions and leftovers of this table; what is in use stays for the next time."""
    sweep_staging(context.warehouse_url, step.table, keep_run=None)
    drop_old_versions(context.warehouse_url, step.table, step.keep_versions, context.log)
