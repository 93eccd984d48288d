"""What a sync does, or would do, in a line for each object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from medallion.bi.sync.changes import Change, Did
from medallion.bi.sync.difference import Action, Difference, Planned, Removal
from medallion.bi.sync.merge import NO_LONGER
from medallion.bi.sync.preflight import Refusal
from medallion.prose import list_and_count

_LONGEST_LIST = 12
_BY_HAND = {
    Did.OVERRIDE: "edited by hand too, the spec's is set",
    Did.RESET: "edited by hand, set back",
    Did.KEEP: "by hand, kept",
    Did.DROP: "dropped",
}


def lines_of(found: Difference) -> Iterator[str]:
    """All of it, what is in step left out.

    The first word says what is done: create, adopt, change, keep, remove, release, refuse, wait.
    """
    for one in found.planned:
        yield from _report_planned(one)
    for removal in found.removals:
        yield from _report_removed(removal)
    for refused in found.refused:
        yield from _report_refused("refuse", refused)
    for waiting in found.waiting:
        yield from _report_refused("wait", waiting)


def _report_planned(one: Planned) -> Iterator[str]:
    if one.action is Action.KEEP and not one.merged.changes:
        return
    head = f"{one.action:<8} {one.wanted.kind:<9} {one.wanted.name}"
    if one.was_deleted:
        head += " (somebody deleted it in Superset)"
    if one.taken is not None:
        head += f" (was made by hand, UUID {one.taken.uuid})"
    said = "; ".join(_changes(one.merged.changes))
    if not said and one.merged.is_unfinished:
        said = (
            "an import of it did not come to its end" if one.last else "the ledger does not know it"
        )
    yield f"{head}: {said}" if said else head


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    if found := _list(change.describe() for change in changes if change.did is Did.SET):
        yield found
    for did, words in _BY_HAND.items():
        if found := _list(change.describe() for change in changes if change.did is did):
            yield f"{words}: {found}"


def _report_removed(one: Removal) -> Iterator[str]:
    what = f"{one.remembered.kind:<9} {one.remembered.name}"
    if one.found is None:
        return
    if one.is_released:
        yield (
            f"release  {what}: no spec has it any more, but {_list(one.used_by)} needs it: it "
            f"stays, marked {NO_LONGER}"
        )
    else:
        yield f"remove   {what}: no spec has it any more"


def _report_refused(word: str, one: Refusal) -> Iterator[str]:
    yield f"{word:<8} {one.wanted.kind:<9} {one.wanted.name}: {one.problem}"
    if one.remedy:
        yield f"         → {one.remedy}"


def _list(texts: Iterable[str]) -> str:
    return list_and_count(tuple(texts), _LONGEST_LIST)
