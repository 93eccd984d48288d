"""What was made of an erased person's rows: gold tables, their former versions, and snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from medallion.lake.snapshot_files import verify_part
from medallion.lake.snapshots import Snapshot, drop_snapshot, folder_of, snapshots_of
from medallion.names import Area, Layer, PublishedTable, TableName
from medallion.operations.people.search import Found
from medallion.operations.rebuild_gold import rebuild
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import BuildStep, Plan
from medallion.warehouse.registry import erasures
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.registry.pins import pins_of, remove_pin
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables import people as rows
from medallion.warehouse.tables.sweep import drop_old_versions

if TYPE_CHECKING:
    from medallion.operations.people.erase import Erasure


def list_downstream(
    where: Surroundings, plans: Sequence[Plan], tables: Sequence[PublishedTable]
) -> list[PublishedTable]:
    """The gold tables that are made of some tables, directly or not, in the order of their builds;
    last those that no spec builds any more."""
    builds = list_builds(plans)
    touched = {table.public for table in tables}
    found = []
    order = TopologicalSorter({name: set(step.upstream) for name, (_, step) in builds.items()})
    for name in order.static_order():
        if name in builds and set(builds[name][1].upstream) & touched:
            touched.add(name)
            found.append(builds[name][1].table)
    with session(where.warehouse_url, "reading what gold is made of") as connection:
        while True:
            known = [*tables, *found]
            more = erasures.list_readers(connection, known)
            new = [one for one in more if one not in known]
            if not new:
                return found
            found += new


def follow_downstream(
    where: Surroundings, plans: Sequence[Plan], erasure_id: int, erasure: Erasure
) -> None:
    """Build gold again without the person, and drop what he may be in besides.

    Whoever runs it again finds by the times in the registry what is left.
    """
    with session(where.warehouse_url, "reading what was erased") as connection:
        everything = erasures.list_tables(connection, erasure_id)
    erased = [one for one in everything if one.table.layer is Layer.SILVER]
    if not erased:
        return
    since = max(one.erased_at for one in erased)
    silver = [one.table for one in erased]
    builds = list_builds(plans)
    for table in list_downstream(where, plans, silver):
        name = table.public
        if name not in builds:
            erasure.problems.append(
                f"{name} was made of the person's rows, and no spec builds it any more: drop it"
            )
            continue
        plan, step = builds[name]
        if step.is_view:
            continue
        with session(where.warehouse_url, "reading the registry") as connection:
            current = registry.current(connection, table)
            for one in rows.list_rejected_tables(connection, table):
                erasure.add(one, "row", rows.delete_all(connection, one))
            erasures.forget_shown_values(connection, table)
            erasures.add_table(connection, erasure_id, table, 0)
        if current is None:  # a run may have staged it, and failed before its first publication
            _empty_staging(where, table, erasure)
            continue
        if current.as_of < since:
            rebuilt = rebuild(plan, table, current, where)
            if rebuilt.why_not:
                erasure.problems.append(f"{name} could not be built again: {rebuilt.why_not}")
                continue
            erasure.add(f"{name}, built again", "gold table", 1)
        _drop_former(where, table, erasure)


def _drop_former(where: Surroundings, table: PublishedTable, erasure: Erasure) -> None:
    """Former versions of a gold table, pinned ones too, its staging, and its snapshots."""
    url, name = where.warehouse_url, table.public
    with session(url, f"unpinning versions of {name}") as connection:
        current = registry.current(connection, table)
        for version in pins_of(connection, table):
            if current is None or version != current.version:
                remove_pin(connection, table, version)
    gone = drop_old_versions(url, table, 1, where.log)
    erasure.add(f"{name}, former versions", "version", len(gone))
    with session(url, f"reading the versions of {name}") as connection:
        kept = {one.version for one in registry.list_with_version(connection, table)}
        at = registry.current(connection, table)
    _empty_staging(where, table, erasure)
    left = sorted(version for version in kept if at is None or version != at.version)
    if left:
        erasure.problems.append(
            f"version {left[0]} of {name} is still being read, or is newer than what readers see: "
            "run this again"
        )
    for snapshot in snapshots_of(where.lake_root, name):
        if at is None or snapshot.taken_at < at.published_at:
            drop_snapshot(where.lake_root, name, snapshot.name)
            erasure.add(f"{name} {snapshot.name}", "snapshot", 1)


def _empty_staging(where: Surroundings, table: PublishedTable, erasure: Erasure) -> None:
    """What runs have built and not published goes whole: they build it again."""
    with session(where.warehouse_url, f"emptying what is staged of {table.public}") as connection:
        for one in rows.list_row_tables(connection, table):
            if one.schema == table.schema(Area.STAGING):
                erasure.add(one, "row", rows.delete_all(connection, one))


def find_snapshots(where: Surroundings, found: Found) -> Iterator[str]:
    """The snapshots of a silver table that have rows of the person."""
    for snapshot in snapshots_of(where.lake_root, found.dataset.table.public):
        if _has_person(where, found, snapshot):
            yield snapshot.name


def drop_snapshots(where: Surroundings, found: Found, erasure: Erasure, by: str) -> None:
    """Delete them. One is what was published: without a row it would be another."""
    table = found.dataset.table
    for name in list(find_snapshots(where, found)):
        drop_snapshot(where.lake_root, table.public, name)
        erasure.add(f"{table.public} {name}", "snapshot", 1)
        with session(where.warehouse_url, f"recording a snapshot of {table.public}") as connection:
            details = {"name": name, "erasure": erasure.erasure_id}
            record_action(connection, table, by=by, action="drop snapshot", details=details)


def _has_person(where: Surroundings, found: Found, snapshot: Snapshot) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    folder = folder_of(where.lake_root, found.dataset.table.public, snapshot.name)
    for part in snapshot.parts:
        with verify_part(folder, snapshot, part) as path, pq.ParquetFile(path) as file:
            known = [name for name in found.values if name in file.schema_arrow.names]
            for batch in file.iter_batches(columns=known):
                for name in known:
                    texts = batch.column(name).cast(pa.string())
                    wanted = pa.array(found.values[name], pa.string())
                    if pc.any(pc.is_in(texts, value_set=wanted)).as_py():
                        return True
    return False


def list_builds(plans: Sequence[Plan]) -> dict[TableName, tuple[Plan, BuildStep]]:
    """By the name of each gold table, what builds it."""
    return {
        task.step.table.public: (plan, task.step)
        for plan in plans
        for task in plan.tasks
        if isinstance(task.step, BuildStep)
    }
