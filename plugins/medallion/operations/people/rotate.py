"""Gives hashes of personal data another key: in every version of silver, and in what is made of it.

    silver      per dataset, in one transaction: the values are read from the landings, and each
                former hash in the rows becomes the new one; the registry notes the key
    downstream  gold is built again
    lakes       tables of them are brought in step
    the rest    is named: what no landing knows any more, snapshots, erased people

The keys are in the Airflow connection alone: its password is the new one, `former_keys` of its
extra has those before. It may be killed at any point and run again: a table whose rows have the
new hashes has nothing to replace, gold that is older than them is built again, and a table of a
lake says which key its hashes are of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from medallion.cleaning.declared.classification import find_hashed_columns
from medallion.errors import MedallionError, SetupError
from medallion.lake.reader import read_manifest
from medallion.lake.snapshots import snapshots_of
from medallion.names import PublishedTable, TableName
from medallion.operations.lake_tables import catch_up, find_behind, list_lake_steps
from medallion.operations.people.datasets import Dataset, make_context, read_plans
from medallion.operations.people.downstream import list_builds, list_downstream
from medallion.operations.rebuild_gold import rebuild
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import CleanStep, LakeTableStep, Plan
from medallion.steps.clean.erased.landing import finish_landing
from medallion.steps.clean.erased.people import PeopleKey, keys_of
from medallion.steps.clean.hashed_values import read_hashed_values
from medallion.steps.publish.primary import refuse_former_server
from medallion.warehouse.quarantine.runs import one_replay_at_a_time
from medallion.warehouse.registry import erasures
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.hash_keys import KnownKey, change_key, read_key
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.session.locking import one_at_a_time
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables import hashes, people

ACTION = "rotate key"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatedTable:
    """A silver table: how many rows had a former hash, and how many keep one, since no landing has
    their values any more. Rows of all kept versions, and of what is staged."""

    table: PublishedTable
    former_key: str
    rows: int
    unknown: int


@dataclass(slots=True, kw_only=True)
class Rotation:
    """What a rotation does, or would do. Keys are named by their ids."""

    conn_id: str
    key_id: str
    former_ids: Sequence[str]
    tables: list[RotatedTable] = field(default_factory=list)
    gold: list[PublishedTable] = field(default_factory=list)
    lakes: list[str] = field(default_factory=list)
    """Where tables of lakes are that get the new hashes. Those of gold are written as it is built
    again; only one that was missed then is here."""
    snapshots: list[str] = field(default_factory=list)
    """Of silver and gold: they keep the hashes that they have."""
    erased: dict[str, int] = field(default_factory=dict)
    """By former key, how many hashes of erased people need it for ever."""
    problems: list[str] = field(default_factory=list)

    @property
    def has_work(self) -> bool:
        """Whether a table has rows to change, gold to build again, or a lake to bring in step."""
        return any(one.rows for one in self.tables) or bool(self.gold or self.lakes)


def rotate(
    surroundings: Surroundings, *, by: str, conn_id: str, is_meant: bool = False
) -> Rotation:
    """Give every hash of a connection's key the key that the connection has now.

    Args:
        by: who wants it, for the journal.
        is_meant: whether anything is changed; else it is only counted.

    Raises:
        SetupError: no dataset hashes by that connection; a spec is refused; a key that rows were
            hashed with is not at hand.
        DataRejected, LakeError, WarehouseUnavailable: by who must act; called again, it continues.
            FormerPrimary: the warehouse has left the server that answers.
    """
    doing = "looking for hashes"
    refuse_former_server(surroundings.warehouse_url, surroundings.lake_root, doing)
    plans = read_plans(surroundings)
    datasets = list_hashed_datasets(plans, conn_id)
    if not datasets:
        raise SetupError(
            f"no dataset hashes with the key of the connection {conn_id}",
            remedy="`pii_conn_id` of domain.yaml names it; `pii_default` is the default",
        )
    keys = keys_of(datasets[0].step, make_context(datasets[0], surroundings))
    found = Rotation(conn_id=conn_id, key_id=keys[0].id, former_ids=[key.id for key in keys[1:]])
    _hold_to_known_keys(surroundings, datasets, keys)
    for dataset in datasets:
        found.tables.append(_rotate_silver(surroundings, dataset, keys, by, is_meant=is_meant))
    for plan, table in _list_gold(surroundings, plans, found):
        found.gold.append(table)
        if is_meant:
            _build_again(surroundings, plan, table, found)
    _follow_to_lakes(surroundings, plans, found, is_meant=is_meant)
    _note_what_stays(surroundings, datasets, keys, found)
    return found


def list_hashed_datasets(plans: Sequence[Plan], conn_id: str) -> list[Dataset]:
    """The datasets of all domains with columns that are hashed with the key of a connection."""
    return [
        Dataset(plan=plan, step=task.step)
        for plan in plans
        for task in plan.tasks
        if isinstance(task.step, CleanStep)
        and task.step.pii_conn_id == conn_id
        and find_hashed_columns(task.step.columns)
    ]


def _hold_to_known_keys(
    where: Surroundings, datasets: Sequence[Dataset], keys: Sequence[PeopleKey]
) -> None:
    at_hand = {key.id for key in keys}
    with session(where.warehouse_url, "reading the keys of hashes") as connection:
        known = {one.table: read_key(connection, one.table) for one in datasets}
    for table, key in known.items():
        if key is not None and key.id not in at_hand:
            raise SetupError(
                f"{table.public} has hashes of the key {key.id}, which is not at hand: nothing was "
                "changed",
                remedy='keep former keys in the connection\'s extra: {"former_keys": ["…"]}',
            )


def _rotate_silver(
    where: Surroundings,
    dataset: Dataset,
    keys: Sequence[PeopleKey],
    by: str,
    *,
    is_meant: bool,
) -> RotatedTable:
    """One dataset, in one transaction: readers see the former hashes, or the new ones."""
    table, columns = dataset.table, list(find_hashed_columns(dataset.step.columns))
    with one_replay_at_a_time(where.warehouse_url, table):
        with session(where.warehouse_url, f"rotating the key of {table.public}") as connection:
            if is_meant:
                one_at_a_time(connection, table)
            known = read_key(connection, table)
            names = people.list_row_tables(connection, table)
            _list_hashes(connection, where, dataset, keys)
            change = hashes.replace_hashes if is_meant else hashes.count_former
            rows = sum(change(connection, name, columns) for name in names)
            if is_meant:
                key = dataset.step.primary_key
                hashes.replace_in_deleted_keys(connection, table, key, columns)
            rotated = RotatedTable(
                table=table,
                former_key=known.id if known else "",
                rows=rows,
                unknown=sum(hashes.count_unknown(connection, name, columns) for name in names),
            )
            if is_meant and (rows or known is None or known.id != keys[0].id):
                _note(connection, rotated, keys[0], by)
        if is_meant:  # statistics have former hashes, too, also where a process was killed here
            people.clear_room(where.warehouse_url, names)
    return rotated


def _note(connection: Session, rotated: RotatedTable, key: PeopleKey, by: str) -> None:
    change_key(connection, rotated.table, key.id)
    details = {"from": rotated.former_key, "to": key.id, "rows": rotated.rows}
    details |= {"rows with a former hash": rotated.unknown}
    record_action(connection, rotated.table, by=by, action=ACTION, details=details)


def _list_hashes(
    connection: Session, where: Surroundings, dataset: Dataset, keys: Sequence[PeopleKey]
) -> None:
    """Former and new hashes of every value that the landings have. With no former key the new
    hashes alone, so that those of no landing can be counted."""
    present, *former = keys
    context = make_context(dataset, where)
    hashes.make_list(connection)
    for load_id, uri in erasures.list_landings(connection, dataset.table):
        with session(where.warehouse_url, "reading a landing") as reading:
            erasures.lock_landing(reading, load_id)
            manifest = finish_landing(dataset.step, context, read_manifest(uri))
        for values in read_hashed_values(dataset.step, context, manifest):
            found: dict[str, str] = {}
            for value in values:
                new = present.hash(value)
                found |= {key.hash(value): new for key in former} or {new: new}
            hashes.add_to_list(connection, found)
    hashes.finish_list(connection)


def _list_gold(
    where: Surroundings, plans: Sequence[Plan], found: Rotation
) -> Iterator[tuple[Plan, PublishedTable]]:
    """What is made of tables that have new hashes, or would have them, and was built before."""
    builds = list_builds(plans)
    silver = [one.table for one in found.tables]
    with session(where.warehouse_url, "reading the keys of hashes") as connection:
        known = {table: read_key(connection, table) for table in silver}
    since = {one.table: _since(one, known[one.table]) for one in found.tables}
    for table in list_downstream(where, plans, silver):
        if table.public not in builds:
            continue
        plan, step = builds[table.public]
        if step.is_view:
            continue
        with session(where.warehouse_url, "reading the registry") as connection:
            current = registry.current(connection, table)
        made_of = [
            moment
            for one, moment in since.items()
            if moment and table in list_downstream(where, plans, [one])
        ]
        if current is not None and made_of and current.as_of < max(made_of):
            yield plan, table


def _since(one: RotatedTable, known: KnownKey | None) -> datetime | None:
    """Since when a table has its hashes; of a dry run with rows to change: from now on."""
    if known is None:
        return None
    return datetime.now(known.since.tzinfo) if one.rows else known.since


def _build_again(where: Surroundings, plan: Plan, table: PublishedTable, found: Rotation) -> None:
    with session(where.warehouse_url, "reading the registry") as connection:
        current = registry.current(connection, table)
    if current is None:
        return
    rebuilt = rebuild(plan, table, current, where)
    if rebuilt.why_not:
        found.problems.append(f"{table.public} could not be built again: {rebuilt.why_not}")


def _follow_to_lakes(
    where: Surroundings, plans: Sequence[Plan], found: Rotation, *, is_meant: bool
) -> None:
    """All tables of lakes that have hashes, also those that a killed rotation has left behind."""
    silver = [one.table for one in found.tables]
    tables = {*silver, *list_downstream(where, plans, silver)}
    changed = {one.table for one in found.tables if one.rows}
    for step in list_lake_steps(plans):
        if step.table not in tables:
            continue
        try:
            if _brings_in_step(step, where, is_new=step.table in changed, is_meant=is_meant):
                found.lakes.append(step.target.location)
        except MedallionError as error:
            found.problems.append(
                f"{step.target.location} may still have hashes of the former key, as "
                f"{step.table.public} had: {error}"
            )


def _brings_in_step(
    step: LakeTableStep, where: Surroundings, *, is_new: bool, is_meant: bool
) -> bool:
    """Whether a table of a lake is brought in step, or would be. `is_new`: a dry run has left the
    hashes as they are, and they are to change."""
    if is_meant:
        return catch_up(step, where)
    return is_new or find_behind(step, where) is not None


def _note_what_stays(
    where: Surroundings,
    datasets: Sequence[Dataset],
    keys: Sequence[PeopleKey],
    found: Rotation,
) -> None:
    with session(where.warehouse_url, "reading who was erased") as connection:
        for domain in sorted({one.table.domain for one in datasets}):
            for key_id, count in erasures.count_by_key(connection, domain).items():
                if key_id != keys[0].id:
                    found.erased[key_id] = found.erased.get(key_id, 0) + count
    names: list[TableName] = [one.table.public for one in found.tables if one.rows]
    names += [table.public for table in found.gold]
    for name in names:
        found.snapshots += [f"{name} {one.name}" for one in snapshots_of(where.lake_root, name)]
