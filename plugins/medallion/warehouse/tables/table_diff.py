"""Two sides of one table held against each other: rows added, removed and changed, by their key or
as wholes, and in which columns.

The server does the work, in memory that is limited; this process gets counts and some examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from medallion.publish.relations import Column
from medallion.warehouse.session.statements import statements
from medallion.warehouse.tables.compared_columns import Compared

SQL = "tables/table_diff.sql"
LONGEST = 80
"""Characters of a value in an example; a longer one gets one more, to be seen as cut."""
Texts = tuple[str | None, ...]
Query: TypeAlias = sql.Composable
"""One side of a comparison: a table, or a query in brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCounts:
    """The rows of a side, and what is wrong with its key."""

    rows: int
    without_key: int = 0
    """Rows in which a column of the key is NULL."""
    keys_twice: int = 0
    rows_twice: int = 0
    """Rows whose key other rows have too: so many have those keys."""
    examples: tuple[tuple[Texts, int], ...] = ()
    """Some of those keys, and how many rows have each."""

    @property
    def uncompared(self) -> int:
        """Rows that no key tells from others: they are counted, and not compared."""
        return self.without_key + self.rows_twice


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferentRow:
    """An example. Values are texts, cut after `LONGEST` characters, and None for NULL.

    Of a row that was added or removed, one side is None. `times`: of whole rows, how many more of
    it the side has. `differs`: by compared column, of a changed row.
    """

    kind: str
    key: Texts
    before: Texts | None
    after: Texts | None
    differs: tuple[bool, ...] = ()
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What comparing has found.

    `rows before = uncompared before + removed + changed + same`, and likewise after. `by_column`:
    by compared column, in how many of the changed rows its value is another one.
    """

    before: KeyCounts
    after: KeyCounts
    added: int
    removed: int
    changed: int
    by_column: tuple[int, ...]
    examples: tuple[DifferentRow, ...]

    @property
    def same(self) -> int:
        """Rows that both sides have."""
        return self.before.rows - self.before.uncompared - self.removed - self.changed


def tune_transaction(connection: psycopg.Connection) -> None:
    """Keep the server's memory for this transaction within bounds, and let it use several
    processors."""
    connection.execute(statements(SQL)["tune_transaction"])


def diff_by_key(
    connection: psycopg.Connection,
    sides: tuple[Query, Query],
    key: Sequence[Compared],
    columns: Sequence[Compared],
    *,
    most: int,
    unique: tuple[bool, bool] = (False, False),
) -> Differences:
    """Compare by key; rows that no key tells from others are counted and left out.

    Args:
        connection: of a database that has both sides, and where temporary tables may be made.
        sides: before and after: a table each, or a query in brackets.
        key: there is at least one.
        columns: the others that both sides have.
        most: examples of each kind, and of each column.
        unique: of each side, whether an index proves that no two of its rows have one key.
    """
    before, after = (
        _keys(connection, side, key, most, is_unique)
        for side, is_unique in zip(sides, unique, strict=True)
    )
    pairs = zip(sides, (before, after), strict=True)
    old, new = (_one_row_per_key(side, key) if keys.uncompared else side for side, keys in pairs)
    connection.execute(statements(SQL)["find_by_key"].format(**_join((old, new), key, columns)))
    each = _list(
        sql.SQL("count(*) FILTER (WHERE kind = 'changed' AND {})").format(flag)
        for flag in _names("d", columns)
    )
    found = _one(connection, statements(SQL)["count_by_key"].format(by_column=each))
    added, removed, changed, by_column = found
    wanted = list(_choose(columns, added, removed, by_column))
    return Differences(
        before=before,
        after=after,
        added=added,
        removed=removed,
        changed=changed,
        by_column=tuple(by_column),
        examples=_examples(connection, (old, new), key, columns, wanted, most) if wanted else (),
    )


def diff_whole_rows(
    connection: psycopg.Connection,
    sides: tuple[Query, Query],
    columns: Sequence[Compared],
    *,
    most: int,
) -> Differences:
    """Compare without a key: how often each whole row is there. A row that has changed counts as
    one that was removed and one that was added.

    Args:
        sides: as for `diff_by_key`.
        columns: those that both sides have; without any no row is that of the other side.
        most: examples of each kind.
    """
    named = statements(SQL)
    before, after = (_one(connection, named["rows"].format(side=side))[0] for side in sides)
    if not columns:
        return _compare_nothing_shared(before, after)
    words = {
        "values": _list(_names("v", columns)),
        "columns": _list(_alias("v", columns)),
        "before": sides[0],
        "after": sides[1],
        "texts": _array(map(_as_text, _names("v", columns), columns)),
        "most": sql.Literal(most),
    }
    connection.execute(named["find_whole_rows"].format(**words))
    added, removed = map(int, _one(connection, named["count_whole_rows"]))
    rows = _all(connection, named["examples_of_whole_rows"].format(**words))
    return Differences(
        before=KeyCounts(rows=before),
        after=KeyCounts(rows=after),
        added=added,
        removed=removed,
        changed=0,
        by_column=(0,) * len(columns),
        examples=tuple(_whole_row(*row) for row in rows),
    )


def _compare_nothing_shared(before: int, after: int) -> Differences:
    return Differences(
        before=KeyCounts(rows=before),
        after=KeyCounts(rows=after),
        added=after,
        removed=before,
        changed=0,
        by_column=(),
        examples=(),
    )


def aggregates(
    connection: psycopg.Connection,
    side: sql.Composable,
    columns: Sequence[Column],
    hidden: frozenset[str],
) -> dict[str, dict[str, str | None]]:
    """By column, its measures as texts: `nulls` of each; `min` and `max` of numbers, dates and
    times; `mean` and `sum` of numbers. Of hidden columns only `nulls`.

    Sums are of exact numbers: they depend on no order of the rows.
    """
    measures = [(one.name, *m) for one in columns for m in _measures(one, one.name in hidden)]
    each = _array(measure for _, _, measure in measures)
    (values,) = _one(connection, statements(SQL)["aggregates"].format(each=each, side=side))
    found: dict[str, dict[str, str | None]] = {}
    for (column, name, _), value in zip(measures, values, strict=True):
        found.setdefault(column, {})[name] = value
    return found


_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_ORDERED = ("date", "timestamp", "time")
_FLOATS = ("real", "double precision")
_NOTHING = sql.SQL("NULL")


def _measures(column: Column, is_hidden: bool) -> Iterator[tuple[str, sql.Composable]]:
    name, is_array = sql.Identifier("t", column.name), column.type.endswith("]")
    yield "nulls", sql.SQL("count(*) - count({})").format(name)
    if is_hidden or is_array or not column.type.startswith(_NUMBERS + _ORDERED):
        return
    if column.type.startswith(_ORDERED) and "range" in column.type:
        return
    shortest = "trim_scale({}({}))" if column.type.startswith("numeric") else "{}({})"
    for measure in ("min", "max"):
        yield measure, sql.SQL(shortest).format(sql.SQL(measure), name)
    if column.type.startswith(_NUMBERS):
        exact = sql.SQL("{}::numeric" if column.type.startswith(_FLOATS) else "{}").format(name)
        yield "mean", sql.SQL("trim_scale(round(avg({}), 6))").format(exact)
        yield "sum", sql.SQL("trim_scale(sum({})::numeric)").format(exact)


def _keys(
    connection: psycopg.Connection,
    side: sql.Composable,
    key: Sequence[Compared],
    most: int,
    is_unique: bool,
) -> KeyCounts:
    words = {
        **_key_words(side, key),
        "texts": _array(_as_text(column.value, column) for column in key),
        "most": sql.Literal(most),
    }
    count = "keys_of_unique_index" if is_unique else "keys"
    found = _one(connection, statements(SQL)[count].format(**words))
    rows, without_key, keys_twice, rows_twice = map(int, found)
    twice = _all(connection, statements(SQL)["keys_twice"].format(**words)) if keys_twice else []
    return KeyCounts(
        rows=rows,
        without_key=without_key,
        keys_twice=keys_twice,
        rows_twice=rows_twice,
        examples=tuple((tuple(texts), count) for texts, count in twice),
    )


def _one_row_per_key(side: sql.Composable, key: Sequence[Compared]) -> sql.Composable:
    return statements(SQL)["one_row_per_key"].format(**_key_words(side, key))


def _key_words(side: sql.Composable, key: Sequence[Compared]) -> dict[str, sql.Composable]:
    nulls = sql.SQL(" OR ").join(sql.SQL("{} IS NULL").format(one.value) for one in key)
    return {
        "side": side,
        "keys": _list(one.value for one in key),
        "has_null": sql.SQL("({})").format(nulls),
    }


def _join(
    sides: tuple[Query, Query],
    key: Sequence[Compared],
    columns: Sequence[Compared],
) -> dict[str, sql.Composable]:
    differ = [_pair(f"v{n}", "IS DISTINCT FROM") for n, _ in enumerate(columns, 1)]
    keys = (
        sql.SQL("coalesce({}, {}) AS {}").format(
            sql.Identifier("b", f"k{n}"), sql.Identifier("a", f"k{n}"), sql.Identifier(f"k{n}")
        )
        for n, _ in enumerate(key, 1)
    )
    flags = (
        sql.SQL("{} AS {}").format(one, name)
        for one, name in zip(differ, _names("d", columns), strict=True)
    )
    return {
        "before": sides[0],
        "after": sides[1],
        "columns": _list([*_alias("k", key), *_alias("v", columns)]),
        "found": _list([*keys, *flags]),
        "same_key": sql.SQL(" AND ").join(_pair(f"k{n}", "=") for n, _ in enumerate(key, 1)),
        "differs": sql.SQL(" OR ").join([sql.SQL("false"), *differ]),
    }


def _choose(
    columns: Sequence[Compared], added: int, removed: int, by_column: Sequence[int]
) -> Iterator[sql.Composable]:
    """Conditions on differences, of each of which some examples are shown."""
    for flag, count, column in zip(_names("d", columns), by_column, columns, strict=True):
        if count and not column.is_hidden:
            yield sql.SQL("kind = 'changed' AND {}").format(flag)
    for kind, count in (("added", added), ("removed", removed)):
        if count:
            yield sql.SQL("kind = {}").format(sql.Literal(kind))


def _examples(
    connection: psycopg.Connection,
    sides: tuple[Query, Query],
    key: Sequence[Compared],
    columns: Sequence[Compared],
    wanted: Sequence[sql.Composable],
    most: int,
) -> tuple[DifferentRow, ...]:
    keys = _list(_names("k", key))
    flags = sql.SQL("ARRAY[{}]::boolean[]").format(_list(_names("d", columns)))
    words = {"keys": keys, "flags": flags, "most": sql.Literal(most)}
    picks = (statements(SQL)["pick"].format(**words, wanted=one) for one in wanted)
    query = statements(SQL)["examples_by_key"].format(
        picks=sql.SQL(" UNION ALL ").join(picks),
        before=sides[0],
        after=sides[1],
        typed_keys=_list(_alias("k", key)),
        values=_list(column.value for column in key),
        key_texts=_array(_as_text(_own(column), column) for column in key),
        texts=_array(_as_text(_own(column), column) for column in columns),
        keys=keys,
    )
    return tuple(_different_row(*row) for row in _all(connection, query))


def _different_row(
    kind: str,
    differs: Sequence[bool],
    key_before: Sequence[str | None] | None,
    key_after: Sequence[str | None] | None,
    before: Sequence[str | None] | None,
    after: Sequence[str | None] | None,
) -> DifferentRow:
    return DifferentRow(
        kind=kind,
        key=tuple(key_after if key_after is not None else key_before or ()),
        before=None if before is None else tuple(before),
        after=None if after is None else tuple(after),
        differs=tuple(differs) if kind == "changed" else (),
    )


def _whole_row(kind: str, texts: Sequence[str | None], times: int) -> DifferentRow:
    row, is_added = tuple(texts), kind == "added"
    return DifferentRow(
        kind=kind,
        key=(),
        before=None if is_added else row,
        after=row if is_added else None,
        times=int(times),
    )


def _as_text(value: sql.Composable, column: Compared) -> sql.Composable:
    """A value as a text; of a hidden column it is not asked for."""
    if column.is_hidden:
        return _NOTHING
    return sql.SQL("left({}::text, {})").format(value, sql.Literal(LONGEST + 1))


def _own(column: Compared) -> sql.Composable:
    """The value as its side has it, not as it is compared."""
    return sql.Identifier("t", column.name)


def _names(letter: str, columns: Sequence[Compared]) -> list[sql.Identifier]:
    return [sql.Identifier(f"{letter}{n}") for n, _ in enumerate(columns, 1)]


def _alias(letter: str, columns: Sequence[Compared]) -> list[sql.Composed]:
    names = _names(letter, columns)
    pairs = zip(columns, names, strict=True)
    return [sql.SQL("{} AS {}").format(column.value, name) for column, name in pairs]


def _pair(name: str, how: str) -> sql.Composed:
    return sql.SQL("{} {} {}").format(
        sql.Identifier("b", name), sql.SQL(how), sql.Identifier("a", name)
    )


def _array(values: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL("ARRAY[{}]::text[]").format(_list(values))


def _list(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _one(connection: psycopg.Connection, query: sql.SQL | sql.Composed) -> tuple[Any, ...]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(query).fetchone()
    assert row is not None  # noqa: S101  # each of these is an aggregate: one row
    return row


def _all(connection: psycopg.Connection, query: sql.Composed) -> list[tuple[Any, ...]]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(query).fetchall()
