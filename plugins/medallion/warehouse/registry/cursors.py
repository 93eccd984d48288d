"""How far a dataset's source has been read. Only a publication moves a cursor."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from medallion.names import PublishedTable
from medallion.run import Run
from medallion.sources.base.cursor import CursorValue, format_value, parse_value
from medallion.warehouse.registry.moves import (
    Place,
    find_moves,
    find_note,
    refuse_doubles,
    write_move,
)
from medallion.warehouse.registry.records import SQL
from medallion.warehouse.session.statements import statements


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorState:
    """What the registry knows of a cursor, as one run needs it.

    `value` is how far all runs have read; None: none has. `own_before` and `own_after` are of this
    very run, where it has published before; `is_last`: no other run has moved it since.
    """

    value: CursorValue | None = None
    has_run: bool = False
    own_before: CursorValue | None = None
    own_after: CursorValue | None = None
    is_last: bool = True


def state_of(
    connection: psycopg.Connection, run: Run, table: PublishedTable, field: str, kind: str
) -> CursorState:
    """The cursor of (table, field, kind) as this run sees it. A field or kind that the spec has
    changed starts without a value."""
    moves = find_moves(connection, run, Place(table=table, field=field, kind=kind))
    before, after = moves.own or (None, None)
    return CursorState(
        value=parse_value(moves.last, kind),
        has_run=moves.own is not None,
        own_before=parse_value(before, kind),
        own_after=parse_value(after, kind),
        is_last=moves.is_last,
    )


def find_own_load(connection: psycopg.Connection, load_id: int | None) -> int | None:
    """A landing, if its source was read on from a cursor or from offsets, which `append` never
    reads by intervals; None of another one."""
    row = connection.execute(statements(SQL)["is_read_on"], {"load_id": load_id}).fetchone()
    return load_id if row and row[0] else None


def move(
    connection: psycopg.Connection,
    run: Run,
    table: PublishedTable,
    *,
    load_id: int | None,
    publication_id: int,
    appends: bool,
) -> None:
    """Move the cursor to the highest value in a run's landing, in the publication's transaction.

    It never moves back; a run bounded by the operator does not move it, and neither does one that
    is published again as it was.

    Raises:
        WarehouseUnavailable: another run has published what this one has read too, and `append`
            would add it twice. A retry alone does not help: the landing has to be made again.
    """
    kept = find_note(connection, "cursor_of_load", load_id)
    if kept is None:
        return
    field, kind = kept["field"], kept["kind"]
    before, highest = parse_value(kept["before"], kind), parse_value(kept["highest"], kind)
    state = state_of(connection, run, table, field, kind)
    # A run that has published before replaces its own rows; only a first one would add them twice.
    if appends and not state.has_run and state.value != before:
        start, end = format_value(before) or "the beginning", format_value(state.value)
        raise refuse_doubles(table, f"another run has already published from {start} up to {end}")
    known = [value for value in (state.value, highest) if value is not None]
    if state.has_run and not state.is_last:
        reached = [value for value in (state.own_after, highest) if value is not None]
        if not reached or max(reached) == state.own_after:
            known = reached  # what others have read on since is not its own
        elif appends:
            raise refuse_doubles(table, f"another run has read on from {state.own_after} since")
    write_move(
        connection,
        run,
        Place(table=table, field=field, kind=kind),
        before=format_value(before),
        after=format_value(max(known)) if known else None,
        publication_id=publication_id,
    )
