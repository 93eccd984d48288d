"""Rows that the cleaning rejects: written on a second connection while the good ones are copied."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Protocol

import psycopg
from psycopg import sql

from medallion.names import TableName
from medallion.private_files import open_private
from medallion.publish.relations import identifier
from medallion.warehouse.quarantine.report import reason_kind
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "quarantine/rejects.sql"
STAGE = "clean"

# jsonb holds no NUL character: its escape is shown as the sign for it.
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_SIGN_FOR_NUL = "\u2400"
_MOST_DIGITS = 4000
"""jsonb's numbers have more, but not without end."""


class Rejects(Protocol):
    """What takes the rows that the cleaning rejects."""

    rows: int
    """How many it has taken."""

    def add(
        self, *, reasons: Sequence[str], record: str, load_id: int, part: int, number: int | None
    ) -> None:
        """Add one record (JSON text) with its reasons. `number` is None for a line that is not a
        record."""


class RejectsWriter:
    """A COPY into a run's rejects on a connection of its own, opened with the first row.

    Its rows are committed when the block is left without an error, and not before.

    Raises, from its methods:
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """

    def __init__(self, url: str, table: TableName) -> None:
        self._url = url
        self._table = table
        self._opened = ExitStack()
        self._copy: psycopg.Copy | None = None
        self.rows = 0

    def __enter__(self) -> RejectsWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with translate_errors(f"writing {self._table}"):
            self._opened.__exit__(kind, error, traceback)

    def add(
        self,
        *,
        reasons: Sequence[str],
        record: str,
        load_id: int,
        part: int,
        number: int | None,
    ) -> None:
        """Add one record (JSON text) with its reasons. `number` is None for a line that is not a
        record."""
        with translate_errors(f"writing {self._table}"):
            copy = self._copy = self._copy or self._open()
            copy.write_row(
                _row(reasons=reasons, record=record, load_id=load_id, part=part, number=number)
            )
        self.rows += 1

    def _open(self) -> psycopg.Copy:
        connection = self._opened.enter_context(connect(self._url))
        cursor = self._opened.enter_context(connection.cursor())
        return self._opened.enter_context(
            cursor.copy(statements(SQL)["copy"].format(rejects=identifier(self._table)))
        )


class LaterRejects:
    """Rows that wait in a file until the transaction that they are a part of can take them: one
    connection has one COPY at a time.

    Memory holds one of them, whatever their number.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "rejects"
        self._file = open_private(self._path)
        self.rows = 0

    def __enter__(self) -> LaterRejects:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(
        self, *, reasons: Sequence[str], record: str, load_id: int, part: int, number: int | None
    ) -> None:
        """Add one record (JSON text) with its reasons, as `RejectsWriter.add` does."""
        row = _row(reasons=reasons, record=record, load_id=load_id, part=part, number=number)
        self._file.write(f"{json.dumps(row)}\n".encode())
        self.rows += 1

    def copy_within(self, connection: psycopg.Connection, table: TableName) -> None:
        """All of them into a run's rejects, as a part of an open transaction."""
        if not self.rows:
            return
        self._file.flush()
        command = statements(SQL)["copy"].format(rejects=identifier(table))
        with (
            self._path.open(encoding="utf-8") as lines,
            connection.cursor() as cursor,
            cursor.copy(command) as copy,
        ):
            for line in lines:
                copy.write_row(json.loads(line))


def _row(
    *, reasons: Sequence[str], record: str, load_id: int, part: int, number: int | None
) -> tuple[object, ...]:
    """As the COPY takes it."""
    shown = [reason.replace("\0", _SIGN_FOR_NUL) for reason in reasons]
    return (STAGE, shown, _storable(record), load_id, part, number)


def commonest_reasons(
    connection: psycopg.Connection,
    rejects: TableName,
    most: int = 3,
    stages: Sequence[str] | None = None,
) -> list[tuple[str, int]]:
    """(reason, rows) of a run's rejects, the most frequent first. Quoted values are replaced by
    "…": no personal value shows.

    Args:
        stages: of those that were rejected there; None: of all, those that were left out too.
    """
    if not columns_of(connection, rejects):
        return []
    query = statements(SQL)["commonest_reasons"].format(
        rejects=identifier(rejects),
        reason_kind=reason_kind(),
        most=sql.Literal(most),
        stages=sql.Literal(None if stages is None else list(stages)),
    )
    return connection.execute(query).fetchall()


def has_unread_records(connection: psycopg.Connection, rejects: TableName) -> bool:
    """Whether there are records without a usable key: the cleaning rejected them, or a person has
    dropped them."""
    if not columns_of(connection, rejects):
        return False
    query = statements(SQL)["has_unread"].format(rejects=identifier(rejects))
    row = connection.execute(query).fetchone()
    return bool(row and row[0])


def _storable(record: str) -> str:
    """The record as jsonb takes it. What that does not know (NaN, numbers without end, a nesting
    without end) is kept as a text.
    """
    record = _ESCAPED_NUL.sub(rf"\1{_SIGN_FOR_NUL}", record).replace("\0", _SIGN_FOR_NUL)
    try:
        json.loads(record, parse_constant=_refuse, parse_float=_check_size, parse_int=_check_size)
    except (ValueError, RecursionError):
        return json.dumps({"_text": record}, ensure_ascii=False)
    return record


def _check_size(number: str) -> None:
    exponent = number.lower().partition("e")[2]
    if len(number) > _MOST_DIGITS or abs(int(exponent or 0)) > _MOST_DIGITS:
        _refuse(number)


def _refuse(number: str) -> NoReturn:
    raise ValueError(number)
