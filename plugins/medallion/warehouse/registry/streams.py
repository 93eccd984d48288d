"""How far each partition of a dataset's stream has been read. Only a publication moves offsets.

They are kept beside the cursors, in the same table of moves: a row a run, whose field is the
stream and whose values are JSON, `{"0": 41, "1": 7}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

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
    """

    offsets: Offsets = field(default_factory=dict)
    own_before: Offsets | None = None
    own_after: Offsets | None = None
    is_last: bool = True


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
    )


def find_offsets(connection: psycopg.Connection, table: PublishedTable, stream: str) -> Offsets:
    """How far all runs have read (table, stream); empty: none has."""
    return _read(find_last(connection, _place(table, stream)))


def find_covered(
    connection: psycopg.Connection, run: Run, table: PublishedTable, stream: str
) -> Mapping[int, Sequence[tuple[int, int]]]:
    """What the runs of a run's data interval have published of (table, stream), by partition: from
    which message on, and up to which."""
    asked = {**_place(table, stream).words(), "interval_end": run.interval_end}
    found: dict[int, list[tuple[int, int]]] = {}
    for note, after in connection.execute(statements(SQL)["offsets_of_interval"], asked):
        moved = _read(after)
        for one in note["partitions"]:
            begin, end = one["begin"], min(one["end"], moved.get(one["partition"], one["end"]))
            if begin < end:
                found.setdefault(one["partition"], []).append((begin, end))
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

    None moves back, unless its partition began again; a run bounded by the operator moves none.

    Raises:
        WarehouseUnavailable: another run has published what this one has read too, and `append`
            would add it twice. A retry alone does not help: the landing has to be made again.
    """
    kept = find_note(connection, "offsets_of_load", load_id)
    if kept is None:
        return
    stream, partitions = kept["topic"], kept["partitions"]
    state = find_state(connection, run, table, stream)
    before = {one["partition"]: one["before"] for one in partitions if one["before"] is not None}
    if appends and state.own_before is None and dict(state.offsets) != before:
        raise refuse_doubles(
            table, f"another run has published messages of {stream} since this one read them"
        )
    write_move(
        connection,
        run,
        _place(table, stream),
        before=_write(before),
        after=_write(advance(state.offsets, partitions)),
        publication_id=publication_id,
    )


def _read(text: str | None) -> dict[int, int]:
    return {int(partition): offset for partition, offset in json.loads(text or "{}").items()}


def _write(offsets: Offsets) -> str:
    return json.dumps({str(partition): offsets[partition] for partition in sorted(offsets)})


def _place(table: PublishedTable, stream: str) -> Place:
    return Place(table=table, field=stream, kind=KIND)
