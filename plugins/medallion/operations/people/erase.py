"""Erases one person from a domain: landings, silver, quarantine, what was made of them, copies.

    begin        the journal and the list of whom to keep out: from here on no run brings him back
    landings     blank records, by part
    tables       every version, what is staged, quarantine, what the registry shows of values
    downstream   gold is built again, its former versions go, and so do snapshots
    finish       the journal says how much went

It may be killed at any point and run again: each step looks for what is left, and those before it
find nothing. The first transaction makes that safe, for it keeps the hashes of everything that
identified the person, of which later steps delete the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict, Unpack

from medallion.errors import MedallionError, SetupError
from medallion.lake.erased_people import ErasedPerson, keep_erased_person, list_erased_people
from medallion.lake.reader import read_manifest
from medallion.lake.retention import delete_landing, loose_folders, place_in_bronze
from medallion.names import TableName
from medallion.operations.lake_tables import forget_former_versions, list_lake_steps
from medallion.operations.people.datasets import (
    Dataset,
    list_datasets,
    list_domains,
    make_context,
    read_plans,
)
from medallion.operations.people.downstream import (
    drop_snapshots,
    find_snapshots,
    follow_downstream,
    list_downstream,
)
from medallion.operations.people.environments import take_environments
from medallion.operations.people.search import Found, FoundLanding, Search
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import Plan
from medallion.prose import tally
from medallion.steps.clean.erased.landing import erase_from_landing, finish_landing
from medallion.steps.publish.primary import refuse_former_server
from medallion.warehouse.quarantine.runs import one_replay_at_a_time
from medallion.warehouse.registry import erasures, landings
from medallion.warehouse.registry.figures import keep_open_rows
from medallion.warehouse.registry.landings import OldLanding
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.registry.records import take_rows_off
from medallion.warehouse.session.locking import one_at_a_time
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables import people as rows

ACTION = "erase person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What one place has, or had, of the person: how many `what`."""

    where: str
    what: str
    count: int

    def __str__(self) -> str:
        return f"{self.where}: {tally(self.count, self.what)}"


@dataclass(slots=True, kw_only=True)
class Erasure:
    """What an erasure does in a domain. `problems`: why it is not complete."""

    domain: str
    erasure_id: int = 0
    unfinished: int | None = None
    """Where nothing is changed: an earlier one of the same person that is not complete."""
    places: list[Place] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    """Landings that cannot be written without the person's records alone."""
    identified: dict[str, int] = field(default_factory=dict)
    """By identifier, how many values were found of the person."""

    def add(self, where: object, what: str, count: int) -> None:
        """Note what a place has, if it has anything."""
        if count:
            self.places.append(Place(where=str(where), what=what, count=count))

    @property
    def counts(self) -> dict[str, int]:
        """By what it is, how much: for the journal."""
        sums: dict[str, int] = {}
        for place in self.places:
            sums[place.what] = sums.get(place.what, 0) + place.count
        return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """An erasure as it was asked for."""

    surroundings: Surroundings
    plans: Sequence[Plan]
    by: str
    is_meant: bool
    """Whether anything is changed; else it is only counted."""
    delete_landings: bool = False
    """Whether landings may go whole where single records cannot."""
    drop_environments: bool = False
    """Whether environments with rows of the domain may go whole: nobody knows what is in them."""
    is_of_all: bool = False
    """Whether it is of everybody who was erased before."""


def open_searches(
    surroundings: Surroundings, plans: Sequence[Plan], domain: str | None
) -> list[Search]:
    """A search for each domain that has people.

    Raises:
        SetupError: no domain does, or the one that was named does not.
    """
    known = list_domains(plans)
    if not known or (domain is not None and domain not in known):
        raise SetupError(
            f"no column of {domain or 'any domain'} identifies people",
            remedy="say of one that it does: `classification: {pii: email, protect: hash, "
            "identifies: email}`",
        )
    wanted = [domain] if domain else known
    return [Search(surroundings, one, list_datasets(plans, one)) for one in wanted]


class How(TypedDict):
    """How an erasure is asked for: by whom, for the journal, and what it may do."""

    by: str
    is_meant: NotRequired[bool]
    delete_landings: NotRequired[bool]
    drop_environments: NotRequired[bool]


