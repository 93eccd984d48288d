"""The server's log, as the loader may read it, and what was found in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from medallion.names import TableName
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "journal/collection.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """How the server logs, and what the loader may read of it."""

    has_journal: bool
    may_read: bool | None
    """None: there is no function to read it by."""
    prefix: str
    zone: str
    is_text: bool
    is_json: bool
    is_logged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """A file of the log, as the server names it."""

    name: str
    bytes: int
    is_quiet: bool
    """Nobody has written to it for some seconds: its last entry is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReads:
    """How often somebody has read a table by one application from one place. Times in UTC."""

    layer: str
    domain: str
    table_name: str
    reader: str
    client: str
    application: str
    first_at: datetime
    last_at: datetime
    times: int
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a stretch of a log had: entries, statements of readers, those refused, those not
    understood by reason."""

    up_to: datetime | None
    lines: int
    statements: int
    refused: int
    not_understood: Mapping[str, int]


def read_log_state(session: Session) -> LogState:
    """How the server logs. The journal may not be there."""
    with session.cursor(row_factory=class_row(LogState)) as cursor:
        found = cursor.execute(statements(SQL)["state"]).fetchone()
    assert found is not None  # noqa: S101  # of one row
    return found


def list_log_files(session: Session) -> list[LogFile]:
    """The files of the log, the one first that was written to longest ago."""
    rows = session.execute(statements(SQL)["files"]).fetchall()
    return [LogFile(name=name, bytes=size, is_quiet=is_quiet) for name, size, is_quiet in rows]


def read_log_bytes(session: Session, file: LogFile, from_byte: int, most: int) -> bytes:
    """A stretch of a file; empty: it has no more, or is gone."""
    asked = {"file": file.name, "from_byte": from_byte, "most": most}
    row = session.execute(statements(SQL)["read"], asked, binary=True).fetchone()
    return bytes(row[0]) if row and row[0] is not None else b""


def find_position(session: Session, head: str) -> int:
    """How far a file was read, by the digest of its first bytes."""
    row = session.execute(statements(SQL)["position"], {"head": head}).fetchone()
    return int(row[0]) if row else 0


def add_reads(
    session: Session, head: str, stretch: tuple[int, int], found: Sequence[TableReads], tally: Tally
) -> bool:
    """Add what a stretch of a file has, once; False: another one was faster, and nothing is
    added."""
    asked = {
        "head": head,
        "from_byte": stretch[0],
        "to_byte": stretch[1],
        "found": Jsonb([_as_json(asdict(one)) for one in found]),
        "tally": Jsonb(_as_json(asdict(tally))),
    }
    row = session.execute(statements(SQL)["add_reads"], asked).fetchone()
    return bool(row and row[0])


def add_problem(session: Session, problem: str) -> None:
    """Say why nothing can be collected."""
    session.execute(statements(SQL)["add_problem"], {"problem": problem})


def forget_old(session: Session) -> int:
    """Delete what is older than an administrator has said; how many entries."""
    row = session.execute(statements(SQL)["forget"]).fetchone()
    return int(row[0]) if row else 0


def list_published(session: Session) -> list[TableName]:
    """The published tables that are there."""
    return [TableName(*row) for row in session.execute(statements(SQL)["published"]).fetchall()]


def list_views(session: Session) -> Iterator[tuple[TableName, TableName]]:
    """Views that are not Medallion's, each with a relation that it reads."""
    for schema, name, of_schema, of in session.execute(statements(SQL)["made_of"]).fetchall():
        yield TableName(schema, name), TableName(of_schema, of)


def _as_json(values: Mapping[str, object]) -> dict[str, object]:
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in values.items()
    }
