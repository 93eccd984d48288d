"""Two versions of a table held against each other by their key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.rows import tuple_row

from medallion.names import PublishedTable, TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/versions.sql"
EXAMPLES = 10
_SAME = sql.SQL("{b} = {a}")
_DIFFERS = sql.SQL("{b} IS DISTINCT FROM {a}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRow:
    """An example: the key, and by column the values before and after. Of a row that is added or
    removed, one side is None."""

    kind: str
    key: Sequence[str]
    before: Sequence[str | None] | None
    after: Sequence[str | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the later version has otherwise. Columns that only one of them has, or that have another
    type in it, are not compared."""

    columns: Sequence[str]
    added: int
    removed: int
    changed: int
    same: int
    examples: Sequence[ChangedRow]


def compare(
    session: Session,
    table: PublishedTable,
    versions: tuple[int, int],
    key: Sequence[str],
    hidden: frozenset[str],
) -> Comparison | None:
    """Hold a version against an earlier one; None where one of them is gone.

    Args:
        versions: the earlier, the later.
        key: the columns of the primary key; there is at least one.
        hidden: columns that are compared, and whose values are not shown.
    """
    names = [table.version(number) for number in versions]
    before, after = (dict(_types(session, name)) for name in names)
    if not (before and after):
        return None
    shared = [n for n, kind in before.items() if after.get(n) == kind and not n.startswith("_")]
    if any(column not in shared for column in key):
        return None
    return compare_rows(session, (identifier(names[0]), identifier(names[1])), shared, key, hidden)


def _types(session: Session, table: TableName) -> Iterator[tuple[str, str]]:
    return ((column.name, column.type) for column in columns_of(session, table))


def compare_rows(
    session: Session,
    sides: tuple[sql.Composable, sql.Composable],
    shared: Sequence[str],
    key: Sequence[str],
    hidden: frozenset[str],
    *,
    most: int = EXAMPLES,
) -> Comparison:
    """Hold rows against those that were there before.

    Args:
        sides: a table each, or a query in brackets: before, after.
        shared: the columns that both sides have, of one type.
        key: those that tell one row from another; there is at least one.
        hidden: columns that are compared, and whose values are not shown.
        most: examples of each kind.
    """
    shown = [column for column in shared if column not in hidden]
    parts = {
        **_build_comparison(sides, shared, key),
        "before_values": _texts("b", shown),
        "after_values": _texts("a", shown),
    }
    named = statements(SQL)
    row = session.execute(named["counts"].format(**parts)).fetchone()
    with session.cursor(row_factory=tuple_row) as cursor:
        examples = cursor.execute(named["examples"].format(**parts), {"most": most}).fetchall()
    at = [shown.index(column) if column in shown else None for column in key]
    return Comparison(
        columns=shown,
        **dict(zip(("added", "removed", "changed", "same"), row or (0, 0, 0, 0), strict=True)),
        examples=[_example(kind, old, new, at) for kind, old, new in examples],
    )


def in_brackets(query: sql.Composable) -> sql.Composed:
    """A query as one side of a comparison."""
    return sql.SQL("({})").format(query)


def count_changed_values(
    session: Session,
    sides: tuple[sql.Composable, sql.Composable],
    shared: Sequence[str],
    key: Sequence[str],
) -> dict[str, int]:
    """By column, in how many of the rows that both sides have its value differs; without those in
    which it does not."""
    others = [column for column in shared if column not in key]
    if not others:
        return {}
    each = [sql.SQL("count(*) FILTER (WHERE {})").format(one) for one in _pairs(others, _DIFFERS)]
    query = statements(SQL)["changed_columns"].format(
        **_build_comparison(sides, shared, key), changes=sql.SQL(", ").join(each)
    )
    with session.cursor(row_factory=tuple_row) as cursor:
        counts = cursor.execute(query).fetchone() or ()
    return {name: count for name, count in zip(others, counts, strict=True) if count}


def count_without_key(
    session: Session, sides: tuple[sql.Composable, sql.Composable], shared: Sequence[str]
) -> tuple[int, int]:
    """Rows that only the later side has, and rows that only the earlier one has, as wholes."""
    query = statements(SQL)["without_key"].format(
        before=sides[0], after=sides[1], columns=_list(shared)
    )
    with session.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(query).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _build_comparison(
    sides: tuple[sql.Composable, sql.Composable], shared: Sequence[str], key: Sequence[str]
) -> dict[str, sql.Composable]:
    others = [column for column in shared if column not in key]
    return {
        "before": sides[0],
        "after": sides[1],
        "key": _list(key),
        "same_key": _all(key, _SAME),
        "differs": _any(others, _DIFFERS),
        "first_key": sql.Identifier(key[0]),
    }


def _example(
    kind: str,
    before: list[str | None] | None,
    after: list[str | None] | None,
    at: Sequence[int | None],
) -> ChangedRow:
    there = after if before is None else before
    key = ["" if n is None or there is None else str(there[n]) for n in at]
    return ChangedRow(kind=kind, key=key, before=before, after=after)


def _list(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _pairs(columns: Sequence[str], how: sql.SQL) -> list[sql.Composed]:
    return [
        how.format(b=sql.Identifier("b", name), a=sql.Identifier("a", name)) for name in columns
    ]


def _all(columns: Sequence[str], how: sql.SQL) -> sql.Composed:
    return sql.SQL(" AND ").join(_pairs(columns, how))


def _any(columns: Sequence[str], how: sql.SQL) -> sql.Composable:
    return sql.SQL(" OR ").join(_pairs(columns, how)) if columns else sql.SQL("false")


def _texts(alias: str, columns: Sequence[str]) -> sql.Composed:
    """An array of the columns as texts; NULL where the row is not on that side."""
    each = (sql.SQL("{}::text").format(sql.Identifier(alias, name)) for name in columns)
    return sql.SQL("ARRAY[{}]::text[]").format(sql.SQL(", ").join(each))