def erase_person(
    surroundings: Surroundings,
    *,
    column: str,
    value: str,
    domain: str | None = None,
    **how: Unpack[How],
) -> list[Erasure]:
    """Erase whom a value identifies, in one domain or in each that knows such a value.

    Args:
        column: an identifier, or a column that is one.

    Raises:
        SetupError: nobody is identified by that; a spec is refused; a landing cannot be written
            without single records, and may not be deleted.
        DataRejected, LakeError, WarehouseUnavailable: by who must act; called again, it continues.
    """
    asked, searches = _prepare(surroundings, domain, how)
    if domain is None:
        searches = [
            one
            for one in searches
            if any(column in {*d.identifiers, *d.identifiers.values()} for d in one.datasets)
        ] or searches[:1]
    for search in searches:
        search.start(column, value)
    return [_erase(asked, search) for search in searches]


def erase_again(
    surroundings: Surroundings, *, domain: str | None = None, **how: Unpack[How]
) -> list[Erasure]:
    """Erase everybody once more who was erased before: after a restore from a backup.

    Raises:
        SetupError: hashes were made with a key that is not there any more; others as
            `erase_person`.
    """
    asked, searches = _prepare(surroundings, domain, how, is_of_all=True)
    for search in searches:
        _add_erased(surroundings, search)
    return [_erase(asked, search) for search in searches if search.hashes]


def _prepare(
    surroundings: Surroundings, domain: str | None, how: How, *, is_of_all: bool = False
) -> tuple[Erasing, list[Search]]:
    """What every erasure begins with: the specs as they are now, and a search for each domain.

    Raises:
        FormerPrimary: the warehouse has left the server that answers: the person would stay on the
            present one, and be called erased.
    """
    doing = "looking for a person to erase"
    refuse_former_server(surroundings.warehouse_url, surroundings.lake_root, doing)
    plans = read_plans(surroundings)
    asked = Erasing(
        surroundings=surroundings,
        plans=plans,
        by=how["by"],
        is_meant=how.get("is_meant", False),
        delete_landings=how.get("delete_landings", False),
        drop_environments=how.get("drop_environments", False),
        is_of_all=is_of_all,
    )
    return asked, open_searches(surroundings, plans, domain)


def _add_erased(surroundings: Surroundings, search: Search) -> None:
    """Look for everybody whom the warehouse or the lake knows to be erased."""
    key_ids = [key.id for key in search.keys]
    with session(surroundings.warehouse_url, "reading who was erased") as connection:
        search.add(erasures.read_people(connection, search.domain))
        lost = erasures.count_of_other_keys(connection, search.domain, key_ids)
    for one in list_erased_people(surroundings.lake_root, search.domain):
        search.add({name: frozenset(some) for name, some in one.hashes.items()})
        lost += one.key_id not in key_ids
    if lost:
        raise SetupError(
            f"{tally(lost, 'value')} that identified people erased from {search.domain} were "
            "hashed with a key that is not at hand: nobody is found by them",
            remedy='keep former keys in the connection\'s extra: {"former_keys": ["…"]}',
        )


def _erase(asked: Erasing, search: Search) -> Erasure:
    where = asked.surroundings
    erasure = Erasure(domain=search.domain)
    found = search.look()
    erasure.identified = {name: len(some) for name, some in sorted(search.clear.items())}
    erasure.obstacles = [
        landing.obstacle for one in found for landing in one.landings if landing.obstacle
    ]
    if not asked.is_meant:
        _count(asked, search, found, erasure)
        take_environments(asked, search.domain, erasure)
        with session(where.warehouse_url, "reading the erasures") as connection:
            hashes = search.people.hashes
            erasure.unfinished = erasures.find_unfinished(connection, search.domain, hashes)
        return erasure
    if erasure.obstacles and not asked.delete_landings:
        raise SetupError(
            f"{search.domain} has landings that cannot be written without single records: "
            + "; ".join(erasure.obstacles),
            remedy="nothing was changed; with --delete-landings such landings go whole",
        )
    with erasures.one_at_a_time(where.warehouse_url, search.domain):
        _apply(asked, search, erasure)
    return erasure


def _apply(asked: Erasing, search: Search, erasure: Erasure) -> None:
    where = asked.surroundings
    with session(where.warehouse_url, "beginning an erasure") as connection:
        hashes = search.people.hashes
        key = search.keys[0]
        erasure.erasure_id = erasures.begin(connection, search.domain, asked.by, hashes, key.id)
    erased = ErasedPerson(key_id=key.id, hashes={k: sorted(v) for k, v in hashes.items()})
    keep_erased_person(where.lake_root, search.domain, erased)
    take_environments(asked, search.domain, erasure)  # one that is built from now on has nobody
    # Runs that cleaned before this knew nothing of it: what they have brought is found now.
    found = search.look()
    _forget_deleted_keys(where, found, erasure)
    for one in found:
        _erase_from(asked, search, one, erasure)
    with session(where.warehouse_url, "tidying the registry") as connection:
        words = search.people.words
        if words is not None:
            rewritten = erasures.reword_mentions(connection, words, search.words, dry_run=False)
            erasure.add("registry", "mention", rewritten)
        ids = [erasure.erasure_id]
        if asked.is_of_all:  # what others have begun is ended with it
            ids = erasures.list_unfinished(connection, search.domain)
    for erasure_id in ids:
        follow_downstream(where, asked.plans, erasure_id, erasure)
    _follow_to_lakes(asked, ids, erasure)
    _clear_room(where, ids)
    if not erasure.problems:
        with session(where.warehouse_url, "ending an erasure") as connection:
            for erasure_id in ids:
                counts = erasure.counts if erasure_id == erasure.erasure_id else {}
                erasures.finish(connection, erasure_id, counts)


