"""SQLite, whose columns hold what was put into them, whatever they were declared as."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources import database_sqlite
from medallion.sources.base import ConnectionDetails
from medallion.sources.database import DatabaseSource


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "it's #1?.db"


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def connection(file: Path) -> ConnectionDetails:
    return ConnectionDetails(conn_id="local", conn_type="sqlite", host=str(file))


def source(**keys: Any) -> DatabaseSource:
    return DatabaseSource.model_validate({"type": "database", "conn_id": "local", **keys})


def test_values_keep_their_kinds(file: Path, extract: Any) -> None:
    execute(
        file,
        "CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB, mixed, price DECIMAL(9,2), none)",
        f"INSERT INTO t VALUES ({2**63 - 1}, 0.1, '', X'00FF', 1, 2.5, NULL),"
        f" (-1, 2, 'é''; DROP TABLE t; --', X'', 'x', 3, NULL),"
        " (NULL, NULL, NULL, NULL, 0.1, NULL, NULL)",
    )
    landed = extract(source(table="t"), connection=connection(file))
    assert landed.manifest.layout.types == (
        "BIGINT",
        "DOUBLE",
        "VARCHAR",
        "BLOB",
        "VARCHAR",
        "VARCHAR",
        "VARCHAR",
    )
    assert [list(row.values()) for row in landed.table().to_pylist()] == [
        [2**63 - 1, 0.1, "", b"\x00\xff", "1", "2.5", None],
        [-1, 2.0, "é'; DROP TABLE t; --", b"", "x", "3", None],
        [None, None, None, None, "0.1", None, None],
    ]


def test_a_query_is_limited_by_the_interval(file: Path, extract: Any) -> None:
    execute(
        file,
        "CREATE TABLE t (id, at)",
        "INSERT INTO t VALUES (1, '2025-12-31 23:59:59'), (2, '2026-01-01 00:00:00')",
    )
    query = (
        "WITH x AS (SELECT * FROM t) SELECT id, :data_interval_start AS since, '50%' AS p FROM x"
        " WHERE at >= :data_interval_start OR :data_interval_end_epoch < 0"
    )
    found = extract(source(query=query), connection=connection(file)).table()
    assert found.to_pylist() == [{"id": 2, "since": "2026-01-01 00:00:00", "p": "50%"}]


def test_tables_of_no_rows_and_many_columns(file: Path, extract: Any) -> None:
    names = [f'"c""{number}"' for number in range(2000)]
    execute(
        file,
        f"CREATE TABLE wide ({', '.join(names)})",
        "CREATE TABLE empty (id)",
        f"INSERT INTO wide VALUES ({', '.join(map(str, range(2000)))})",
    )
    (row,) = extract(source(table="wide"), connection=connection(file)).table().to_pylist()
    assert row == {f'c"{number}': number for number in range(2000)}
    assert extract(source(table="empty"), connection=connection(file)).manifest.records == 0


def test_what_is_written_meanwhile_is_not_seen(
    file: Path, extract: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(
        file,
        "PRAGMA journal_mode = WAL",
        "CREATE TABLE t AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 9)"
        " SELECT n FROM n",
    )
    kinds = database_sqlite._schema

    def then_written(*arguments: Any) -> Any:
        found = kinds(*arguments)
        execute(file, "UPDATE t SET n = 'text'")
        return found

    monkeypatch.setattr(database_sqlite, "_schema", then_written)
    found = extract(source(table="t"), connection=connection(file)).table()
    assert found["n"].to_pylist() == list(range(1, 10))


def test_errors_say_who_must_act(file: Path, tmp_path: Path, extract: Any) -> None:
    execute(file, "CREATE TABLE t (id)", "CREATE TABLE mixed (a)")
    execute(
        file, "INSERT INTO mixed VALUES (1), (X'00')", "INSERT INTO t VALUES (CAST(X'ff' AS TEXT))"
    )
    cases: list[tuple[DatabaseSource, Path, type[Exception], str]] = [
        (source(table="nope"), file, SourceRefused, "no such table: nope"),
        (source(query="SELECT t.nope FROM t"), file, SourceRefused, "no such column"),
        (source(table="mixed"), file, SourceRefused, "column a holds blob and integer values"),
        (source(table="t"), file, SourceRefused, "[Cc]ould not decode"),
        (source(table="t"), tmp_path / "gone.db", SetupError, "names no file of SQLite"),
    ]
    for asked, path, error, said in cases:
        with pytest.raises(error, match=said) as raised:
            extract(asked, connection=connection(path))
        assert raised.value.remedy
    assert not (tmp_path / "gone.db").exists()


def test_a_locked_file_is_tried_again(
    file: Path, extract: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(file, "CREATE TABLE t (id)")
    monkeypatch.setattr(database_sqlite, "LOCK_SECONDS", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceUnavailable, match="locked"):
            extract(source(table="t"), connection=connection(file))
