"""How far a dataset's source has been read, as texts: what cursors and offsets have in common.

A row a run, in the registry. Only a publication moves anything, in its transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from medallion.errors import WarehouseUnavailable
from medallion.names import PublishedTable
from medallion.run import Run
from medallion.warehouse.registry.records import SQL
from medallion.warehouse.session.statements import statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is moved: a field, or a stream, of a table. One that the spec has changed is another."""

    table: PublishedTable
    field: str
    kind: str

    def words(self) -> Mapping[str, object]:
        """Its columns."""
        return {
            "domain": self.table.domain,
            "table_name": self.table.name,
            "field": self.field,
            "kind": self.kind,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What the registry knows of a place, as one run needs it.

    Attributes:
        last: how far all runs have read; None: none has, or none has found a value.
        own: of this very run, where it has published before: from where and to where.
        is_last: no other run has read on since.
        stream_id: which stream `last` is of; empty: nobody knows.
        own_stream_id: the same of what this run has moved.
    """

    last: str | None = None
    own: tuple[str | None, str | None] | None = None
    is_last: bool = True
    stream_id: str = ""
    own_stream_id: str = ""


def find_moves(connection: psycopg.Connection, run: Run, place: Place) -> Moves:
    """The moves of a place as a run sees them."""
    words = {**place.words(), **run.ids()}
    rows = connection.execute(statements(SQL)["cursor_moves"], words).fetchall()
    if not rows:
        return Moves()
    own = next((row for row in rows if row[0]), None)
    return Moves(
        last=rows[-1][2],
        own=(own[1], own[2]) if own else None,
        is_last=bool(rows[-1][0]),
        stream_id=rows[-1][3] or "",
        own_stream_id=(own[3] or "") if own else "",
    )


def find_last(connection: psycopg.Connection, place: Place) -> str | None:
    """How far all runs have read."""
    words = {**place.words(), "dag_id": "", "run_id": ""}
    rows = connection.execute(statements(SQL)["cursor_moves"], words).fetchall()
    return rows[-1][2] if rows else None


def find_note(
    connection: psycopg.Connection, statement: str, load_id: int | None
) -> Mapping[str, Any] | None:
    """What a landing says of what it has read; None where a publication moves nothing by it."""
    row = connection.execute(statements(SQL)[statement], {"load_id": load_id}).fetchone()
    kept: Mapping[str, Any] | None = row[0] if row else None
    return None if not kept or kept["bounded"] else kept


def refuse_doubles(table: PublishedTable, what: str) -> WarehouseUnavailable:
    """The error of a run whose rows another one has published. A retry alone does not help: the
    landing has to be made again."""
    return WarehouseUnavailable(
        f"{table.public}: {what}: these rows would be there twice",
        remedy=f"clear the task {table.name}.land and those after it: it reads on from there",
    )


def write_move(
    connection: psycopg.Connection,
    run: Run,
    place: Place,
    *,
    before: str | None,
    after: str | None,
    publication_id: int,
    stream_id: str = "",
) -> None:
    """Record what a run has moved, in place of what it had moved before. Where it begins stays as
    it was, unless it has begun again with another stream."""
    values = {
        "before": before,
        "after": after,
        "publication_id": publication_id,
        "stream_id": stream_id or None,
    }
    connection.execute(statements(SQL)["move_cursor"], {**place.words(), **run.ids(), **values})