def _count(asked: Erasing, search: Search, found: Sequence[Found], erasure: Erasure) -> None:
    """What an erasure would find."""
    where, words = asked.surroundings, search.people.words
    touched = []
    for one in found:
        table, before = one.dataset.table, len(erasure.places)
        for landing in one.landings:
            erasure.add(landing.manifest.uri, "record", landing.records)
        with session(where.warehouse_url, "counting a person's rows") as connection:
            for name in rows.list_row_tables(connection, table):
                erasure.add(name, "row", rows.count_rows(connection, name, one.wanted))
            for name in rows.list_rejected_tables(connection, table):
                records = rows.count_rows(connection, name, one.wanted)
                named = rows.find_mentions(connection, name, words, search.words)
                erasure.add(name, "row", max(records, len(named)))
            digests = erasures.count_deleted_keys(connection, table, one.key_values)
        for snapshot in find_snapshots(where, one):
            erasure.add(f"{table.public} {snapshot}", "snapshot", 1)
        touched += [table] if len(erasure.places) > before else []
        erasure.add(f"registry, of {table.public}", "deleted key", digests)
    if words is not None:
        with session(where.warehouse_url, "reading the registry") as connection:
            said = erasures.reword_mentions(connection, words, search.words, dry_run=True)
        erasure.add("registry", "mention", said)
    downstream = list_downstream(where, asked.plans, touched)
    for gold in downstream:
        erasure.add(f"{gold.public}, built again", "gold table", 1)
    for step in list_lake_steps(asked.plans):
        if step.table in (*touched, *downstream):
            erasure.add(f"{step.target.location}, written again", "lake table", 1)


def _forget_deleted_keys(where: Surroundings, found: Sequence[Found], erasure: Erasure) -> None:
    """Before anything else: the landings still say in clear which keys are the person's."""
    with session(where.warehouse_url, "forgetting deleted keys") as connection:
        for one in found:
            table = one.dataset.table
            gone = erasures.forget_deleted_keys(connection, table, one.key_values)
            erasure.add(f"registry, of {table.public}", "deleted key", gone)


def _erase_from(asked: Erasing, search: Search, found: Found, erasure: Erasure) -> None:
    """One dataset: its landings, then its tables."""
    where, dataset = asked.surroundings, found.dataset
    table = dataset.table
    with one_replay_at_a_time(where.warehouse_url, table):
        for landing in found.landings:
            if landing.obstacle:
                _delete_whole(where, dataset, landing)
                erasure.add(landing.manifest.uri, "landing deleted whole", 1)
                continue
            context = make_context(dataset, where)
            with session(where.warehouse_url, "erasing from a landing") as connection:
                erasures.lock_landing(connection, landing.load_id)
                # Read again: a cleaning may have taken somebody else out of it meanwhile.
                manifest = read_manifest(landing.manifest.uri)
                manifest = finish_landing(dataset.step, context, manifest)
                erase_from_landing(dataset.step, context, manifest, landing.parts, search.people)
            erasure.add(landing.manifest.uri, "record", landing.records)
        _delete_loose_folders(where, dataset, erasure)
        with session(where.warehouse_url, f"erasing from {table.public}") as connection:
            one_at_a_time(connection, table)
            _erase_rows(connection, search, found, erasure, asked.by)
    drop_snapshots(where, found, erasure, asked.by)


