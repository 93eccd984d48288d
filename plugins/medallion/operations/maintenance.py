"""Maintenance: deletes what a domain's specs no longer keep, and leftovers.

Each table by itself: a failure with one does not stop the others. It may be killed at any point and
run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from medallion.compiler.single import read_spec
from medallion.errors import MedallionError, SpecError
from medallion.lake.receipts import KEPT, delete_receipt, find_old_receipts
from medallion.lake.retention import (
    LooseFolder,
    bronze_of,
    delete_landing,
    is_landing_of,
    loose_folders,
    place_in_bronze,
)
from medallion.names import Layer
from medallion.operations.ages import journal_age, registry_age
from medallion.operations.lake_tables import steps_for, tidy
from medallion.operations.old_partitions import drop_old_partitions
from medallion.operations.surroundings import Surroundings
from medallion.operations.unneeded_landings import (
    age_of_quarantine,
    age_of_tries,
    find_unneeded,
)
from medallion.plan.keeping import Keeping, keepings
from medallion.prose import tally
from medallion.spec.files.refusals import display_path
from medallion.spec.load.discover import discover
from medallion.steps.publish.primary import refuse_former_server
from medallion.warehouse.registry import landings
from medallion.warehouse.registry.deleted_keys import forget_deleted_keys
from medallion.warehouse.registry.deletions import delete_older, record_deletion
from medallion.warehouse.registry.retention import delete_old_entries, delete_old_journal
from medallion.warehouse.registry.unneeded import forget_landings
from medallion.warehouse.session.locking import in_short_transaction
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.sweep import STAGING_KEPT, drop_old_versions, sweep_staging


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What was deleted, or in a dry run would be: `what` of which table, how many, where."""

    table: str
    what: str
    items: int
    rows: int = 0
    bytes: int = 0
    place: str = ""

    def describe(self) -> str:
        """A line for a log: "silver_cinema.movies: 2 landings, 40 rows, 1024 bytes (…)"."""
        figures = [f"{self.items} {self.what}"]
        figures += [tally(self.rows, "row")] if self.rows else []
        figures += [f"{self.bytes} bytes"] if self.bytes else []
        place = f" ({self.place})" if self.place else ""
        return f"{self.table}: {', '.join(figures)}{place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintained:
    """The result for a domain: what was deleted, and what could not be."""

    domain: str
    dry_run: bool
    swept: tuple[Swept, ...]
    problems: tuple[str, ...]
    passed_over: tuple[str, ...] = ()
    """Specs that are refused: what they keep is unknown, so nothing of theirs is deleted. That
    is reported where the spec is refused, and does not fail the maintenance."""


def domains(surroundings: Surroundings) -> tuple[str, ...]:
    """Every domain with a folder of specs. No spec is read."""
    return tuple(folder.name for folder, _ in discover(surroundings.project_root).domains)


def maintain(domain: str, surroundings: Surroundings, *, dry_run: bool = False) -> Maintained:
    """Delete what is past its retention, for every table of a domain.

    Raises:
        WarehouseUnavailable: the server is away; called again, it continues. FormerPrimary: it is
            one that the warehouse has left, which would delete what the present one needs.
        LakeError, LakeUnavailable: the lake cannot say which server the warehouse is on.
    """
    log = surroundings.log
    hold_to_server(surroundings)
    problems: list[str] = []
    passed_over: list[str] = []
    swept: list[Swept] = []
    for keeping in read_keepings(domain, surroundings, passed_over):
        for work in _WORKS:
            try:
                for one in work(keeping, surroundings, dry_run):
                    log.info("%s %s", "would delete" if dry_run else "deleted", one.describe())
                    swept.append(one)
            except MedallionError as error:
                if error.retryable:
                    raise
                log.warning("%s: %s", keeping.table.public, error)
                problems.append(f"{keeping.table.public}: {error}")
    for path in passed_over:
        log.warning("%s is refused: nothing of its tables is deleted", path)
    if not swept and not problems:
        log.info("%s: nothing is past what the specs keep", domain)
    return Maintained(
        domain=domain,
        dry_run=dry_run,
        swept=tuple(swept),
        problems=tuple(problems),
        passed_over=tuple(passed_over),
    )


def hold_to_server(surroundings: Surroundings) -> None:
    """Make sure, before anything is deleted, that the warehouse has not left the server.

    Raises:
        FormerPrimary: it has.
        LakeError, LakeUnavailable: the lake cannot say.
    """
    url = surroundings.warehouse_url
    refuse_former_server(url, surroundings.lake_root, "maintaining the warehouse")


