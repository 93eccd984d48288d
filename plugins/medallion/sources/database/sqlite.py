"""SQLite: a file, read by the standard library in one read transaction.

A column holds values of any kind there, whatever it was declared as: which ones they are is asked
first, in the same transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from medallion.errors import SetupError, SourceRefused
from medallion.sources.base.cursor import KIND_IN_WORDS, read_value
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.errors import translate_errors
from medallion.sources.database.kinds import KINDS
from medallion.sources.database.query import Statement
from medallion.sources.database.rows import Rows, batch_of_columns, fetch

if TYPE_CHECKING:
    import pyarrow as pa


_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = _EPOCH_UTC.replace(tzinfo=None)

LOCK_SECONDS = 30.0
"""How long is waited for another one who writes."""


@contextmanager
def open_rows(details: ConnectionDetails, statement: Statement) -> Iterator[Rows]:
    """The rows of a statement in one snapshot, streamed.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: in the block too.
    """
    file = Path(details.host)
    if not details.host or not file.is_file():
        raise SetupError(
            f"the connection {details.conn_id} names no file of SQLite",
            remedy="its host is the file's path",
        )
    with (
        translate_errors(details, "reading"),
        closing(_connect(file)) as connection,
    ):
        values = {name: _bind(value) for name, value in statement.values.items()}
        sql = statement.with_values(":{}".format)
        comparable = _Comparable()
        connection.create_function(
            KINDS["sqlite"].cursor_function, 2, comparable, deterministic=True
        )
        connection.execute("BEGIN")
        with closing(connection.execute(sql, values)) as cursor:
            columns = [column[0] for column in cursor.description or ()]
        schema = _schema(connection, statement, values, columns)
        comparable.hold()
        cursor = connection.execute(sql, values)
        times = frozenset(schema.names if comparable.used else ())
        yield Rows(schema=schema, batches=_batches(cursor, schema), times=times)


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(file.absolute()))}?mode=ro",
        uri=True,
        isolation_level=None,
        timeout=LOCK_SECONDS,
    )


def _bind(value: datetime | date | int) -> str | int:
    """Times as SQLite itself writes them: 2026-01-31 00:00:00, in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return value if isinstance(value, int) else value.isoformat()


class _Comparable:
    """The SQL function that makes what a column holds comparable with a cursor's value.

    SQLite has no times. It compares texts by their letters, where `T` comes after a blank and `Z`
    after a fraction, and holds every text to be more than any number.
    """

    def __init__(self) -> None:
        self.used = False
        self._kind = ""
        self._unreadable: object = None

    def __call__(self, value: object, kind: str) -> int | None:
        """A whole number that grows with what the value says; NULL where it says nothing."""
        self.used, self._kind = True, kind
        if value is None:
            return None
        found = _microseconds(value) if kind == "timestamp" else _whole_number(value, kind)
        if found is None and self._unreadable is None:
            self._unreadable = value
        return found

    def hold(self) -> None:
        """Leave out no row because its value cannot be compared.

        Raises:
            SourceRefused: there was one.
        """
        if self._unreadable is not None:
            raise SourceRefused(
                f"the cursor's column holds {str(self._unreadable)[:60]!r}, and the cursor is "
                f"{KIND_IN_WORDS[self._kind]}: it is not known whether that row is new",
                remedy="say in the source's `query` what it means: NULLIF(at, '') for no "
                "value, datetime(at, 'unixepoch') for a number of seconds; or declare a number: "
                "`initial_value: 0`",
            )


def _microseconds(value: object) -> int | None:
    """A time since 1970, in UTC where it has no zone. Called for each row: it does little."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    since = moment - (_EPOCH_UTC if moment.tzinfo else _EPOCH)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _whole_number(value: object, kind: str) -> int | None:
    read = read_value(value, kind)
    if isinstance(read, int):
        return read if -(2**63) <= read < 2**63 else None
    return read.toordinal() if read is not None else None


def _schema(
    connection: sqlite3.Connection,
    statement: Statement,
    values: dict[str, Any],
    columns: Sequence[str],
) -> pa.Schema:
    import pyarrow as pa

    if not columns:
        return pa.schema([])
    found = connection.execute(_kinds(statement, len(columns)), values).fetchone()
    kinds = [set((kinds or "").split(",")) - {"", "null"} for kinds in found]
    return pa.schema(
        [
            pa.field(name, _arrow_type(name, kinds))
            for name, kinds in zip(columns, kinds, strict=True)
        ]
    )


def _kinds(statement: Statement, width: int) -> str:
    """A query for the kinds of values in each column: `integer,null`."""
    from sqlglot import exp

    names = [f"c{number}" for number in range(width)]
    asked = [exp.Anonymous(this="typeof", expressions=[exp.column(name)]) for name in names]
    kinds = [
        exp.Anonymous(this="group_concat", expressions=[exp.Distinct(expressions=[kind])])
        for kind in asked
    ]
    select = exp.select(*kinds).from_("q").sql(dialect=statement.dialect)
    # The author's own WITH may stand within this one.
    _, parts = statement.wrap(f"WITH q({', '.join(names)}) AS (", f") {select}")
    return replace(statement, common=(), main=parts).with_values(":{}".format)


def _arrow_type(name: str, kinds: set[str]) -> pa.DataType:
    import pyarrow as pa

    if "blob" in kinds and len(kinds) > 1:
        raise SourceRefused(
            f"the column {name} holds {' and '.join(sorted(kinds))} values",
            remedy="make them one kind in the `query`: hex(…), or CAST(… AS TEXT)",
        )
    one: dict[str, pa.DataType] = {"integer": pa.int64(), "real": pa.float64(), "blob": pa.binary()}
    return one[next(iter(kinds))] if len(kinds) == 1 and "text" not in kinds else pa.string()


def _batches(cursor: sqlite3.Cursor, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    texts = [at for at, field in enumerate(schema) if pa.types.is_string(field.type)]
    for rows in fetch(cursor):
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for at in texts:
            columns[at] = [_as_text(value) for value in columns[at]]
        yield batch_of_columns(columns, schema)


def _as_text(value: object) -> str | None:
    """A value of a column that holds several kinds, as it is written; whole numbers exactly."""
    return value if value is None or isinstance(value, str) else repr(value)
