"""The order in which the loads of a dataset have read its source, where it is read on.

It is that of the cursor or of the offsets, not that of the data intervals: two runs may share one,
and a run that had failed before it read anything reads the newest messages for an old one. The
rows of a table name their load, so a publication asks which loads stand otherwise to its own than
their intervals say (`publish.order`). In nearly every publication there are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any

import psycopg
from psycopg.rows import class_row

from medallion.names import PublishedTable
from medallion.publish.disposition import WriteDisposition
from medallion.publish.order import Order
from medallion.run import Run
from medallion.warehouse.registry.moves import Moves, Place, find_moves
from medallion.warehouse.registry.read_positions import (
    OFFSETS,
    Note,
    Reading,
    count_ages,
    find_begin,
    find_end,
    find_end_of_backfill,
    find_published_end,
    has_restarted,
    is_at_least,
    is_empty,
    read_position,
)
from medallion.warehouse.session.statements import statements

SQL = "registry/reading_order.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """A load as the registry has it: `before` and `after` are what its run has moved, as texts. A
    pipeline may have hundreds of thousands: those that cannot matter have no notes."""

    load_id: int
    interval_end: datetime
    extracted_at: datetime | None
    notes: Mapping[str, Any] | None
    before: str | None
    after: str | None
    stream_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """The load of the run that publishes."""

    load_id: int
    run: Run
    place: Place
    note: Note
    landed_at: datetime | None
    moves: Moves

    def is_after(self, load: _Load) -> bool:
        """Whether another one has a later interval."""
        return load.interval_end > self.run.interval_end

    def is_backfill(self) -> bool:
        """Whether it has read the stretch of its interval, and not what it had read before."""
        if not self.note["bounded"]:
            return False
        if self.moves.own is None:
            return True
        moved = read_position(self.moves.own[1], self.place.kind)
        return self.find_end().end != moved

    def find_end(self) -> Reading:
        """How far its landing reads."""
        kind, own = self.place.kind, self.moves.own
        moved = None if own is None else read_position(own[1], kind)
        return Reading(end=find_end(self.note, kind, moved), landed_at=self.landed_at)

    def is_where_it_moved(self) -> bool:
        """Whether it reads exactly as far as it has moved before."""
        own = self.moves.own
        return own is not None and self.find_end().end == read_position(own[1], self.place.kind)

    def is_ahead(self) -> bool:
        """Whether all that was published had been read before."""
        kind, moves = self.place.kind, self.moves
        last = read_position(moves.last, kind)
        if self.note["bounded"]:
            return False
        if moves.own is not None and not moves.is_last and self.is_where_it_moved():
            return False  # as it was published before, whatever has begun again since
        if has_restarted(self.note) or (moves.own is None and find_begin(self.note, kind) == last):
            return True
        end = self.find_end().end
        return is_at_least(end, last) and (
            not is_at_least(last, end) or (moves.own is not None and moves.is_last)
        )


def find_order(
    connection: psycopg.Connection,
    run: Run,
    table: PublishedTable,
    load_id: int | None,
    disposition: WriteDisposition,
) -> Order:
    """Which loads stand otherwise to a run's load than their data intervals say.

    | the run has read | its rows are later than |
    |---|---|
    | on from what was published | all that was read before |
    | the same again, or what others have read since | what ends before its landing does |
    | a stretch, for a backfill | those of earlier intervals, unless they were read behind it |
    """
    own = _find_own(connection, run, table, load_id) if disposition.keeps_latest else None
    if own is None or is_empty(own.note, own.place.kind):
        return Order(interval_end=run.interval_end)
    if own.is_backfill():
        return Order(interval_end=run.interval_end, later=_find_behind_backfill(connection, own))
    if own.is_ahead():
        return Order(
            interval_end=run.interval_end,
            earlier=_find_read_before(connection, own),
            is_newest=True,
        )
    return _compare_all(connection, own)


def _find_own(
    connection: psycopg.Connection, run: Run, table: PublishedTable, load_id: int | None
) -> _Own | None:
    """None: the source is not read on."""
    row = connection.execute(statements(SQL)["own"], {"load_id": load_id}).fetchone()
    if row is None or (found := _find_place(table, row[0])) is None:
        return None
    place, note = found
    return _Own(
        load_id=row[2],
        run=run,
        place=place,
        note=note,
        landed_at=row[1],
        moves=find_moves(connection, run, place),
    )


def _find_place(
    table: PublishedTable, notes: Mapping[str, Any] | None
) -> tuple[Place, Note] | None:
    for name, field in (("offsets", "topic"), ("cursor", "field")):
        if note := (notes or {}).get(name):
            kind = OFFSETS if name == "offsets" else note["kind"]
            return Place(table=table, field=note[field], kind=kind), note
    return None


def _find_behind_backfill(connection: psycopg.Connection, own: _Own) -> tuple[int, ...]:
    """Loads of no later interval that were read on from behind all that a backfill has; of a
    stream also those of earlier intervals that have read all of it, and more.

    What runs of its own interval have read of a stream, a backfill has too. A cursor finds the rows
    of a table as they are now: what it finds again is no older.
    """
    kind = own.place.kind
    end = find_end_of_backfill(own.note, kind)
    if end is None:
        return ()
    own_id = own.note.get("stream_id")
    found = [
        one
        for one in _read(connection, "of_no_later_intervals", own)
        if not (own_id and one.stream_id and one.stream_id != own_id)
    ]
    behind = {one.load_id for one in found if is_at_least(read_position(one.before, kind), end)}
    if kind == OFFSETS:
        former = [one for one in found if one.interval_end < own.run.interval_end]
        behind |= {
            one.load_id
            for one, reading in _find_readings(former, repeat(0), own.place)
            if is_at_least(reading.end, end)
        }
    return tuple(sorted(behind))


def _find_read_before(connection: psycopg.Connection, own: _Own) -> tuple[int, ...]:
    """Loads of later intervals of what is read, all of which was there before."""
    found = _read(connection, "of_later_intervals", own)
    return _ids(one for one in found if one.after is not None or _is_landed_before(one, own))


def _is_landed_before(load: _Load, own: _Own) -> bool:
    place = _find_place(own.place.table, load.notes)
    is_same = place is not None and place[0] == own.place
    at = load.extracted_at
    return is_same and at is not None and own.landed_at is not None and at < own.landed_at


def _compare_all(connection: psycopg.Connection, own: _Own) -> Order:
    """By how far each has read."""
    loads = _read(connection, "that_moved", own)
    kind = own.place.kind
    ages = count_ages((read_position(one.after, kind), one.stream_id) for one in loads)
    age_of = {one.load_id: age for one, age in zip(loads, ages, strict=True)}
    end = own.find_end()
    mine = Reading(
        end=end.end, landed_at=end.landed_at, age=age_of.get(own.load_id, max(ages, default=0))
    )
    others = [
        (one, reading.is_behind(mine))
        for one, reading in _find_readings(loads, ages, own.place)
        if one.load_id != own.load_id
    ]
    return Order(
        interval_end=own.run.interval_end,
        earlier=_ids(one for one, is_behind in others if own.is_after(one) and not is_behind),
        later=_ids(one for one, is_behind in others if is_behind and not own.is_after(one)),
    )


def _find_readings(
    loads: Iterable[_Load], ages: Iterable[int], place: Place
) -> Iterator[tuple[_Load, Reading]]:
    for one, age in zip(loads, ages, strict=False):
        found = _find_place(place.table, one.notes)
        if found is None or found[0] != place:
            continue
        end = find_published_end(found[1], place.kind, read_position(one.after, place.kind))
        yield one, Reading(end=end, age=age, landed_at=one.extracted_at)


def _read(connection: psycopg.Connection, name: str, own: _Own) -> list[_Load]:
    asked = {
        **own.place.words(),
        **own.run.ids(),
        "is_where_it_moved": own.is_where_it_moved(),
        "interval_end": own.run.interval_end,
        "load_id": own.load_id,
    }
    with connection.cursor(row_factory=class_row(_Load)) as cursor:
        return cursor.execute(statements(SQL)[name], asked).fetchall()


def _ids(loads: Iterable[_Load]) -> tuple[int, ...]:
    return tuple(one.load_id for one in loads)