def read_keepings(
    domain: str, surroundings: Surroundings, passed_over: list[str]
) -> Iterator[Keeping]:
    """What the specs of a domain keep; the paths of those that are refused are added to a list."""
    root = surroundings.project_root
    for folder, paths in discover(root).domains:
        for path in paths if folder.name == domain else ():
            try:
                loaded = read_spec(path, root)
            except SpecError:
                passed_over.append(display_path(path, root))
            else:
                yield from keepings(loaded.dag_id, loaded.spec, loaded.domain)


def _quarantine(keeping: Keeping, surroundings: Surroundings, dry_run: bool) -> Iterator[Swept]:
    age = age_of_quarantine(keeping)
    if age is None:
        return
    table, url = keeping.table, surroundings.warehouse_url
    with session(url, f"tidying {table.quarantine}") as connection:
        gone = delete_older(connection, table, age, dry_run=dry_run)
    if gone.rows:
        what = f"rows of quarantine, {gone.open} of them open"
        yield Swept(table=str(table.public), what=what, items=gone.rows)


def delete_old_landings(
    keeping: Keeping, surroundings: Surroundings, dry_run: bool, *, only_here: bool = False
) -> Iterator[Swept]:
    """Delete the landings of a table that are past its retention.

    Args:
        only_here: pass over those that are not below the table's own folder of this lake, as an
            environment has them of production; else the first of them is an error.
    """
    if keeping.bronze is None:
        return
    table, url = keeping.table, surroundings.warehouse_url
    with session(url, f"reading the landings of {table.public}") as connection:
        old = landings.landings_to_delete(connection, table, keeping.bronze)
    if only_here:
        root = surroundings.lake_root
        old = [one for one in old if is_landing_of(root, table.domain, table.name, one.uri)]
    reason = f"retention of {keeping.bronze.days} days"
    yield from _delete_all(old, keeping, surroundings, reason, dry_run)


def _sweep_landings(keeping: Keeping, surroundings: Surroundings, dry_run: bool) -> Iterator[Swept]:
    """Landings that nothing needs, where the spec sets no retention."""
    found = find_unneeded(keeping, surroundings)
    if found is not None:
        age, old = found
        reason = f"older than {age.days} days, and nothing needs it"
        yield from _delete_all(old, keeping, surroundings, reason, dry_run)


def _delete_all(
    old: Sequence[landings.OldLanding],
    keeping: Keeping,
    surroundings: Surroundings,
    reason: str,
    dry_run: bool,
) -> Iterator[Swept]:
    for landing in old:
        swept = Swept(
            table=str(keeping.table.public),
            what="landing",
            items=1,
            rows=landing.records,
            bytes=landing.bytes,
            place=landing.uri,
        )
        if not dry_run and not _delete(landing, keeping, surroundings, reason):
            continue
        yield swept


def _delete(
    landing: landings.OldLanding, keeping: Keeping, surroundings: Surroundings, reason: str
) -> bool:
    """Mark, delete, confirm: the next time continues where it was killed between two of them."""
    table, url = keeping.table, surroundings.warehouse_url
    with session(url, f"deleting a landing of {table.public}") as connection:
        marked = landings.mark(connection, landing)
    if not marked:
        return False
    delete_landing(surroundings.lake_root, table.domain, table.name, landing.uri)
    with session(url, f"deleting a landing of {table.public}") as connection:
        rows = landings.confirm(connection, table, landing, reason)
    if rows:
        surroundings.log.info("deleted with it: %s of quarantine", tally(rows, "row"))
    return True


def delete_loose_folders(
    keeping: Keeping, surroundings: Surroundings, dry_run: bool
) -> Iterator[Swept]:
    """Delete folders of tries that never got their manifest, and landings that a later try took
    over from: those are kept as long as the others.
    """
    table, url, root = keeping.table, surroundings.warehouse_url, surroundings.lake_root
    if table.layer is not Layer.SILVER or not bronze_of(root, table.domain, table.name).exists():
        return
    with session(url, f"reading the landings of {table.public}") as connection:
        known = {place_in_bronze(uri) for uri in landings.list_known_uris(connection, table)}
    age = next(age_of_tries(keeping, surroundings), None)
    for folder in loose_folders(root, table.domain, table.name, known):
        reason = _over(folder, age)
        if not reason:
            continue
        if not dry_run:
            delete_landing(root, table.domain, table.name, folder.uri)
            with session(url, "recording a deletion") as connection:
                record_deletion(
                    connection, "landing", table, reason,
                    oldest=folder.landed_at, newest=folder.landed_at, place=folder.uri,
                )  # fmt: skip
        yield Swept(table=str(table.public), what="folder of bronze", items=1, place=folder.uri)


