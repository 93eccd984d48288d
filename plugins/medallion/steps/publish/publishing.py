"""One publication: what its transaction does, in which order, and why.

    advisory lock of the table      one publication at a time; readers do not meet it
    refuse                          overtaken replay, lost staging table: nothing to undo yet
    rows into a version             the landing's files with them; no reader sees either
    comments, grants                short locks on the view
    medallion.current_versions      now the view shows the version, once committed
    quarantine, gates, cursor       they refer to the publication's number
    COMMIT                          all of it at once, or nothing

The view is never dropped: readers keep their grants and dependent views, and a publication changes
one row. Only a breaking change drops it, within the same transaction (`tables.rebuild`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from medallion.commit import spec_commit
from medallion.errors import WarehouseRefused, WarehouseUnavailable
from medallion.names import DATA_INTERVAL_END, Layer, TableName
from medallion.plan.model import PublishStep
from medallion.publish.disposition import Written
from medallion.publish.order import Order
from medallion.publish.partitions import rows_of
from medallion.publish.relations import VERSION
from medallion.run import Run
from medallion.steps.context import StepContext
from medallion.steps.publish.guards import refuse_overtaken
from medallion.steps.publish.incidents import keep_with_publication
from medallion.steps.publish.shape import ShapeChange
from medallion.steps.publish.window import hold_to_current, keep_window
from medallion.warehouse.quarantine import rows as quarantine
from medallion.warehouse.registry import cursors, gate_records, landed_files, streams
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import Figures, hold_to_count, hold_to_erasures
from medallion.warehouse.registry.deleted_keys import hold_to_known_deletions
from medallion.warehouse.registry.masks import keep_masks
from medallion.warehouse.registry.pins import describe_pins, pins_of
from medallion.warehouse.registry.reading_order import find_order
from medallion.warehouse.registry.records import NewPublication, Publication
from medallion.warehouse.roles import readers
from medallion.warehouse.session.relations import columns_of, missing_roles, row_count
from medallion.warehouse.session.transaction import Session
from medallion.warehouse.tables.indexes import add_missing_indexes
from medallion.warehouse.tables.partitioned import (
    analyze_new_partitions,
    show_version_in_partitions,
)
from medallion.warehouse.tables.rebuild import bring_back, drop_former, drop_views
from medallion.warehouse.tables.selects import drop_hidden_selects, show_again, show_rows_too
from medallion.warehouse.tables.staged_rows import StagedRows
from medallion.warehouse.tables.staging import (
    analyze,
    analyze_after_change,
    analyze_constants,
)
from medallion.warehouse.tables.store import bring_up_to_date, describe, list_added_columns


def becomes_version(step: PublishStep, figures: Figures) -> bool:
    """Whether the staging table itself becomes a version, with its indexes and statistics."""
    is_whole = figures.window is not None and figures.window.is_whole
    return step.write_disposition.moves_staging or (is_whole and step.partitions is None)


@dataclass(frozen=True, kw_only=True)
class Publishing:
    """The input of one publication's transactions: both may run several times
    (`in_short_transaction`)."""

    step: PublishStep
    context: StepContext
    columns: tuple[str, ...]
    figures: Figures
    as_of: datetime
    """What a whole table is newer by: the interval's end; of gold, when its SELECT read."""
    shape: ShapeChange
    digest: str
    domain_role: str = ""
    """Of a view: the role that its SELECT is of."""
    against: int | None = None
    """The publication that readers had when a person approved this one, 0: none; None: nobody was
    asked."""

    def change_structure(self, connection: Session, least_version: int = 0) -> None:
        """Create the relations behind the table, or add new columns. It may run again: what is
        there stays."""
        staged = columns_of(connection, self._staging)
        wanted = (*staged, *list_added_columns(self.step))
        # First what is masked: no reader sees a new column before its mask.
        changes = keep_masks(connection, self.step.table, self.step.masks)
        bring_up_to_date(connection, self.step.table, wanted, least_version=least_version)
        if changes:
            show_again(connection, self.step.table, least_version)

    def _mask(self, connection: Session) -> None:
        """Bring what the view masks in step with the spec, where nothing else has changed."""
        changes = keep_masks(connection, self.step.table, self.step.masks)
        if changes:
            show_again(connection, self.step.table)
        for change in changes:
            self.context.log.info("%s", change.describe())

    @property
    def writes_in_place(self) -> bool:
        """Whether the rows may go into the version that readers have."""
        return self.step.write_disposition.stores_rows and not self._becomes_version

    def make_room(self, connection: Session) -> TableName | None:
        """Attach the partitions that the staged rows need to the version that readers have, still
        empty, in a transaction before that of the publication; the version, if any of these is new
        to readers. A new version has its own."""
        hold_to_count(connection, self.step.table, self._staging, self.figures.staged)
        current = registry.current(connection, self.step.table)
        made = current is not None and self._see_staged_rows(connection, current, 0).make_room()
        return self.step.table.version(current.version) if current and made else None

    def commit(self, connection: Session) -> int:
        """The publication, in the order above; its id in the registry. The caller holds the table's
        lock."""
        current = self.hold(connection)
        is_current = not self.comes_late(current)
        written = self.write(connection, current, is_current=is_current)
        return self.show(connection, written, is_current=is_current)

    def hold(self, connection: Session) -> Publication | None:
        """Refuse what may no longer be published, before anything is changed; what readers have.

        Raises:
            StagingLost: what was prepared is gone, or out of date.
            WarehouseUnavailable: readers have something else than what was compared.
            WarehouseRefused: it may have keys whose deletion is forgotten.
            DataRejected: another run has brought the interval since.
        """
        table = self.step.table
        # The wait for the lock may have taken minutes: another run may have published meanwhile,
        # and a crash may have emptied the unlogged staging table. So both are checked under it.
        refuse_overtaken(connection, table, self.context)
        hold_to_count(connection, table, self._staging, self.figures.staged)
        hold_to_erasures(connection, self._run, table, self.step.inputs)
        current = registry.current(connection, table)
        brings_rows = self.figures.staged > 0 and not self.context.full_refresh
        if self.step.deleted_when is not None and brings_rows:
            hold_to_known_deletions(connection, table, self.find_order(connection))
        self._hold_to_approved(current)
        hold_to_current(connection, self.step, self.figures, current, self.shape, self._run)
        return current

    def show(self, connection: Session, written: Written, *, is_current: bool) -> int:
        """Have readers see what was written; the publication's id in the registry."""
        table = self.step.table
        describe(connection, self.step)
        self._grant(connection)
        new = self._record(connection, written, is_current=is_current)
        publication_id = registry.add_publication(connection, self._run, table, new)
        self._keep_with(connection, publication_id)
        return publication_id

    @property
    def _run(self) -> Run:
        return self.context.run

    @property
    def _becomes_version(self) -> bool:
        return becomes_version(self.step, self.figures)

    @property
    def _staging(self) -> TableName:
        return self.step.table.staging(self.context.run_key)

    def write(
        self, connection: Session, current: Publication | None, *, is_current: bool
    ) -> Written:
        """Bring the rows into a version, and the landing's files into the memory of the source."""
        if not self.shape.breaks:
            self._mask(connection)
            return self._write_rows(connection, current, 0)
        table = self.step.table
        pinned = pins_of(connection, table)
        self._allow_new_shape(pinned, is_current=is_current)
        views = drop_views(connection, table)
        # Versions below the next one have the old shape, and the new view must not show them.
        least = registry.next_version(connection, table)
        self.change_structure(connection, least)
        written = self._write_rows(connection, current, least)
        bring_back(connection, table, views)
        drop_former(connection, table, pinned)
        drop_hidden_selects(connection, table, pinned)
        registry.forget_versions(connection, table)
        return written

    def find_order(self, connection: Session) -> Order:
        """Which published rows are later than the staged ones."""
        return find_order(
            connection,
            self._run,
            self.step.table,
            self.figures.load_id,
            self.step.write_disposition,
        )

    def _see_staged_rows(
        self, connection: Session, current: Publication | None, least: int
    ) -> StagedRows:
        return StagedRows(
            connection=connection,
            log=self.context.log,
            step=self.step,
            run_key=self.context.run_key,
            order=self.find_order(connection),
            columns=self.columns,
            rows=self.figures.staged,
            current=current,
            new_shape=bool(self.shape.breaks),
            window=self.figures.window,
            own_load=cursors.find_own_load(connection, self.figures.load_id),
            least_version=least,
            domain_role=self.domain_role,
        )

    def _write_rows(self, connection: Session, current: Publication | None, least: int) -> Written:
        staged = self._see_staged_rows(connection, current, least)
        written = self.step.write_disposition.write(staged)
        if self.step.write_disposition.stores_rows:
            self._furnish(connection, current, written, least)
        # In the transaction of the rows: a file counts as read only where its rows are published,
        # so a run that fails after this line reads the file again.
        landed_files.keep(
            connection,
            self._run,
            self.step.table,
            load_id=self.figures.load_id,
            version=written.version,
            appends=self.step.write_disposition.appends,
        )
        return written

    def _furnish(
        self, connection: Session, current: Publication | None, written: Written, least: int
    ) -> None:
        """What a version with rows has before readers see it: indexes, statistics, and a place in
        the view, which may have shown SELECTs alone."""
        table, version = self.step.table, self.step.table.version(written.version)
        is_partitioned = self.step.partitions is not None
        stored = rows_of(version) if is_partitioned else version
        add_missing_indexes(connection, table, stored, self.step.indexes)
        if current is not None and current.version == written.version:
            analyze_after_change(connection, stored, written.published + written.deleted)
        elif self._becomes_version:  # it has been analyzed, but for what came with the version
            analyze_constants(connection, stored, self._list_constants())
        else:
            analyze(connection, stored)
        if is_partitioned:
            analyze_new_partitions(connection, stored)
            show_version_in_partitions(connection, table, written.version, least)
        elif table.layer is Layer.GOLD or self.step.write_disposition.can_be_partitioned:
            show_rows_too(connection, table, least)

    def _list_constants(self) -> list[str]:
        is_silver = self.step.table.layer is Layer.SILVER
        return [VERSION, DATA_INTERVAL_END] if is_silver else [VERSION]

    def _allow_new_shape(self, pinned: Collection[int], *, is_current: bool) -> None:
        """A new shape takes the place of what readers have: it has to be the newest."""
        table, changes = self.step.table, "; ".join(self.shape.breaks)
        if not is_current:
            raise WarehouseRefused(
                f"{table.public}: this run is older than what readers have, and of another shape: "
                + changes,
                remedy="run the latest interval first: it brings the new shape",
            )
        self.context.log.warning(
            "%s changes its shape, as the spec allows: %s. Its former versions go%s",
            table.public,
            changes,
            f", but those that are pinned: {describe_pins(pinned)}" if pinned else "",
        )

    def _grant(self, connection: Session) -> None:
        step = self.step
        for change in readers.bring_in_step(connection, step.table, step.grants, step.share_with):
            self.context.log.info("%s", change.describe())
        unmasked = {role for mask in step.masks for role in mask.roles}
        for role in missing_roles(connection, sorted(unmasked)):
            self.context.log.warning(
                "%s: there is no role %s, so nobody reads its columns in clear. "
                "`python -m medallion.cli roles` creates it",
                step.table.public,
                role,
            )

    def _record(self, connection: Session, written: Written, *, is_current: bool) -> NewPublication:
        """The registry's row. Rows that a later interval had already are duplicates."""
        figures, disposition = self.figures, self.step.write_disposition
        version = self.step.table.version(written.version)
        alone = disposition.brings_all
        return NewPublication(
            version=written.version,
            physical_table=str(version),
            write_disposition=disposition.name,
            load_id=figures.load_id,
            rows_read=figures.read,
            rows_published=written.published,
            rows_quarantined=figures.quarantined,
            rows_deduplicated=figures.deduplicated + figures.staged - written.published,
            rows_discarded=figures.discarded,
            rows_deleted=written.deleted,
            # A version that was the staging table has its rows.
            rows_total=figures.staged if alone else self._count_rows(connection, written),
            digest=self.digest,
            as_of=self.as_of,
            is_current=is_current,
            is_whole=written.whole,
            spec_commit=spec_commit(self.context.project_root),
            fingerprint=self.step.fingerprint,
            source_fingerprint=self.step.source_fingerprint,
        )

    def _count_rows(self, connection: Session, written: Written) -> int:
        """The rows of a version that holds those of earlier runs too. One in partitions may have
        years of them, and few have changed: what readers had and what has come make the sum. A
        partition that is dropped is taken off what the registry has."""
        step = self.step
        current = registry.current(connection, step.table)
        is_same = current is not None and current.version == written.version
        if step.partitions is None or written.replaced is None or not is_same:
            return row_count(connection, step.table.version(written.version))
        assert current is not None  # noqa: S101  # it is the same
        return current.rows_total - written.replaced + written.published

    def _keep_with(self, connection: Session, publication_id: int) -> None:
        """What commits with the publication or not at all: quarantine, checks, inputs, how far the
        source was read."""
        run, step, table = self._run, self.step, self.step.table
        rejects = table.rejects(self.context.run_key)
        quarantine.keep(connection, run, table, rejects, publication_id)
        gate_records.link_outcomes(connection, run, table, publication_id)
        keep_window(connection, publication_id, self.figures)
        keep_with_publication(connection, step, run, self.figures, self.shape)
        if table.layer is Layer.GOLD:
            registry.keep_inputs(connection, run, table, step.inputs)
        for kept in (cursors, streams):
            kept.move(
                connection,
                run,
                table,
                load_id=self.figures.load_id,
                publication_id=publication_id,
                appends=step.write_disposition.appends,
            )

    def _hold_to_approved(self, current: Publication | None) -> None:
        """What was compared when a person approved it is what readers still have."""
        found = current.publication_id if current else 0
        if self.against is not None and found != self.against:
            raise WarehouseUnavailable(
                f"{self.step.table.public} was published by another run, or rolled back, after "
                "this publication was approved",
                remedy="nothing to do: the next try of the task asks again",
            )

    def comes_late(self, current: Publication | None) -> bool:
        """Whether readers have something newer than this whole table already. It still becomes a
        version, so that its rows can be read and rolled back to; the view keeps the newer one.

        A backfilled interval is older than what is there; a gold table that was built before
        another run's was has not seen all that the other has.
        """
        if (
            not self.step.write_disposition.brings_all
            or current is None
            or current.as_of <= self.as_of
        ):
            return False
        self.warn_of_newer(current)
        return True

    def warn_of_newer(self, current: Publication) -> None:
        """Say in the log that readers keep what they have."""
        self.context.log.warning(
            "%s: readers keep version %d, which is newer (%s) than this run's (%s)",
            self.step.table.public,
            current.version,
            current.as_of.isoformat(),
            self.as_of.isoformat(),
        )
