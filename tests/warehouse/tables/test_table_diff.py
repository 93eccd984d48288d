"""Two sides compared in the server find what a comparison row by row in Python finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

import psycopg
from psycopg import sql

from medallion.names import TableName
from medallion.publish.relations import Column
from medallion.warehouse.session.connection import connect
from medallion.warehouse.tables.compared_columns import Compared, match_columns
from medallion.warehouse.tables.primary_key import prove_key
from medallion.warehouse.tables.table_diff import (
    Differences,
    aggregates,
    diff_by_key,
    diff_whole_rows,
    tune_transaction,
)

ROUNDS = 16
SIDES = sql.Identifier("before_side"), sql.Identifier("after_side")
TABLES = [TableName(schema="pg_temp", table=name) for name in ("before_side", "after_side")]
VALUES: Mapping[str, Sequence[tuple[str | None, object]]] = {
    # By type: values as PostgreSQL reads them, and what makes two of them equal.
    "double precision": [("NaN", "NaN"), ("0", 0), ("-0", 0), ("1", 1), ("0.1", 0.1), (None, None)],
    "numeric": [("NaN", "NaN"), ("0.00", 0), ("1.0", 1), ("1", 1), ("0.10", 0.1), (None, None)],
    "jsonb": [
        ('{"a": 1, "b": 2}', "ab"), ('{"b":2,"a":1.0}', "ab"), ("null", "null"), (None, None)
    ],
    "json": [('{"a":1}', "a"), ('{"a": 1}', "other text"), (None, None)],
    "timestamp with time zone": [
        ("2026-03-29 02:30+01", 1), ("2026-03-29 01:30Z", 1), ("infinity", "∞"), (None, None)
    ],
    "date": [("2026-03-29", 29), ("2026-03-30", 30), (None, None)],
    "text": [("", ""), ("é", "é"), ("NULL", "NULL"), (None, None)],
}  # fmt: skip
PAIRS = [*((kind, kind) for kind in VALUES), ("numeric", "double precision")]
"""Types of a column before and after."""
KEYS = (("1", 1), ("2", 2), ("3", 3), ("4", 4), ("5", 5))
ROOMS = (("a", "a"), ("b", "b"))


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns with their types, and rows of values as PostgreSQL reads them and as they compare."""

    types: Mapping[str, str]
    rows: Sequence[Sequence[tuple[str | None, object]]]

    def make(self, connection: psycopg.Connection, name: sql.Identifier) -> None:
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
            for column, kind in self.types.items()
        )
        connection.execute(sql.SQL("CREATE TEMP TABLE {} ({})").format(name, columns))
        insert = sql.SQL("INSERT INTO {} VALUES ({})").format(
            name,
            sql.SQL(", ").join(
                sql.SQL("%s::text::{}").format(sql.SQL(k)) for k in self.types.values()
            ),
        )
        with connection.cursor() as cursor:
            cursor.executemany(insert, [[text for text, _ in row] for row in self.rows])

    def values(self) -> list[tuple[object, ...]]:
        return [tuple(value for _, value in row) for row in self.rows]

    def columns(self) -> list[Column]:
        return [Column(name=name, type=kind) for name, kind in self.types.items()]


def random_table(random: Random, types: Mapping[str, str], key: float) -> Table:
    """A table with keys of two columns; `key`: how often one is NULL or there again."""
    keys: list[tuple[tuple[str | None, object], tuple[str | None, object]]]
    keys = [(k, room) for k in KEYS for room in ROOMS if random.random() < 0.7]
    if random.random() < key:
        keys += random.sample(keys, min(2, len(keys)))
        keys.append(((None, None), ROOMS[0]))
    kinds = [kind for name, kind in types.items() if name not in ("id", "room")]
    rows = [(*k, *(random.choice(VALUES[kind]) for kind in kinds)) for k in keys]
    return Table(types=types, rows=rows)


@contextmanager
def compared(url: str, before: Table, after: Table) -> Iterator[psycopg.Connection]:
    with connect(url) as connection:
        tune_transaction(connection)
        before.make(connection, SIDES[0])
        after.make(connection, SIDES[1])
        yield connection
        connection.rollback()


def brute_force(before: Table, after: Table, columns: int) -> dict[str, object]:
    """By key, as a person would do it who looks at each row."""
    sides, wrong = [], []
    for table in (before, after):
        counted = Counter(row[:2] for row in table.values())
        none = [key for key in counted if None in key]
        twice = [key for key, count in counted.items() if count > 1 and None not in key]
        wrong.append((sum(counted[k] for k in none), len(twice), sum(counted[k] for k in twice)))
        sides.append({row[:2]: row[2:] for row in table.values() if row[:2] not in none + twice})
    old, new = sides
    both = [(old[key], new[key]) for key in old if key in new]
    changed = [pair for pair in both if pair[0] != pair[1]]
    return {
        "wrong": wrong,
        "added": len(new.keys() - old.keys()),
        "removed": len(old.keys() - new.keys()),
        "changed": len(changed),
        "same": len(both) - len(changed),
        "by_column": tuple(sum(a[at] != b[at] for a, b in changed) for at in range(columns)),
    }


