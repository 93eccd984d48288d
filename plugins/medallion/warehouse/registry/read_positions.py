"""How far loads have read a source: of a stream by partition, of a cursor one value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medallion.sources.base.cursor import parse_value

OFFSETS = "offsets"
"""The kind of a stream's moves. Every other one is of a cursor."""
_VALUE = ""

Position = Mapping[str, Any]
"""By partition; of a cursor under the name ""."""
Note = Mapping[str, Any]
"""What a landing says of what it has read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far a load has read.

    Attributes:
        end: the position behind what it has read.
        age: how often the stream had begun again from its start by then.
        landed_at: when the landing was made.
    """

    end: Position
    age: int = 0
    landed_at: datetime | None = None

    def is_behind(self, other: Reading) -> bool:
        """Whether it has read further than another one. Of two that have read as far, or each
        further in another partition, the one that was landed later.

        >>> from datetime import UTC
        >>> days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]
        >>> first, second = [Reading(end={"0": 5, "1": 7}, landed_at=day) for day in days]
        >>> second.is_behind(first), first.is_behind(second), first.is_behind(first)
        (True, False, False)
        >>> Reading(end={"0": 1}, age=1).is_behind(second)
        True
        """
        if self.age != other.age:
            return self.age > other.age
        further, less = _exceeds(self.end, other.end), _exceeds(other.end, self.end)
        if further != less:
            return further
        return bool(self.landed_at and other.landed_at and self.landed_at > other.landed_at)


def read_position(text: str | None, kind: str) -> Position:
    """What a move says, a text in the registry.

    >>> read_position('{"0": 41}', OFFSETS), read_position("7", "integer")
    ({'0': 41}, {'': 7})
    """
    if kind == OFFSETS:
        found: Position = json.loads(text or "{}")
        return found
    value = parse_value(text, kind)
    return {} if value is None else {_VALUE: value}


def find_begin(note: Note, kind: str) -> Position:
    """Where all runs had come to when the landing was made."""
    if kind == OFFSETS:
        befores = {str(one["partition"]): one["before"] for one in note["partitions"]}
        return {number: before for number, before in befores.items() if before is not None}
    return read_position(note["before"], kind)


def find_end(note: Note, kind: str, moved: Position | None) -> Position:
    """How far the landing of a run reads.

    Args:
        moved: what the run has moved by an earlier publication: where it stops when it is done
            again, however little of it a cursor still finds.
    """
    if kind == OFFSETS:
        return {str(one["partition"]): one["end"] for one in note["partitions"]}
    if note["bounded"] and moved is not None:
        return moved
    return _further(find_begin(note, kind), read_position(note["highest"], kind))


def find_published_end(note: Note, kind: str, moved: Position) -> Position:
    """How far a load's published rows reach. What it has landed since is not published yet, and a
    move that other runs have read for is not its own."""
    landed = find_end(note, kind, moved)
    return {number: min(end, moved.get(number, end)) for number, end in landed.items()}


def find_end_of_backfill(note: Note, kind: str) -> Position | None:
    """The position behind the last record that a bounded landing has; None: nobody knows.

    >>> note = {"partitions": [{"partition": 0, "records": 2, "last": 7},
    ...                        {"partition": 1, "records": 0}]}
    >>> find_end_of_backfill(note, OFFSETS)
    {'0': 8}
    """
    if kind != OFFSETS:
        return read_position(note["highest"], kind) or None
    full = [one for one in note["partitions"] if one["records"]]
    if any("last" not in one for one in full):
        return None
    return {str(one["partition"]): one["last"] + 1 for one in full}


def is_empty(note: Note, kind: str) -> bool:
    """Whether the landing has no record."""
    if kind == OFFSETS:
        return not any(one["records"] for one in note["partitions"])
    return note["highest"] is None


def has_restarted(note: Note) -> bool:
    """Whether the stream had begun again from its start."""
    return any(one["restarted"] for one in note.get("partitions", ()))


def is_at_least(one: Position, other: Position) -> bool:
    """Whether a position is nowhere before another one.

    >>> is_at_least({"0": 5, "1": 2}, {"0": 5}), is_at_least({"0": 5}, {"0": 5, "1": 2})
    (True, False)
    """
    return all(number in one and one[number] >= at for number, at in other.items())


def count_ages(moves: Iterable[tuple[Position, str | None]]) -> list[int]:
    """How often the stream had begun again from its start, after each move, in their order.

    Args:
        moves: to where, and of which stream, where that is known.

    >>> count_ages([({"0": 5}, None), ({"0": 7}, None), ({"0": 2}, None), ({"0": 9}, None)])
    [0, 0, 1, 1]
    >>> count_ages([({"0": 5}, "a"), ({"0": 7}, "b")])
    [0, 1]
    """
    ages, age, former, known = list[int](), 0, dict[str, Any](), ""
    for end, stream_id in moves:
        is_other = bool(known and stream_id and known != stream_id)
        age += is_other or any(at < former.get(number, at) for number, at in end.items())
        ages.append(age)
        former, known = dict(end), stream_id or known
    return ages


def _exceeds(one: Position, other: Position) -> bool:
    return any(number not in other or at > other[number] for number, at in one.items())


def _further(one: Position, other: Position) -> Position:
    return {
        number: max(at for at in (one.get(number), other.get(number)) if at is not None)
        for number in {**one, **other}
    }
