"""How far each partition of a dataset's stream has been read. Only a publication moves offsets.

They are kept beside the cursors, in the same table of moves: a row a run, whose field is the
stream and whose values are JSON, `{"0": 41, "1": 7}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from medallion.errors import DataRejected
from medallion.names import PublishedTable
from medallion.run import Run
from medallion.sources.base.stream import Offsets, advance
from medallion.warehouse.registry.moves import (
    Place,
    find_last,
    find_moves,
    find_note,
    refuse_doubles,
    write_move,
)
from medallion.warehouse.registry.records import SQL
from medallion.warehouse.session.statements import statements

KIND = "offsets"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """What the registry knows of a stream, as one run needs it.

    `offsets` is how far all runs have read; empty: none has. `own_before` and `own_after` are of
    this very run, where it has published before; `is_last`: no other run has read on since.
    `stream_id` is which stream the offsets are of, `own_stream_id` the same of this run's; empty:
    nobody knows.
    """

    offsets: Offsets = field(default_factory=dict)
    own_before: Offsets | None = None
    own_after: Offsets | None = None
    is_last: bool = True
    stream_id: str = ""
    own_stream_id: str = ""


def find_state(
    connection: psycopg.Connection, run: Run, table: PublishedTable, stream: str
) -> StreamState:
    """The offsets of (table, stream) as this run sees them. Another stream starts without any."""
    moves = find_moves(connection, run, _place(table, stream))
    return StreamState(
        offsets=_read(moves.last),
        own_before=_read(moves.own[0]) if moves.own else None,
        own_after=_read(moves.own[1]) if moves.own else None,
        is_last=moves.is_last,
        stream_id=moves.stream_id,
        own_stream_id=moves.own_stream_id,
    )


def find_offsets(connection: psycopg.Connection, table: PublishedTable, stream: str) -> Offsets:
    """How far all runs have read (table, stream); empty: none has."""
    return _read(find_last(connection, _place(table, stream)))


def find_covered(
    connection: psycopg.Connection,
    run: Run,
    table: PublishedTable,
    stream: str,
    state: StreamState,
) -> Mapping[int, Sequence[tuple[int, int]]]:
    """What the runs of a run's data interval have published of (table, stream), by partition: from
    which message on, and up to which.

    What was read of a stream that was made again since is left out: its numbers are of other
    messages now. Where no server says which stream it is, it has numbers that the present one has
    not come to.
    """
    asked = {**_place(table, stream).words(), "interval_end": run.interval_end}
    found: dict[int, list[tuple[int, int]]] = {}
    for note, after, stream_id in connection.execute(statements(SQL)["offsets_of_interval"], asked):
        if are_different(stream_id or "", state.stream_id):
            continue
        moved = _read(after)
        for one in note["partitions"]:
            number, begin = one["partition"], one["begin"]
            end = min(one["end"], moved.get(number, one["end"]))
            if begin < end <= state.offsets.get(number, end):
                found.setdefault(number, []).append((begin, end))
    return found


def find_failure_before(
    connection: psycopg.Connection, dag_id: str, run_id: str
) -> datetime | None:
    """When the run before this one failed, of a continuous pipeline: its scheduled runs have ids
    that grow. None: it did not."""
    words = {"dag_id": dag_id, "run_id": run_id}
    row = connection.execute(statements(SQL)["failure_before"], words).fetchone()
    return row[0] if row else None


def move(
    connection: psycopg.Connection,
    run: Run,
    table: PublishedTable,
    *,
    load_id: int | None,
    publication_id: int,
    appends: bool,
) -> None:
    """Move the offsets to the ends of a run's landing, in the publication's transaction.

    None moves back, unless its partition began again; a run bounded by the operator moves none,
    and neither does one that is published again as it was.

    Raises:
        WarehouseUnavailable: another run has published what this one has read too, and `append`
            would add it twice. A retry alone does not help: the landing has to be made again.
        DataRejected: the stream was made again since this run read it, and another run has
            published of the new one.
    """
    kept = find_note(connection, "offsets_of_load", load_id)
    if kept is None:
        return
    stream, partitions = kept["topic"], kept["partitions"]
    state = find_state(connection, run, table, stream)
    before = {one["partition"]: one["before"] for one in partitions if one["before"] is not None}
    stream_id = kept.get("stream_id", "")
    if _is_as_it_was(state, partitions, stream_id):
        after, stream_id = state.own_after or {}, state.own_stream_id
    else:
        if _is_former(state, kept):
            raise _refuse_former(table, stream)
        if appends and _would_double(state, before, partitions):
            raise refuse_doubles(
                table, f"another run has published messages of {stream} since this one read them"
            )
        is_other = are_different(stream_id, state.stream_id)
        after = advance({} if is_other else state.offsets, partitions)
        stream_id = stream_id or state.stream_id
    begins = {one["partition"]: one["begin"] for one in partitions if one["restarted"]}
    write_move(
        connection,
        run,
        _place(table, stream),
        before=_write({**before, **begins}),
        after=_write(after),
        publication_id=publication_id,
        stream_id=stream_id,
    )


def are_different(one: str, other: str) -> bool:
    """Whether two streams are known, and are not the same."""
    return bool(one and other and one != other)


def _is_as_it_was(
    state: StreamState, partitions: Sequence[Mapping[str, Any]], stream_id: str
) -> bool:
    """Whether a run that others have read on from is published again, and has read no further than
    it has moved: all that it could move is behind the others."""
    own = state.own_after
    if own is None or state.is_last or are_different(stream_id, state.own_stream_id):
        return False
    return all(one["end"] <= own.get(one["partition"], -1) for one in partitions)


def _would_double(
    state: StreamState, before: Offsets, partitions: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether others have published what a landing has: since it was made, or where the run does it
    again, since it was the last one."""
    if state.own_before is not None:
        return not state.is_last
    read = {one["partition"] for one in partitions}
    return {number: at for number, at in state.offsets.items() if number in read} != dict(before)


def _is_former(state: StreamState, kept: Mapping[str, Any]) -> bool:
    """Whether a landing is of a stream that was made again, and read since. Where no server says
    which stream it is, its offsets have moved back since."""
    if are_different(kept.get("stream_id", ""), state.stream_id):
        return bool(kept.get("former_id", "") != state.stream_id)
    return any(
        state.offsets.get(one["partition"], one["before"]) < one["before"]
        for one in kept["partitions"]
        if one["before"] is not None and not one["restarted"]
    )


def _refuse_former(table: PublishedTable, stream: str) -> DataRejected:
    return DataRejected(
        f"{table.public}: {stream} was made again since this run read it, and another run has "
        "published messages of the new one: what this run holds is older than all of these",
        remedy=f"clear the task {table.name}.land and those after it: it reads on from there. What "
        "it has read of the former one stays in its landing until that is made again: copy the "
        "landing first if you need it",
    )


def _read(text: str | None) -> dict[int, int]:
    return {int(partition): offset for partition, offset in json.loads(text or "{}").items()}


def _write(offsets: Offsets) -> str:
    return json.dumps({str(partition): offsets[partition] for partition in sorted(offsets)})


def _place(table: PublishedTable, stream: str) -> Place:
    return Place(table=table, field=stream, kind=KIND)