def _erase_rows(
    connection: Session, search: Search, found: Found, erasure: Erasure, by: str
) -> None:
    """In one transaction: the rows of every table of a dataset, and the note that they went."""
    table, people, gone = found.dataset.table, search.people, 0
    for name in rows.list_row_tables(connection, table):
        count = rows.delete_rows(connection, name, found.wanted)
        gone += _note(erasure, name, count)
        if count and (version := rows.find_version(name)):
            take_rows_off(connection, table, version, count)
    for name in rows.list_rejected_tables(connection, table):
        named = rows.find_mentions(connection, name, people.words, search.words)
        count = rows.delete_mentions(connection, name, named)
        gone += _note(erasure, name, count + rows.delete_rows(connection, name, found.wanted))
    if columns_of(connection, table.quarantine):
        keep_open_rows(connection, table)
    digests = erasures.forget_deleted_keys(connection, table, found.key_values)
    erasure.add(f"registry, of {table.public}", "deleted key", digests)  # published meanwhile
    landed = sum(landing.records for landing in found.landings)
    if gone or landed:
        erasures.add_table(connection, erasure.erasure_id, table, gone)
        erasures.forget_shown_values(connection, table)
        details = {"erasure": erasure.erasure_id, "rows": gone, "landed records": landed}
        record_action(connection, table, by=by, action=ACTION, details=details)


def _note(erasure: Erasure, name: TableName, count: int) -> int:
    erasure.add(name, "row", count)
    return count


def _follow_to_lakes(asked: Erasing, erasure_ids: Sequence[int], erasure: Erasure) -> None:
    """Tables of lakes are written again as the warehouse has them now, and nothing of what they
    were is left, in files or in logs."""
    where = asked.surroundings
    with session(where.warehouse_url, "reading what was erased") as connection:
        tables = {
            one.table
            for erasure_id in erasure_ids
            for one in erasures.list_tables(connection, erasure_id)
        }
    for step in list_lake_steps(asked.plans):
        if step.table not in tables:
            continue
        try:
            forget_former_versions(step, where)
        except MedallionError as error:
            erasure.problems.append(
                f"{step.target.location} may still have the person, as {step.table.public} had: "
                f"{error}"
            )
        else:
            erasure.add(f"{step.target.location}, written again", "lake table", 1)


def _clear_room(where: Surroundings, erasure_ids: Sequence[int]) -> None:
    """Of every table that rows went from, also in a process that was killed: the server forgets
    them, and what its statistics say of them."""
    with session(where.warehouse_url, "reading what was erased") as connection:
        tables = {
            one.table
            for erasure_id in erasure_ids
            for one in erasures.list_tables(connection, erasure_id)
        }
        names = [
            name
            for table in sorted(tables, key=str)
            for name in (
                *rows.list_row_tables(connection, table),
                *rows.list_rejected_tables(connection, table),
            )
        ]
    rows.clear_room(where.warehouse_url, names)


def _delete_whole(where: Surroundings, dataset: Dataset, landing: FoundLanding) -> None:
    """Mark, delete, confirm, as retention does: killed in between, maintenance continues."""
    table, found = dataset.table, landing.manifest
    old = OldLanding(
        load_id=landing.load_id,
        uri=found.uri,
        records=found.records,
        bytes=found.bytes,
        extracted_at=found.extracted_at,
    )
    with session(where.warehouse_url, "deleting a landing") as connection:
        marked = landings.mark(connection, old)
    if not marked:
        return
    delete_landing(where.lake_root, table.domain, table.name, found.uri)
    with session(where.warehouse_url, "deleting a landing") as connection:
        landings.confirm(connection, table, old, "a person was erased from it")


def _delete_loose_folders(where: Surroundings, dataset: Dataset, erasure: Erasure) -> None:
    """Landings that a later try of their run took over from go: no table has rows of them. Any
    other folder is being landed, or the warehouse has forgotten it and may still need it."""
    table = dataset.table
    with session(where.warehouse_url, "reading the landings") as connection:
        known = {place_in_bronze(uri) for uri in landings.list_known_uris(connection, table)}
    last: dict[tuple[str, str], int] = {}
    for interval, name in known:
        run, _, number = name.rpartition("-")
        if number.isdecimal():
            last[interval, run] = max(last.get((interval, run), 0), int(number))
    for folder in loose_folders(where.lake_root, table.domain, table.name, known):
        interval, name = place_in_bronze(folder.uri)
        run, _, number = name.rpartition("-")
        if number.isdecimal() and int(number) < last.get((interval, run), 0):
            delete_landing(where.lake_root, table.domain, table.name, folder.uri)
            erasure.add(folder.uri, "former landing deleted", 1)
        elif folder.landed_at is None:
            erasure.problems.append(
                f"{folder.uri} is being written, or was left by a task that was killed: run the "
                "task, or delete the folder; then run this again"
            )
        else:
            erasure.problems.append(
                f"{folder.uri} is a landing that the warehouse does not know (yet): run the task "
                "that makes it, or `python -m medallion.cli reconcile`; then run this again"
            )
