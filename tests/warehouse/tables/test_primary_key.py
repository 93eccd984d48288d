from __future__ import annotations

from collections.abc import Sequence

import pytest
from psycopg import sql

from medallion.errors import WarehouseRefused
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.tables.primary_key import Duplicates, add_primary_key, prove_key
from medallion.warehouse.tables.staging import StagingColumn, create_staging, provenance

TABLE = TableName("public", 'sta"ging')
ID = 'a"b%'
COLUMNS = (
    StagingColumn(name=ID, pg_type="bigint"),
    StagingColumn(name="person", pg_type="text"),
    StagingColumn(name="amount", pg_type="numeric(8,2)"),
    StagingColumn(name="tags", pg_type="text[]"),
    StagingColumn(name="data", pg_type="jsonb"),
    *provenance(7),
)
Row = tuple[object, ...]


def row(key: int, part: int, number: int, *values: object) -> Row:
    """A row of a key: person, amount, tags and data are what `values` gives of them."""
    return (key, *values, *[None] * (4 - len(values)), 7, part, number)


def staged(url: str, rows: Sequence[Row]) -> None:
    marks = sql.SQL(", ").join([sql.Placeholder()] * len(rows[0]))
    with connect(url) as connection, translate_errors("staging"), connection.cursor() as cursor:
        cursor.executemany(
            sql.SQL("INSERT INTO {} VALUES ({})").format(identifier(TABLE), marks), rows
        )


def left(url: str) -> list[Row]:
    query = sql.SQL("SELECT {}, _bronze_part, _bronze_record FROM {} ORDER BY 1, 2, 3")
    with connect(url) as connection:
        return connection.execute(query.format(sql.Identifier(ID), identifier(TABLE))).fetchall()


@pytest.fixture
def url(warehouse_db: str) -> str:
    with connect(warehouse_db) as connection:
        create_staging(connection, TABLE, COLUMNS, logged=True)
    return warehouse_db


@pytest.mark.parametrize(
    ("made", "proof", "indexes"),
    [
        ("UNIQUE INDEX ON t (a)", True, 1),
        ("UNIQUE INDEX ON t (a) INCLUDE (c)", True, 1),
        ("UNIQUE INDEX ON t (b, a)", True, 1),
        ("INDEX ON t (a, b)", True, 2),
        ("UNIQUE INDEX ON t (a, b) WHERE a > 1", True, 2),
        ("UNIQUE INDEX ON t (a, b, c)", True, 2),
        ("UNIQUE INDEX ON t (a, (b + 1))", True, 2),
    ],
)
def test_a_unique_index_on_columns_of_the_key_is_a_proof(
    module_warehouse_db: str, made: str, proof: bool, indexes: int
) -> None:
    """Another one is not: then one is made that is."""
    with connect(module_warehouse_db) as connection:
        connection.execute("CREATE TEMP TABLE t (a int, b int, c int) ON COMMIT DROP")
        connection.execute("INSERT INTO t VALUES (1, 1, 1), (2, 1, 1), (NULL, 1, 1), (NULL, 1, 2)")
        connection.execute(sql.SQL("CREATE {}").format(sql.SQL(made)))
        assert prove_key(connection, TableName("pg_temp", "t"), ("a", "b")) is proof
        found = "SELECT count(*) FROM pg_index WHERE indrelid = 'pg_temp.t'::regclass"
        assert connection.execute(found).fetchone() == (indexes,)


@pytest.mark.parametrize(
    ("kind", "values"),
    [("text", ["a", "b", "a"]), ("text", ["a", "b" * 9_000]), ("json", ["1", "2"])],
)
def test_what_no_index_can_hold_is_not_proven(
    module_warehouse_db: str, kind: str, values: list[str]
) -> None:
    """Rows of one key, a value that is too long for an index, a type without an order."""
    with connect(module_warehouse_db) as connection:
        create = sql.SQL("CREATE TEMP TABLE t (a {}) ON COMMIT DROP").format(sql.SQL(kind))
        connection.execute(create)
        # As it is: compressed, the long one would be short enough.
        connection.execute("ALTER TABLE t ALTER a SET STORAGE EXTERNAL")
        for value in values:
            connection.execute("INSERT INTO t SELECT %s", (value,))
        assert not prove_key(connection, TableName("pg_temp", "t"), ("a",))
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (len(values),)


def test_the_key_is_proven_by_an_index(url: str) -> None:
    staged(url, [row(1, 0, 1), row(2, 0, 2)])
    with connect(url) as connection:
        assert add_primary_key(connection, TABLE, [ID]) == Duplicates()
    with pytest.raises(WarehouseRefused, match="unique"):
        staged(url, [row(1, 0, 3)])


def test_of_several_rows_with_one_key_the_last_record_stays(url: str) -> None:
    staged(url, [row(1, 1, 1), row(1, 0, 9), row(2, 0, 1), row(1, 0, 2), row(2, 0, 3)])
    with connect(url) as connection:
        assert add_primary_key(connection, TABLE, [ID]) == Duplicates(removed=3)
    assert left(url) == [(1, 1, 1), (2, 0, 3)]


def test_a_table_without_a_key_keeps_every_row(url: str) -> None:
    staged(url, [row(1, 0, 1), row(1, 0, 2)])
    with connect(url) as connection:
        assert add_primary_key(connection, TABLE, []) == Duplicates()
    assert len(left(url)) == 2


def test_rows_that_say_something_else_are_no_mere_duplicates(url: str) -> None:
    staged(
        url,
        [
            row(1, 0, 1, "ann", 1, ["x"], '{"a": 1, "b": 2}'),
            row(1, 0, 2, "ann", "1.00", ["x"], '{"b": 2, "a": 1}'),
            row(2, 0, 3, "bob", None),
            row(2, 0, 4, "bob", 5),
            row(2, 1, 5, "bea", 5),
            row(3, 1, 6),
        ],
    )
    with connect(url) as connection:
        found = add_primary_key(connection, TABLE, [ID])
    assert found == Duplicates(
        removed=3,
        conflicting=2,
        differs_in=("person", "amount"),
        examples=(
            'a"b% = 2: record 3 of part 0 gives way to record 5 of part 1',
            'a"b% = 2: record 4 of part 0 gives way to record 5 of part 1',
        ),
    )


def test_an_example_shows_no_personal_key(url: str) -> None:
    staged(url, [row(1, 0, 1, "ann", 1), row(1, 0, 2, "ann", 2)])
    with connect(url) as connection:
        found = add_primary_key(connection, TABLE, [ID, "person"], hidden={"person"})
    assert found.examples == ('a"b% = 1: record 1 of part 0 gives way to record 2 of part 0',)


def test_states_that_the_spec_ranks_do_not_conflict(url: str) -> None:
    staged(url, [row(1, 0, 1, "ann", 9), row(1, 0, 2, "ann", 2)])
    with connect(url) as connection:
        found = add_primary_key(connection, TABLE, [ID], [("amount", True)])
    assert found == Duplicates(removed=1)
    assert left(url) == [(1, 0, 1)]
