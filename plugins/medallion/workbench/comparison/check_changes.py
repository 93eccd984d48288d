"""Checks that were added, removed, loosened or tightened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from medallion.checks.declaration import CheckSpec, OnFailure
from medallion.checks.resolve import columns_of
from medallion.durations import duration

_STRICTNESS = {OnFailure.WARN: 0, OnFailure.QUARANTINE: 1, OnFailure.FAIL: 2}
_BOUNDS = ("min_value", "max_value", "max_age")
_SETS = ("values", "value_set")
_STRICT = ("strict_min", "strict_max")


class Direction(Enum):
    """Which way a check has changed: LOOSENED lets more rows pass, TIGHTENED fewer; CHANGED where
    neither is certain."""

    ADDED = auto()
    REMOVED = auto()
    LOOSENED = auto()
    TIGHTENED = auto()
    CHANGED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckChange:
    """A check by its name and columns, which way it has changed, and the texts of what differs.

    `at` is its position in the list of the side that has it, the new one first.
    """

    check: str
    direction: Direction
    how: str = ""
    at: int = 0


def compare_checks(
    before: Sequence[CheckSpec], after: Sequence[CheckSpec]
) -> Iterator[CheckChange]:
    """The differences of two lists of checks; checks are the same by name and columns."""
    old, new = _by_name(before), _by_name(after)
    for name, (at, check) in new.items():
        if name not in old:
            yield CheckChange(check=name, direction=Direction.ADDED, at=at)
        elif (direction := _direction(old[name][1], check)) is not None:
            how = ", ".join(_differences(old[name][1], check))
            yield CheckChange(check=name, direction=direction, how=how, at=at)
    for name, (at, _) in old.items():
        if name not in new:
            yield CheckChange(check=name, direction=Direction.REMOVED, at=at)


def _by_name(checks: Sequence[CheckSpec]) -> dict[str, tuple[int, CheckSpec]]:
    found: dict[str, tuple[int, CheckSpec]] = {}
    seen: Counter[str] = Counter()
    for at, check in enumerate(checks):
        columns = [name for key, name in columns_of(check.arguments) if key != "row_condition"]
        name = f"{check.name} of {', '.join(columns)}" if columns else check.name
        seen[name] += 1
        found[f"{name} ({seen[name]})" if seen[name] > 1 else name] = (at, check)
    return found


def _direction(old: CheckSpec, new: CheckSpec) -> Direction | None:
    """None: nothing but its description is different."""
    if (old.arguments, old.on_failure) == (new.arguments, new.on_failure):
        return None
    ways = {_compare(_STRICTNESS[old.on_failure], _STRICTNESS[new.on_failure])}
    for key in {*old.arguments, *new.arguments}:
        if old.arguments.get(key) != new.arguments.get(key):
            ways.add(_argument(key, old.arguments, new.arguments))
    ways.discard(0)
    if ways == {1}:
        return Direction.TIGHTENED
    return Direction.LOOSENED if ways == {-1} else Direction.CHANGED


def _argument(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> int | None:
    """1: tighter, -1: looser, None: neither is known."""
    was, now = old.get(key), new.get(key)
    if key == "mostly":
        return _compare(1 if was is None else was, 1 if now is None else now)
    if key in _STRICT:
        return _compare(bool(was), bool(now))
    if key in _SETS:
        return _sets(was, now)
    if key in _BOUNDS:
        return _bound(key, was, now)
    return None


def _bound(key: str, was: Any, now: Any) -> int | None:
    if was is None or now is None:
        return 1 if was is None else -1
    if key == "min_value":
        return _compare(was, now)
    return _compare(duration(now), duration(was)) if key == "max_age" else _compare(now, was)


def _sets(was: object, now: object) -> int | None:
    if not isinstance(was, list | tuple) or not isinstance(now, list | tuple):
        return None
    old, new = set(map(repr, was)), set(map(repr, now))
    if old == new:
        return 0
    return 1 if new < old else -1 if new > old else None


def _compare(old: Any, new: Any) -> int | None:
    try:
        return int(new > old) - int(new < old)
    except TypeError:
        return None


def _differences(old: CheckSpec, new: CheckSpec) -> Iterator[str]:
    if old.on_failure != new.on_failure:
        yield f"on_failure {old.on_failure} → {new.on_failure}"
    for key in sorted({*old.arguments, *new.arguments}):
        was, now = old.arguments.get(key), new.arguments.get(key)
        if was != now:
            yield f"{key} {_as_text(was)} → {_as_text(now)}"


def _as_text(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
