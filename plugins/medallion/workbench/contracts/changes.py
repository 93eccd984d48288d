"""What has changed between two contracts of one table, and what it means for its readers.

Whatever a contract promised and no longer does is breaking; what it promises besides is compatible;
the rest is wording. The documents may come from anywhere: what has another form than the standard's
counts as not said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from medallion.cleaning.declared.classification import read_roles_in_clear

Node = Mapping[str, Any]


class Level(StrEnum):
    """What a change means for who reads the table, the most serious first."""

    BREAKING = "breaking"
    COMPATIBLE = "compatible"
    WORDING = "wording"


ORDER = tuple(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChange:
    """One difference. `place`: the path in the document, as people read it."""

    level: Level
    place: str
    what: str


def compare_contracts(before: Node, after: Node) -> tuple[ContractChange, ...]:
    """The changes from one contract to another, the most serious first."""
    found = [
        *_compare_objects(before, after),
        *_compare_levels(before, after),
        *_compare_roles(before, after),
        *_compare_servers(before, after),
        *_compare_wording(before, after),
    ]
    return tuple(sorted(found, key=lambda one: ORDER.index(one.level)))


def next_version(version: str, changes: Sequence[ContractChange]) -> str:
    """The version after some changes, as semantic versioning counts: breaking, compatible, wording.

    >>> change = ContractChange(level=Level.BREAKING, place="schema", what="gone")
    >>> next_version("1.2.3", [change]), next_version("1.2.3", []), next_version("draft", [change])
    ('2.0.0', '1.2.3', '1.0.0')
    """
    if not changes:
        return version
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    if found is None:
        return "1.0.0"
    major, minor, patch = map(int, found.groups())
    levels = {one.level for one in changes}
    if Level.BREAKING in levels:
        return f"{major + 1}.0.0"
    if Level.COMPATIBLE in levels:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def _breaking(place: str, what: str) -> ContractChange:
    return ContractChange(level=Level.BREAKING, place=place, what=what)


def _compatible(place: str, what: str) -> ContractChange:
    return ContractChange(level=Level.COMPATIBLE, place=place, what=what)


def _wording(place: str, what: str) -> ContractChange:
    return ContractChange(level=Level.WORDING, place=place, what=what)


def _list(node: Node, key: str) -> list[Node]:
    said = node.get(key)
    return [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []


def _by(nodes: Sequence[Node], *keys: str) -> dict[str, Node]:
    """By the first of some keys that each has; what has none of them, by all that it says."""
    return {
        next((str(one[key]) for key in keys if one.get(key)), _canonical(one)): one for one in nodes
    }


def _canonical(said: object) -> str:
    return json.dumps(said, sort_keys=True, ensure_ascii=False, default=str)


def _compare_named(
    before: Mapping[str, Node],
    after: Mapping[str, Node],
    place: str,
    compare: Callable[[Node, Node, str], Iterator[ContractChange]],
) -> Iterator[ContractChange]:
    """What is gone breaks, what is new does not, and what both have is compared."""
    for name, one in before.items():
        at = f"{place}{name}"
        if name not in after:
            yield _breaking(at, "is removed")
        else:
            yield from compare(one, after[name], at)
    for name in after:
        if name not in before:
            yield _compatible(f"{place}{name}", "is added")


def _compare_objects(before: Node, after: Node) -> Iterator[ContractChange]:
    yield from _compare_named(
        _by(_list(before, "schema"), "name"),
        _by(_list(after, "schema"), "name"),
        "",
        _compare_object,
    )


def _compare_object(old: Node, new: Node, place: str) -> Iterator[ContractChange]:
    yield from _compare_keys(old, new, place)
    yield from _compare_properties(old, new, place)
    yield from _compare_rules(old, new, place)
    if old.get("description") != new.get("description"):
        yield _wording(place, "has another description")


def _compare_properties(old: Node, new: Node, place: str) -> Iterator[ContractChange]:
    yield from _compare_named(
        _by(_list(old, "properties"), "name"),
        _by(_list(new, "properties"), "name"),
        f"{place}.",
        _compare_property,
    )


def _compare_keys(old: Node, new: Node, place: str) -> Iterator[ContractChange]:
    was, now = _key(old), _key(new)
    if was == now:
        return
    if not was:
        yield _compatible(place, f"has a primary key now: {', '.join(now)}")
    else:
        yield _breaking(
            place, f"has another primary key: {', '.join(was)} → {', '.join(now) or 'none'}"
        )


def _key(node: Node) -> list[str]:
    keys = [one for one in _list(node, "properties") if one.get("primaryKey") is True]
    positions = {str(one.get("name")): one.get("primaryKeyPosition") for one in keys}
    return sorted(positions, key=lambda name: at if isinstance(at := positions[name], int) else 0)


def _compare_property(old: Node, new: Node, place: str) -> Iterator[ContractChange]:
    yield from _compare_type(old, new, place)
    if old.get("required") is True and new.get("required") is not True:
        yield _breaking(place, "may be NULL now")
    elif new.get("required") is True and old.get("required") is not True:
        yield _compatible(place, "is never NULL now")
    for said in ("personalData", "unit"):
        was, now = _own(old, said), _own(new, said)
        if was and was != now and not _is_in_clear_for_more(was, now):
            yield _breaking(place, f"{_WORDS[said]}: {was} → {now or 'not said'}")
        elif was != now:
            yield _compatible(place, f"{_WORDS[said]}: {now}")
    if old.get("classification") != new.get("classification"):
        said = f"{old.get('classification') or 'none'} → {new.get('classification') or 'none'}"
        yield _compatible(place, f"is classified otherwise: {said}")
    yield from _compare_properties(old, new, place)
    yield from _compare_rules(old, new, place)
    for key, what in _OF_PROPERTY.items():
        if old.get(key) != new.get(key):
            yield _wording(place, what)


def _is_in_clear_for_more(was: str, now: str) -> bool:
    """Whether all that has changed is that more roles read the values in clear."""
    (before, former), (after, roles) = read_roles_in_clear(was), read_roles_in_clear(now)
    return before == after and former <= roles


_WORDS = {"personalData": "holds personal data in another way", "unit": "has another unit"}
_OF_PROPERTY = {
    "description": "has another description",
    "transformSourceObjects": "is made of other columns",
    "relationships": "refers to other columns",
}


def _own(node: Node, name: str) -> str:
    for one in _list(node, "customProperties"):
        if one.get("property") == name:
            return str(one.get("value") or "")
    return ""


def _compare_type(old: Node, new: Node, place: str) -> Iterator[ContractChange]:
    was, now = _type(old), _type(new)
    if was == now:
        return
    if not was:
        yield _compatible(place, f"its type is known now: {now}")
    elif was and now and _is_wider(was, now):
        yield _compatible(place, f"has a wider type: {was} → {now}")
    else:
        yield _breaking(place, f"has another type: {was} → {now or 'not said'}")


def _type(node: Node) -> str:
    """The physical type; else the logical one."""
    return str(node.get("physicalType") or node.get("logicalType") or "")


_WHOLE = ("smallint", "integer", "bigint")
_FLOATS = ("real", "double precision")
_NUMERIC = re.compile(r"numeric\((\d+), ?(\d+)\)")


def _is_wider(was: str, now: str) -> bool:
    """Whether a type of PostgreSQL holds all values of another, and SQL reads it the same way.

    >>> _is_wider("integer", "bigint"), _is_wider("numeric(8,2)", "numeric(9,2)")
    (True, True)
    """
    for family in (_WHOLE, _FLOATS):
        if was in family and now in family:
            return family.index(now) > family.index(was)
    old, new = _NUMERIC.fullmatch(was), _NUMERIC.fullmatch(now)
    if old is None or new is None:
        return False
    digits, scale = int(old[1]), int(old[2])
    return int(new[2]) >= scale and int(new[1]) - int(new[2]) >= digits - scale


_OF_RULE = ("description", "dimension", "severity", "id", "tags", "businessImpact")


def _compare_rules(old: Node, new: Node, place: str) -> Iterator[ContractChange]:
    was, now = _by(_list(old, "quality"), "name", "id"), _by(_list(new, "quality"), "name", "id")
    for name, rule in was.items():
        at = f"{place}, rule {name},"
        if name not in now:
            if _promises(rule):
                yield _breaking(at, "is removed")
            else:
                yield _wording(at, "is removed, and only warned")
        else:
            yield from _compare_rule(rule, now[name], at)
    for name in now:
        if name not in was:
            yield _compatible(f"{place}, rule {name},", "is added")


def _compare_rule(old: Node, new: Node, place: str) -> Iterator[ContractChange]:
    if _promises(old) and not _promises(new):
        yield _breaking(place, "only warns now")
    elif _promises(new) and not _promises(old):
        yield _compatible(place, "holds now, and does not only warn")
    was = {key: value for key, value in old.items() if key not in _OF_RULE}
    now = {key: value for key, value in new.items() if key not in _OF_RULE}
    if _canonical(was) != _canonical(now):
        level = _breaking if _promises(old) else _compatible
        yield level(place, "asks for something else")
    elif old.get("description") != new.get("description"):
        yield _wording(place, "has another description")


def _promises(rule: Node) -> bool:
    return str(rule.get("severity") or "error").lower() not in ("warning", "warn", "info", "low")


_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "day": 86_400, "days": 86_400}


def _compare_levels(before: Node, after: Node) -> Iterator[ContractChange]:
    yield from _compare_named(
        _by(_list(before, "slaProperties"), "id", "property"),
        _by(_list(after, "slaProperties"), "id", "property"),
        "service level ",
        _compare_level,
    )


def _compare_level(old: Node, new: Node, place: str) -> Iterator[ContractChange]:
    was, now = (f"{one.get('value')}{one.get('unit') or ''}" for one in (old, new))
    if was == now:
        return
    old_length, new_length = _length(old), _length(new)
    shorter = old_length is not None and new_length is not None and new_length < old_length
    yield (_compatible if shorter else _breaking)(place, f"{was} → {now}")


def _length(node: Node) -> float | None:
    """Seconds; None where it is something else than a length of time."""
    value, unit = node.get("value"), _SECONDS.get(str(node.get("unit") or ""))
    if unit is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value * unit


def _compare_roles(before: Node, after: Node) -> Iterator[ContractChange]:
    yield from _compare_named(
        _by(_list(before, "roles"), "role"), _by(_list(after, "roles"), "role"), "role ", _same
    )


def _same(old: Node, new: Node, place: str) -> Iterator[ContractChange]:
    if old.get("access") != new.get("access"):
        yield _breaking(place, f"its access: {old.get('access')} → {new.get('access')}")


def _compare_servers(before: Node, after: Node) -> Iterator[ContractChange]:
    """Only where both say servers: an export may leave them out."""
    was, now = _list(before, "servers"), _list(after, "servers")
    if was and now and _canonical(was) != _canonical(now):
        yield _breaking("servers", "are others: readers find the table elsewhere")


_OF_CONTRACT = {
    "description": "has another description",
    "tags": "has other tags",
    "team": "has another team",
    "support": "has other contacts",
    "status": "has another status",
    "customProperties": "says other things of its own",
}


def _compare_wording(before: Node, after: Node) -> Iterator[ContractChange]:
    for key, what in _OF_CONTRACT.items():
        if _canonical(before.get(key)) != _canonical(after.get(key)):
            yield _wording("contract", what)
