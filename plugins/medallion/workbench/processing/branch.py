"""What a branch changes of the register of processing (GDPR, article 30), for `check`.

What becomes of a column's values, such as another protection, is a change of its table, and is
reported there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from medallion.workbench.comparison.changes import Change, Level, list_names
from medallion.workbench.comparison.places import Place
from medallion.workbench.comparison.sides import Side
from medallion.workbench.processing.activity import Activity, PersonalColumn, list_activities

_THEN = "bring the register up to date: `medallion register`"
_WORDS: Mapping[str, str] = {
    "controller": "the controller",
    "contact": "the controller's contact",
    "protection_officer": "the data protection officer",
    "purpose": "the purpose",
    "legal_basis": "the legal basis",
    "persons": "whose data they are",
    "transfers": "the transfers abroad",
    "security": "the security measures that no spec shows",
}
"""What a domain says, by the keys of `privacy`. Recipients are compared with those of the specs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One activity on both sides, and the tables that are there now."""

    old: Activity
    new: Activity
    after: Side


def compare_register(before: Side, after: Side) -> Iterator[Change]:
    """Activities that come, go or process something else, and what a domain says otherwise of its
    own. What a refused spec processes is not known."""
    unknown = {_name_of(path) for side in (before, after) for path in side.refused}
    old, new = (
        {one.name: one for one in list_activities(side) if one.name not in unknown}
        for side in (before, after)
    )
    for name in sorted(new.keys() - old.keys()):
        yield _report_new(new[name], after)
    for name in sorted(old.keys() - new.keys()):
        yield _report_gone(old[name], before, after)
    for name in sorted(old.keys() & new.keys()):
        yield from _compare(_Pair(old=old[name], new=new[name], after=after))
    yield from _compare_domains(old.values(), new.values(), after)


def _name_of(path: str) -> str:
    """The pipeline of a spec's path; of a domain.yaml nothing that is a name of one."""
    parts = Path(path).parts
    return f"{parts[-2]}.{Path(path).stem}" if len(parts) > 1 else path


def _change(one: Activity, side: Side, kind: str, what: str, then: str = _THEN) -> Change:
    return Change(
        level=Level.REVIEW,
        kind=kind,
        subject=f"processing {one.name}",
        what=what,
        then=then,
        owner=one.owner,
        contacts=_contacts(one),
        place=Place(path=one.path),
    )


def _contacts(one: Activity) -> tuple[str, ...]:
    return tuple(filter(None, (one.privacy.protection_officer,)))


def _report_new(one: Activity, after: Side) -> Change:
    said = f"it processes personal data: {list_names(one.kinds)}"
    lacks = f"; say in domain.yaml {list_names(one.missing)}" if one.missing else ""
    return _change(one, after, "activity_added", said, f"{_THEN}{lacks}")


def _report_gone(one: Activity, before: Side, after: Side) -> Change:
    if one.path in after.paths:
        what = "no column of it is classified as personal any more"
        then = f"the register leaves it out; if it still holds such data, classify them; {_THEN}"
        return _change(one, after, "activity_removed", what, then)
    what = "its pipeline is gone, and with it what the register says of it"
    then = "its tables stay in the warehouse with their rows: decide how long they are kept"
    return replace(_change(one, before, "activity_removed", what, then), before=True)


def _compare(pair: _Pair) -> Iterator[Change]:
    report = partial(_change, pair.new, pair.after)
    yield from _compare_columns(pair)
    for key, kind in (("recipients", "recipient"), ("sources", "source")):
        was, now = getattr(pair.old, key), getattr(pair.new, key)
        if added := [one for one in now if one not in was]:
            yield report(f"{kind}_added", f"{_NEW[key]} {list_names(added)}")
        if gone := [one for one in was if one not in now]:
            change = report(f"{kind}_removed", f"{_GONE[key]} {list_names(gone)}", "")
            yield replace(change, level=Level.SAFE)
    for table, kept in pair.new.retention.items():
        was = pair.old.retention.get(table, kept)
        if was != kept:
            yield report("retention_changed", f"{table} is kept otherwise: {was} → {kept}")


_NEW = {"recipients": "who gets the data, too:", "sources": "where the data come from, too:"}
_GONE = {"recipients": "no longer gets the data:", "sources": "no longer a source:"}


def _compare_columns(pair: _Pair) -> Iterator[Change]:
    old, new = _by_name(pair.old.columns), _by_name(pair.new.columns)
    added = [one for name, one in new.items() if name not in old]
    if added:
        names = list_names(f"{one.table}.{one.column} ({one.kind})" for one in added)
        what = f"more personal data: {names}"
        yield _change(pair.new, pair.after, "personal_data_added", what)
    gone = [one for name, one in old.items() if name not in new]
    still = [one for one in gone if _is_there(one, pair.after)]
    if still:
        names = list_names(f"{one.table}.{one.column}" for one in still)
        what = f"no longer classified as personal: {names}"
        then = f"its values are published as they are; {_THEN}"
        yield _change(pair.new, pair.after, "classification_removed", what, then)
    if left := [one for one in gone if one not in still]:
        names = list_names(f"{one.table}.{one.column}" for one in left)
        change = _change(pair.new, pair.after, "personal_data_removed", f"holds no longer {names}")
        yield replace(change, level=Level.SAFE)


def _by_name(columns: Iterable[PersonalColumn]) -> dict[tuple[str, str], PersonalColumn]:
    return {(one.table, one.column): one for one in columns}


def _is_there(one: PersonalColumn, after: Side) -> bool:
    """Whether a column is published still."""
    table = after.all_tables.get(one.table)
    return table is not None and one.column in after.origins.of(table)


def _compare_domains(
    old: Iterable[Activity], new: Iterable[Activity], after: Side
) -> Iterator[Change]:
    """What domains say of all their activities, once a domain."""
    was, now = ({one.domain: one for one in side} for side in (old, new))
    for domain in sorted(was.keys() & now.keys()):
        path = f"specs/{domain}/domain.yaml"
        for key, words in _WORDS.items():
            before, present = (getattr(side[domain].privacy, key) for side in (was, now))
            if before == present:
                continue
            yield Change(
                level=Level.REVIEW,
                kind="privacy_changed",
                subject=path,
                what=f"{words}: {_say(before)} → {_say(present)}",
                then=f"it is so of every activity of the domain; {_THEN}",
                owner=now[domain].owner,
                contacts=_contacts(now[domain]),
                place=after.places.of(path, ("privacy", key)),
            )


def _say(value: Any) -> str:
    if isinstance(value, tuple):
        return list_names(map(_say, value)) if value else "not said"
    if hasattr(value, "safeguard"):
        return f"{value.to} ({value.safeguard})"
    return str(value or "not said").replace("_", " ")
