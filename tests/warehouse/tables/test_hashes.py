"""Hashes of one key become those of another, in texts and in arrays, and only these."""

from __future__ import annotations

import psycopg

from medallion.names import TableName
from medallion.warehouse.tables import hashes

TABLE = TableName("public", "people")
COLUMNS = ("mail", "names", "gone")


def test_hashes_are_replaced_in_texts_and_arrays(warehouse_db: str) -> None:
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(
            "CREATE TABLE people (id integer, mail text UNIQUE, names text[], free text);"
            "INSERT INTO people VALUES (1, 'a', '{b,a,x}', 'a'), (2, NULL, NULL, NULL),"
            " (3, 'A', '{}', 'b'), (4, 'x', '{NULL,b}', NULL)"
        )
        hashes.make_list(connection)
        hashes.add_to_list(connection, {"a": "A2", "b": "B"})
        hashes.add_to_list(connection, {"a": "A2", "A": "A"})
        hashes.finish_list(connection)
        assert hashes.count_former(connection, TABLE, COLUMNS) == 2
        assert hashes.count_unknown(connection, TABLE, COLUMNS) == 2
        assert hashes.replace_hashes(connection, TABLE, COLUMNS) == 2
        assert hashes.count_former(connection, TABLE, COLUMNS) == 0
        assert hashes.count_unknown(connection, TABLE, COLUMNS) == 2
        found = connection.execute("SELECT * FROM people ORDER BY id").fetchall()
        assert found == [
            (1, "A2", ["B", "A2", "x"], "a"),
            (2, None, None, None),
            (3, "A", [], "b"),
            (4, "x", [None, "B"], None),
        ]
