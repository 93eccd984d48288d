"""What a sync would do: from what the specs want, what Superset has, and what the ledger knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from medallion.bi.superset.objects import AssetKind
from medallion.bi.sync.changes import Change, Did
from medallion.bi.sync.merge import Merged, is_closed, merge
from medallion.bi.sync.objects import TRAITS, BiObject, Objects, users_of
from medallion.bi.sync.preflight import Refusal, find_held_back, find_taken_over, refusals
from medallion.warehouse.registry.bi import Remembered


class Action(StrEnum):
    """What becomes of an object, in the words of a report."""

    CREATE = "create"
    ADOPT = "adopt"
    CHANGE = "change"
    KEEP = "keep"
    """It is as it should be, or what differs is people's and stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One object that specs want."""

    wanted: BiObject
    action: Action
    merged: Merged
    last: Remembered | None = None
    was_deleted: bool = False
    """Whether Superset had it, and somebody deleted it there."""
    taken: BiObject | None = None
    """What of somebody else it takes over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """An object that no spec wants any more. What people still use is not deleted: it becomes
    theirs, with a mark in its title."""

    remembered: Remembered
    found: BiObject | None
    """None: it is gone from Superset already."""
    used_by: tuple[str, ...] = ()
    """Who keeps it from being deleted."""

    @property
    def is_released(self) -> bool:
        """Whether it stays, as people's own."""
        return bool(self.used_by) and self.found is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All of it. Removals are in the order in which they are done."""

    planned: tuple[Planned, ...] = ()
    removals: tuple[Removal, ...] = ()
    refused: tuple[Refusal, ...] = ()
    waiting: tuple[Refusal, ...] = ()
    """What cannot be made yet; nothing of it is removed."""
    found: Objects = field(default_factory=dict)

    @property
    def sent(self) -> tuple[Planned, ...]:
        """What has to be imported: all but what is as it should be."""
        return tuple(one for one in self.planned if one.action is not Action.KEEP)

    @property
    def is_in_step(self) -> bool:
        """Whether nothing is to be done and nothing is refused."""
        return not (self.sent or self.refused or any(one.found for one in self.removals))


def difference(
    wanted: Objects,
    found: Objects,
    ledger: Mapping[str, Remembered],
    *,
    adopt: bool = False,
    missing: Mapping[str, str] | None = None,
    unruled: Mapping[str, str] | None = None,
) -> Difference:
    """What has to be done.

    Args:
        wanted: what the specs declare.
        found: what Superset exports now.
        ledger: our objects, as the last imports left them.
        adopt: whether objects of others that are in the way are taken over.
        missing: by UUID, the names of what is wanted and cannot be made yet.
        unruled: by the UUID of a dataset that nobody reads yet, the name of a rule of somebody else
            that is in the place of one of its own (`row_filters.in_the_way`).
    """
    missing = missing or {}
    able = {uuid: one for uuid, one in wanted.items() if uuid not in missing}
    waiting = find_held_back(able, missing)
    able = _without(able, waiting)
    taken = find_taken_over(able, found)
    refused = [] if adopt else refusals(able, taken, unruled or {})
    able = _without(able, refused)
    planned = tuple(_plan(one, found, ledger, taken.get(uuid)) for uuid, one in able.items())
    kept = {*wanted, *missing}
    return Difference(
        planned=planned,
        removals=tuple(_removals(ledger, found, kept)),
        refused=tuple(refused),
        waiting=tuple(waiting),
        found=found,
    )


def _plan(
    one: BiObject, found: Objects, ledger: Mapping[str, Remembered], taken: BiObject | None
) -> Planned:
    last, now = ledger.get(one.uuid), found.get(one.uuid)
    if now is None and taken is not None:
        merged = merge(one, taken.document, None, adopt=True)
        return Planned(wanted=one, action=Action.ADOPT, merged=merged, taken=taken)
    if now is None:
        was_there = last is not None and last.found is not None
        merged = merge(one, None, None)
        return Planned(
            wanted=one, action=Action.CREATE, merged=merged, last=last, was_deleted=was_there
        )
    document = {**now.document, "sql": None} if is_closed(now.document) else now.document
    merged = merge(one, document, last)
    if last is None and not merged.is_sent:
        # Ours by its UUID, and unknown: imported once, so that the ledger has it.
        merged = replace(merged, is_unfinished=True)
    action = Action.CHANGE if merged.is_sent else Action.KEEP
    return Planned(wanted=one, action=action, merged=merged, last=last)


def _without(objects: Objects, refused: Iterable[Refusal]) -> dict[str, BiObject]:
    left_out = {one.wanted.uuid for one in refused}
    return {uuid: one for uuid, one in objects.items() if uuid not in left_out}


def _removals(
    ledger: Mapping[str, Remembered], found: Objects, kept: set[str]
) -> Iterator[Removal]:
    """Dashboards, then charts, then datasets: whoever uses something goes first."""
    going = {uuid for uuid in ledger if uuid not in kept}
    staying = {uuid: one for uuid, one in found.items() if uuid not in going}
    for kind in reversed(AssetKind):
        for uuid in sorted(going, key=lambda uuid: ledger[uuid].name):
            if ledger[uuid].kind == kind:
                now = found.get(uuid)
                users = users_of(uuid, staying.values()) if now else []
                if now and (users or now.traits.unseen_users):
                    staying[uuid] = now  # what it uses in turn stays with it
                yield Removal(
                    remembered=ledger[uuid], found=now, used_by=_name_users(users, kind, found)
                )


def _name_users(users: Iterable[BiObject], kind: AssetKind, found: Objects) -> tuple[str, ...]:
    named = tuple(f"{one.kind} {one.name!r}" for one in users)
    unseen = TRAITS[kind].unseen_users
    return named or ((unseen,) if unseen and found else ())


def edits(one: Planned) -> tuple[Change, ...]:
    """What people have made or edited of an object."""
    by_hand = (Did.KEEP, Did.RESET, Did.OVERRIDE)
    return tuple(change for change in one.merged.changes if change.did in by_hand)
