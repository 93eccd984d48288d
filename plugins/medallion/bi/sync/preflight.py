"""What an import would take over from people, and what has to wait for that.

Superset's import finds an object by its UUID, and also by whatever else is unique: a dashboard's
slug, a dataset's table, a database's name. It takes what it finds, and says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from medallion.bi.superset.objects import AssetKind
from medallion.bi.sync.objects import BiObject, Objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An object that is not imported, and why, with what to do."""

    wanted: BiObject
    problem: str
    remedy: str = ""


def find_taken_over(wanted: Objects, found: Objects) -> dict[str, BiObject]:
    """By the UUID of what is wanted, the object of somebody else that an import would take."""
    keys = {(one.kind, one.other_key): one for one in found.values() if one.other_key}
    taken: dict[str, BiObject] = {}
    for uuid, one in wanted.items():
        other = keys.get((one.kind, one.other_key)) if one.other_key else None
        if other is not None and other.uuid != uuid and other.uuid not in wanted:
            taken[uuid] = other
    return taken


def refusals(
    wanted: Objects, taken: Mapping[str, BiObject], unruled: Mapping[str, str]
) -> list[Refusal]:
    """What is not imported: in its place, or in that of a rule of its rows, is something of
    somebody else; or it needs such an object."""
    found = [
        Refusal(
            wanted=wanted[uuid],
            problem=f"the {other.kind} {other.name!r} (UUID {other.uuid}) {other.traits.shares}, "
            "and Medallion did not make it",
            remedy="rename or delete it in Superset; or let Medallion take it over with --adopt: "
            "what people made of it stays",
        )
        for uuid, other in taken.items()
    ]
    found += [
        Refusal(
            wanted=wanted[uuid],
            problem=f"the row rule {name!r} is there, and Medallion did not make it: without its "
            "own, everybody would read all rows",
            remedy="rename or delete that rule in Superset; or let Medallion take it over with "
            "--adopt",
        )
        for uuid, name in unruled.items()
        if uuid in wanted and uuid not in taken
    ]
    return [*found, *find_held_back(wanted, {one.wanted.uuid: one.wanted.name for one in found})]


def find_held_back(wanted: Objects, missing: Mapping[str, str]) -> list[Refusal]:
    """What cannot be imported without objects that are not.

    Args:
        missing: by UUID, the names of these.
    """
    gone, found = dict(missing), list[Refusal]()
    for one in _in_order(wanted.values()):
        if one.uuid in gone:
            continue
        if needs := sorted(gone[uuid] for uuid in one.uses() if uuid in gone):
            found.append(Refusal(wanted=one, problem=f"it needs {', '.join(needs)}"))
            gone[one.uuid] = one.name
    return found


def _in_order(objects: Iterable[BiObject]) -> list[BiObject]:
    order = list(AssetKind)
    return sorted(objects, key=lambda one: order.index(one.kind))
