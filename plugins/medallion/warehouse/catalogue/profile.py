"""What the columns of a table hold as of its last publication: worked out when it is first asked
for, in one pass over the table, and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from psycopg import errors, sql
from psycopg.rows import class_row

from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.catalogue.history import PublishedColumn
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session, session

SQL = "catalogue/profile.sql"
MOST_ROWS = 1_000_000
"""A larger table is not profiled while somebody waits."""
LIMIT = timedelta(seconds=5)
"""Of reading one."""
_LONGEST = 80

_ORDERED = (
    "smallint", "integer", "bigint", "real", "double precision", "numeric", "date", "time",
    "timestamp", "text",
)  # fmt: skip
"""Types of which a lowest and a highest value say something."""
_COUNTED = (*_ORDERED, "boolean", "uuid", "bytea")
"""Types whose values can be counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column. `lowest` and `highest` as texts; None where they say nothing, or are personal."""

    column_name: str
    rows_seen: int
    nulls: int
    distinct_values: int | None
    lowest: str | None
    highest: str | None


def read_kept_profile(connection: Session, publication_id: int) -> Mapping[str, ColumnProfile]:
    """What is kept of a publication, by column; empty: nothing was worked out."""
    with connection.cursor(row_factory=class_row(ColumnProfile)) as cursor:
        asked = {"publication_id": publication_id}
        return {
            one.column_name: one
            for one in cursor.execute(statements(SQL)["kept"], asked).fetchall()
        }


def work_out_profile(
    connection: Session,
    table: TableName,
    publication_id: int,
    columns: Sequence[PublishedColumn],
    hidden: frozenset[str],
) -> Mapping[str, ColumnProfile]:
    """Read a version once for what its columns hold; empty where that takes too long, or the
    version is not the current one any more.

    Args:
        connection: reads the table and the registry; nothing was asked in it yet.
        columns: all columns that readers see.
        hidden: of these no value is read.
    """
    known = [column for column in columns if not column.name.startswith("_")]
    if not known:
        return {}
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    asked = {"publication_id": publication_id}
    try:
        row = connection.execute(_query(table, known, hidden)).fetchone()
    except (errors.QueryCanceled, errors.UndefinedTable):
        return {}
    current = connection.execute(statements(SQL)["is_current"], asked).fetchone()
    if row is None or not (current and current[0]):
        return {}
    return {one.column_name: one for one in _profiles(known, row)}


def keep_profile(
    loader_url: str, table: TableName, publication_id: int, found: Iterable[ColumnProfile]
) -> None:
    """Keep what the columns hold as of a publication; what is kept already stays."""
    rows = [{**asdict(one), "publication_id": publication_id} for one in found]
    with (
        session(loader_url, f"keeping the profile of {table}") as connection,
        connection.cursor() as cursor,
    ):
        cursor.executemany(statements(SQL)["keep"], rows)


def _query(
    table: TableName, columns: Sequence[PublishedColumn], hidden: frozenset[str]
) -> sql.Composed:
    parts: list[sql.Composable] = [sql.SQL("count(*)")]
    for column in columns:
        name, kind = sql.Identifier(column.name), column.type.split("(")[0].split(" with")[0]
        shows = column.name not in hidden and kind in _ORDERED
        ends = sql.SQL("left(min({0})::text, {1}), left(max({0})::text, {1})")
        parts += [
            sql.SQL("count({})").format(name),
            sql.SQL("count(DISTINCT {})").format(name) if kind in _COUNTED else sql.SQL("NULL"),
            ends.format(name, sql.Literal(_LONGEST)) if shows else sql.SQL("NULL, NULL"),
        ]
    return sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(parts), identifier(table))


def _profiles(columns: Sequence[PublishedColumn], row: Sequence[object]) -> list[ColumnProfile]:
    rows, found = int(str(row[0])), []
    for at, column in enumerate(columns):
        there, distinct, lowest, highest = row[1 + 4 * at : 5 + 4 * at]
        found.append(
            ColumnProfile(
                column_name=column.name,
                rows_seen=rows,
                nulls=rows - int(str(there)),
                distinct_values=None if distinct is None else int(str(distinct)),
                lowest=None if lowest is None else str(lowest),
                highest=None if highest is None else str(highest),
            )
        )
    return found