def as_found(found: Differences) -> dict[str, object]:
    return {
        "wrong": [(k.without_key, k.keys_twice, k.rows_twice) for k in (found.before, found.after)],
        "added": found.added,
        "removed": found.removed,
        "changed": found.changed,
        "same": found.same,
        "by_column": found.by_column,
    }


def test_random_tables_differ_as_they_do_row_by_row(module_warehouse_db: str) -> None:
    random = Random(11)
    for _ in range(ROUNDS):
        pairs = random.sample(PAIRS, 3)
        types = [
            {
                "id": "integer",
                "room": "text",
                **{f"c{n}": pair[side] for n, pair in enumerate(pairs)},
            }
            for side in (0, 1)
        ]
        before, after = (random_table(random, kinds, key=0.3) for kinds in types)
        shared = match_columns(before.columns(), after.columns(), frozenset())
        with compared(module_warehouse_db, before, after) as connection:
            found = diff_by_key(connection, SIDES, shared[:2], shared[2:], most=50)
            connection.execute("DROP TABLE medallion_differences")
            one, other = (prove_key(connection, table, ("id", "room")) for table in TABLES)
            proven = diff_by_key(
                connection, SIDES, shared[:2], shared[2:], most=50, unique=(one, other)
            )
        assert proven == found
        assert (one, other) == tuple(not k.keys_twice for k in (found.before, found.after))
        assert as_found(found) == brute_force(before, after, 3), (before, after)
        # Every row that differs is among so many examples, with the column that does.
        kinds = Counter(row.kind for row in found.examples)
        assert kinds == Counter(added=found.added, removed=found.removed, changed=found.changed)
        each = [row.differs for row in found.examples if row.kind == "changed"]
        assert found.by_column == tuple(sum(row[at] for row in each) for at in range(3))


def test_random_tables_without_a_key_differ_as_multisets(module_warehouse_db: str) -> None:
    random = Random(12)
    for _ in range(ROUNDS // 2):
        pairs = random.sample(PAIRS, 2)
        sides = []
        for side in (0, 1):
            kinds = {f"c{n}": pair[side] for n, pair in enumerate(pairs)}
            rows = [[random.choice(VALUES[kind]) for kind in kinds.values()] for _ in range(12)]
            sides.append(Table(types=kinds, rows=rows))
        before, after = sides
        shared = match_columns(before.columns(), after.columns(), frozenset())
        with compared(module_warehouse_db, before, after) as connection:
            found = diff_whole_rows(connection, SIDES, shared, most=50)
        old, new = Counter(before.values()), Counter(after.values())
        assert (found.added, found.removed) == ((new - old).total(), (old - new).total())
        assert found.same == (old & new).total()
        assert sum(row.times for row in found.examples) == found.added + found.removed


def test_values_of_hidden_columns_are_compared_and_not_asked_for(module_warehouse_db: str) -> None:
    types = {"id": "text", "name": "text", "amount": "numeric(10,2)"}
    before = Table(types=types, rows=[[("1", 1), ("ann", 0), ("9.5", 0)]])
    after = Table(
        types=types, rows=[[("1", 1), ("bob", 0), ("9.7", 0)], [("2", 2), ("eve", 0), ("1", 0)]]
    )
    hidden = frozenset({"id", "name"})
    shared = match_columns(before.columns(), after.columns(), hidden)
    with compared(module_warehouse_db, before, after) as connection:
        found = diff_by_key(connection, SIDES, shared[:1], shared[1:], most=5)
        measured = aggregates(connection, SIDES[1], after.columns(), hidden)
        whole = [Compared(name=c.name, is_hidden=c.is_hidden) for c in shared]
        connection.execute("DROP TABLE medallion_differences")
        rows = diff_whole_rows(connection, SIDES, whole, most=5)
    assert found.by_column == (1, 1)
    changed = next(row for row in found.examples if row.kind == "changed")
    assert (changed.key, changed.before, changed.after) == ((None,), (None, "9.50"), (None, "9.70"))
    assert measured["name"] == {"nulls": "0"}
    assert measured["amount"] == {
        "nulls": "0", "min": "1", "max": "9.7", "mean": "5.35", "sum": "10.7"
    }  # fmt: skip
    assert not any(name in str((found, rows)) for name in ("ann", "bob", "eve"))


def test_tables_of_which_no_column_is_left_have_no_row_in_common(module_warehouse_db: str) -> None:
    before = Table(types={"a": "text"}, rows=[[("x", 0)], [("y", 0)]])
    after = Table(types={"b": "text"}, rows=[[(None, 0)]])
    with compared(module_warehouse_db, before, after) as connection:
        found = diff_whole_rows(connection, SIDES, (), most=1)
    assert (found.added, found.removed, found.same) == (1, 2, 0)
