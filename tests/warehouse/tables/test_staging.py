from __future__ import annotations

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from medallion.errors import DataRejected
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.quarantine.rejects import RejectsWriter
from medallion.warehouse.session.connection import connect
from medallion.warehouse.tables.arrow_copy import copy_arrow
from medallion.warehouse.tables.lookups import read_lookup
from medallion.warehouse.tables.staging import (
    StagingColumn,
    create_rejects,
    create_staging,
    provenance,
)

TABLE = TableName("public", 'sta"ging')
COLUMNS = (StagingColumn(name='a"b', pg_type="bigint"), *provenance(7))


def fill(url: str, rows: list[tuple[object, int, int]]) -> int:
    names = ['a"b', "_bronze_part", "_bronze_record"]
    types = [pa.int64(), pa.int32(), pa.int64()]
    columns = zip(*rows, strict=True)
    arrays = [pa.array(list(c), kind) for c, kind in zip(columns, types, strict=True)]
    batch = pa.RecordBatch.from_arrays(arrays, names)
    return copy_arrow(url, TABLE, batch.schema, [batch])


def rows_of(url: str, table: TableName) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            sql.SQL("SELECT * FROM {} ORDER BY 1, 2, 3, 4").format(identifier(table))
        ).fetchall()


@pytest.fixture
def url(warehouse_db: str) -> str:
    with connect(warehouse_db) as connection:
        create_staging(connection, TABLE, COLUMNS, logged=True)
    return warehouse_db


def test_a_fresh_table_takes_the_place_of_an_earlier_tries(url: str) -> None:
    assert fill(url, [(1, 0, 1)]) == 1
    assert rows_of(url, TABLE) == [(1, 7, 0, 1)]
    with connect(url) as connection:
        create_staging(connection, TABLE, COLUMNS, logged=False)
    assert rows_of(url, TABLE) == []


def write(url: str, **changes: object) -> list[tuple[object, ...]]:
    table = TableName("public", "rejects")
    with connect(url) as connection:
        create_rejects(connection, table)
    row = {"reasons": ["a: b"], "record": "{}", "load_id": 1, "part": 0, "number": 1, **changes}
    with RejectsWriter(url, table) as rejects:
        rejects.add(**row)  # type: ignore[arg-type]
    return rows_of(url, table)


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        (r'{"a": "x\u0000y"}', {"a": "x␀y"}),
        (r'{"a": "x\\u0000y"}', {"a": r"x\u0000y"}),
        (r'{"a": "x\\\u0000y"}', {"a": "x\\␀y"}),
        ('{"a": "tab\\t {quote} \\" backslash \\\\ é"}', {"a": 'tab\t {quote} " backslash \\ é'}),
    ],
)
def test_a_record_is_kept_whatever_it_holds(warehouse_db: str, record: str, kept: object) -> None:
    assert write(warehouse_db, record=record)[0][2] == kept


def test_reasons_are_kept_whatever_they_quote(warehouse_db: str) -> None:
    reasons = ['a: "{x,y}\\" is not', "NULL", "", "b\0c"]
    assert write(warehouse_db, reasons=reasons)[0][1] == [*reasons[:3], "b␀c"]


def test_rejects_of_a_try_that_failed_are_not_kept(warehouse_db: str) -> None:
    table = TableName("public", "rejects")
    with connect(warehouse_db) as connection:
        create_rejects(connection, table)
    with pytest.raises(DataRejected), RejectsWriter(warehouse_db, table) as rejects:
        rejects.add(reasons=["a"], record="{}", load_id=1, part=0, number=1)
        raise DataRejected("later")
    assert rows_of(warehouse_db, table) == []


def test_a_lookup_is_read_as_texts(warehouse_db: str) -> None:
    genres = TableName("public", "genres")
    with connect(warehouse_db) as connection:
        connection.execute("CREATE TABLE genres (id bigint, name text, since date)")
        connection.execute(
            "INSERT INTO genres VALUES (1, 'Action', NULL), (1, 'Action', NULL), (2, NULL, NULL),"
            " (NULL, 'x', NULL), (3, 'Drama', '2024-01-05')"
        )
        table = read_lookup(connection, genres, key="id", value="name")
        assert sorted(table.to_pylist(), key=lambda row: row["_key"]) == [
            {"_key": "1", "_value": "Action"},
            {"_key": "2", "_value": None},
            {"_key": "3", "_value": "Drama"},
        ]
        assert read_lookup(connection, genres, key="since", value="id").to_pylist() == [
            {"_key": "2024-01-05", "_value": "3"}
        ]
        with pytest.raises(DataRejected, match="several id for one name"):
            connection.execute("INSERT INTO genres VALUES (9, 'Drama')")
            read_lookup(connection, genres, key="name", value="id")