def _receipts(keeping: Keeping, surroundings: Surroundings, dry_run: bool) -> Iterator[Swept]:
    """Receipts of publications that every backup and standby has."""
    root, table = surroundings.lake_root, keeping.table
    old = list(find_old_receipts(root, table, datetime.now(UTC) - min(KEPT, registry_age())))
    for name in () if dry_run else old:
        delete_receipt(root, table, name)
    if old:
        yield Swept(table=str(table.public), what="receipts of publications", items=len(old))


def _over(folder: LooseFolder, age: timedelta | None) -> str:
    """Why a folder is not kept any longer; empty: it is."""
    now = datetime.now(UTC)
    if folder.landed_at:
        if age and folder.landed_at < now - age:
            return f"retention of {age.days} days: a later try took over from it"
    elif folder.changed_at and folder.changed_at < now - STAGING_KEPT:
        return "it never became a landing"
    return ""


def _partitions(keeping: Keeping, surroundings: Surroundings, dry_run: bool) -> Iterator[Swept]:
    """Partitions of the published table whose end is longer ago than they are kept."""
    if keeping.partitions is None:
        return
    url, log = surroundings.warehouse_url, surroundings.log
    for one in drop_old_partitions(url, keeping.table, keeping.partitions, log, dry_run=dry_run):
        yield Swept(
            table=str(keeping.table.public),
            what="partition",
            items=1,
            rows=one.rows,
            bytes=one.partition.bytes,
            place=str(one.partition.name),
        )


def _leftovers(keeping: Keeping, surroundings: Surroundings, dry_run: bool) -> Iterator[Swept]:
    """What publishing tidies too, of pipelines that have not published for a while."""
    if dry_run:
        return
    url, table = surroundings.warehouse_url, keeping.table
    if staging := sweep_staging(url, table):
        yield Swept(table=str(table.public), what="staging tables", items=len(staging))
    if versions := drop_old_versions(url, table, keeping.keep_versions, surroundings.log):
        yield Swept(table=str(table.public), what="versions", items=len(versions))


def _lake_tables(keeping: Keeping, surroundings: Surroundings, dry_run: bool) -> Iterator[Swept]:
    """Files of tables in lakes that no version needs any more."""
    for step in steps_for(keeping.table, keeping.lake_targets):
        if files := tidy(step, surroundings, dry_run=dry_run):
            yield Swept(
                table=str(keeping.table.public),
                what="files of former versions in the lake",
                items=files,
                place=step.target.location,
            )


def _forget_keys(keeping: Keeping, surroundings: Surroundings, dry_run: bool) -> Iterator[Swept]:
    """What is known of deleted keys of which nothing older is left. No publication runs
    meanwhile: it would miss what it has looked for."""
    table, url = keeping.table, surroundings.warehouse_url
    if table.layer is not Layer.SILVER:
        return
    with session(url, f"reading deleted keys of {table.public}") as connection:
        rows = forget_deleted_keys(connection, table, registry_age(), dry_run=True)
    if rows and not dry_run:
        forget = partial(forget_deleted_keys, table=table, age=registry_age())
        rows = in_short_transaction(url, table, forget)
    if rows:
        yield Swept(table=str(table.public), what="entries of deleted keys", items=rows)


def _registry(keeping: Keeping, surroundings: Surroundings, dry_run: bool) -> Iterator[Swept]:
    table, url = keeping.table, surroundings.warehouse_url
    with session(url, f"tidying the registry of {table.public}") as connection:
        gone = list(delete_old_entries(connection, table, registry_age(), dry_run=dry_run))
        gone += delete_old_journal(connection, table, journal_age(), dry_run=dry_run)
        if table.layer is Layer.SILVER:
            forgotten = forget_landings(connection, table, registry_age(), dry_run=dry_run)
            gone += [("entries of landings that are gone", forgotten)] if forgotten else []
    for what, rows in gone:
        yield Swept(table=str(table.public), what=what, items=rows)


_WORKS = (
    _quarantine,
    delete_old_landings,
    _sweep_landings,
    delete_loose_folders,
    _receipts,
    _partitions,
    _leftovers,
    _lake_tables,
    _forget_keys,
    _registry,
)
"""What is done of each table, in this order: the ledger says what a landing is needed for."""
