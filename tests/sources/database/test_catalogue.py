"""What PostgreSQL and SQLite say of a table (MariaDB: test_mysql), asked as rows are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.catalogue import CatalogueColumn, CatalogueTable
from medallion.sources.database.source import DatabaseSource

Asked = Callable[[DatabaseSource, ConnectionDetails], CatalogueTable | None]


def source(**keys: str) -> DatabaseSource:
    return DatabaseSource.model_validate({"type": "database", "conn_id": "erp", **keys})


def test_postgres(warehouse_db: str, asked: Asked) -> None:
    given = conninfo_to_dict(warehouse_db)
    details = ConnectionDetails(
        conn_id="erp", conn_type="postgres", host=str(given["host"]), port=int(given["port"] or 0),
        schema=str(given["dbname"]), login=str(given["user"]), password=str(given["password"]),
    )  # fmt: skip
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(
            'CREATE SCHEMA "a.b";'
            'CREATE TABLE "a.b"."t\'1" (b int, a text, gone int, c numeric(9,2)'
            " NOT NULL, PRIMARY KEY (a, b));"
            'ALTER TABLE "a.b"."t\'1" DROP COLUMN gone;'
            'COMMENT ON COLUMN "a.b"."t\'1".c IS \'two\nlines\'; CREATE VIEW v AS SELECT 1 AS one'
        )
    found = asked(source(table='"a.b"."t\'1"'), details)
    assert found == CatalogueTable(
        columns=(
            CatalogueColumn(name="b", declared="integer", nullable=False, key_place=2),
            CatalogueColumn(name="a", declared="text", nullable=False, key_place=1),
            CatalogueColumn(name="c", declared="numeric(9,2)", nullable=False, comment="two lines"),
        )
    )
    assert found.primary_key == ("a", "b")
    of_view = asked(source(table="v"), details)
    assert of_view is not None
    assert of_view.columns[0].nullable
    assert asked(source(table="none"), details) is None
    assert asked(source(query="SELECT 1 AS one"), details) is None


def test_sqlite(tmp_path: Path, asked: Asked) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE o (id INTEGER PRIMARY KEY, at DATETIME NOT NULL, x)")
    details = ConnectionDetails(conn_id="erp", conn_type="sqlite", host=str(tmp_path / "shop.db"))
    found = asked(source(table="o"), details)
    assert found == CatalogueTable(
        columns=(
            CatalogueColumn(name="id", declared="INTEGER", nullable=False, key_place=1),
            CatalogueColumn(name="at", declared="DATETIME", nullable=False),
            CatalogueColumn(name="x", declared="", nullable=True),
        )
    )
