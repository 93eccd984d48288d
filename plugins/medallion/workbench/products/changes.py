"""What has changed between two documents of one product, and what it means for its readers.

By the levels of contracts: what was promised and is not any more is breaking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from medallion.workbench.contracts.changes import ORDER, ContractChange, Level
from medallion.workbench.products.document import LANGUAGE

Node = Mapping[str, Any]
_SECONDS = {"seconds": 1, "minutes": 60, "days": 86_400}


def compare_products(before: Node, after: Node) -> tuple[ContractChange, ...]:
    """The changes from one document to another, the most serious first. What has another form than
    ours counts as not said."""
    old, new = _node(before, "product"), _node(after, "product")
    found = [
        *_compare_tables(old, new),
        *_compare_contracts(old, new),
        *_compare_levels(old, new),
        *_compare_terms(old, new),
        *_compare_details(old, new),
    ]
    return tuple(sorted(found, key=lambda one: ORDER.index(one.level)))


def _node(said: object, *keys: str) -> Node:
    for key in keys:
        said = said.get(key) if isinstance(said, Mapping) else None
    return said if isinstance(said, Mapping) else {}


def _change(level: Level, place: str, what: str) -> ContractChange:
    return ContractChange(level=level, place=place, what=what)


def _compare_tables(old: Node, new: Node) -> Iterator[ContractChange]:
    was, now = _node(old, "dataAccess"), _node(new, "dataAccess")
    for name in was:
        if name not in now:
            yield _change(Level.BREAKING, name, "is not part of it any more")
        elif was[name] != now[name]:
            yield _change(Level.WORDING, name, "is described otherwise")
    for name in now:
        if name not in was:
            yield _change(Level.COMPATIBLE, name, "is added")


def _compare_contracts(old: Node, new: Node) -> Iterator[ContractChange]:
    """By the first number that differs: breaking, compatible, wording."""
    was, now = _contracts(old), _contracts(new)
    for name in was.keys() & now.keys():
        before, after = was[name].split("."), now[name].split(".")
        different = [
            at for at, pair in enumerate(zip(before, after, strict=False)) if len(set(pair)) > 1
        ]
        if different:
            level = ORDER[min(different[0], len(ORDER) - 1)]
            yield _change(level, name, f"its contract: {was[name]} → {now[name]}")


def _contracts(product: Node) -> dict[str, str]:
    said = _node(product, "contract", "spec").get("contracts")
    known = [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []
    return {str(one.get("id")): str(one.get("version")) for one in known}


def _compare_levels(old: Node, new: Node) -> Iterator[ContractChange]:
    was, now = _levels(old), _levels(new)
    for name in was:
        place = f"service level {name}"
        if name not in now:
            yield _change(Level.BREAKING, place, "is removed")
        elif was[name] != now[name]:
            better = _is_better(name, was[name], now[name])
            said = f"{_say(was[name])} → {_say(now[name])}"
            yield _change(Level.COMPATIBLE if better else Level.BREAKING, place, said)
    for name in now:
        if name not in was:
            yield _change(Level.COMPATIBLE, f"service level {name}", "is added")


def _levels(product: Node) -> dict[str, Node]:
    said = _node(product, "SLA", "declarative", "default").get("dimensions")
    known = [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []
    return {str(one.get("dimension")): one for one in known}


def _say(level: Node) -> str:
    return f"{level.get('objective')} {level.get('unit')}"


def _is_better(name: str, was: Node, now: Node) -> bool:
    old, new = _size(was), _size(now)
    if old is None or new is None:
        return False
    return new > old if name == "uptime" else new < old


def _size(level: Node) -> float | None:
    try:
        value = float(str(level.get("objective")))
    except ValueError:
        return None
    return value * _SECONDS.get(str(level.get("unit")), 1)


def _compare_terms(old: Node, new: Node) -> Iterator[ContractChange]:
    for key, place in (("definition", "usage"), ("restrictions", "restrictions")):
        was, now = (_node(one, "license", "scope").get(key) for one in (old, new))
        if was != now:
            level = Level.COMPATIBLE if not was and key == "definition" else Level.BREAKING
            yield _change(level, f"terms, {place},", "has other words" if was else "is added")
    was, now = (_node(one, "license", "termination").get("noticePeriod") for one in (old, new))
    if was != now:
        longer = isinstance(was, int) and isinstance(now, int) and now > was
        level = Level.COMPATIBLE if was is None or longer else Level.BREAKING
        yield _change(level, "terms, notice", f"{_days(was)} → {_days(now)}")


def _days(said: object) -> str:
    return "none" if said is None else f"{said} days"


def _compare_details(old: Node, new: Node) -> Iterator[ContractChange]:
    was, now = (_node(one, "details", LANGUAGE) for one in (old, new))
    before, after = str(was.get("status")), str(now.get("status"))
    if before != after:
        ended = after == "retired" and before != "draft"
        yield _change(
            Level.BREAKING if ended else Level.COMPATIBLE, "status", f"{before} → {after}"
        )
    for key, what in _WORDS.items():
        if was.get(key) != now.get(key):
            yield _change(Level.WORDING, "product", what)
    if _node(old, "dataHolder") != _node(new, "dataHolder"):
        yield _change(Level.WORDING, "product", "has another owner")
    asked = ("SLA", "declarative", "default", "support")
    if _node(old, *asked) != _node(new, *asked):
        yield _change(Level.WORDING, "product", "has another support")


_WORDS = {
    "name": "has another title",
    "description": "has another description",
    "valueProposition": "has another purpose",
    "tags": "has other tags",
    "useCases": "has other consumers",
}
