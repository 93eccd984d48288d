"""SQLite, whose columns hold what was put into them, whatever they were declared as."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.cursor import CursorRange, CursorSpec, parse_value
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database import sqlite as database_sqlite
from medallion.sources.database.source import DatabaseSource


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


def increment(file: Path, extract: Any, start: object, **more: Any) -> tuple[list[int], Any]:
    """The ids that a run reads from a value of `at` on, and where the cursor then stands."""
    kind = CursorSpec.model_validate({"field": "at", "initial_value": start}).kind
    wanted = CursorRange(field="at", kind=kind, start=start, **more)  # type: ignore[arg-type]
    asked = source(table="ev", cursor={"field": "at", "initial_value": start})
    landed = extract(asked, connection=connection(file), cursor=wanted)
    ids = sorted(row["id"] for row in landed.table().to_pylist())
    return ids, parse_value(landed.manifest.notes["cursor"]["highest"], kind)


SPELLINGS = {
    "sqlite's own": lambda at: f"{at:%Y-%m-%d %H:%M:%S.%f}",
    "ISO in UTC": lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%fZ}",
    "with an offset": lambda at: at.astimezone(timezone(timedelta(hours=-9))).isoformat(),
    "without zeros": lambda at: at.isoformat(sep=" ").removesuffix("+00:00"),
    "each in its own way": lambda at: (
        at.isoformat().replace("+00:00", "Z") if at.microsecond else f"{at:%Y-%m-%d %H:%M}"
    ),
}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
def test_a_cursor_compares_what_texts_say_and_not_their_letters(
    file: Path, extract: Any, spelled: Any
) -> None:
    day = datetime(2026, 1, 1, 9, tzinfo=UTC)
    micro = timedelta(microseconds=1)
    moments = [day, day + timedelta(hours=1), day + timedelta(hours=1) + micro]
    moments += [day + timedelta(hours=15), day + timedelta(hours=22, microseconds=120_000)]
    execute(file, "CREATE TABLE ev (id INTEGER, at TEXT)", "INSERT INTO ev VALUES (0, NULL)")
    inserts = [f"INSERT INTO ev VALUES ({n}, '{spelled(at)}')" for n, at in enumerate(moments, 1)]
    execute(file, *inserts[:2])
    first, after_first = increment(file, extract, day)
    execute(file, *inserts[2:])
    second, after_second = increment(file, extract, after_first, start_inclusive=False)
    third, _ = increment(file, extract, after_second, start_inclusive=False)
    again, _ = increment(
        file, extract, after_first, start_inclusive=False, end=after_second, end_inclusive=True
    )
    assert (first, second, third, again) == ([1, 2], [3, 4, 5], [], [3, 4, 5])
    assert (after_first, after_second) == (moments[1], moments[4])
    by_day, highest = increment(file, extract, date(2026, 1, 2))
    assert (by_day, highest) == ([4, 5], date(2026, 1, 2))
    assert increment(file, extract, date(2026, 1, 1), end=date(2026, 1, 2))[0] == [1, 2, 3]


def test_a_number_cursor_compares_numbers_that_are_texts(file: Path, extract: Any) -> None:
    execute(
        file,
        "CREATE TABLE ev (id INTEGER, at TEXT)",
        "INSERT INTO ev VALUES (1, '9'), (2, '10'), (3, ' 11 ')",
        "CREATE TABLE plain (id INTEGER, at)",
        "INSERT INTO plain VALUES (1, '9'), (2, 10), (3, 11.0)",
    )
    assert increment(file, extract, 9, start_inclusive=False) == ([2, 3], 11)
    execute(file, "DROP TABLE ev", "ALTER TABLE plain RENAME TO ev")
    assert increment(file, extract, 9, start_inclusive=False) == ([2, 3], 11)


@pytest.mark.parametrize(
    ("start", "held", "said"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), 1767225600, "holds '1767225600', .* a time"),
        (datetime(2026, 1, 1, tzinfo=UTC), "''", "holds ''"),
        (datetime(2026, 1, 1, tzinfo=UTC), "'Jan 2, 2026'", "holds 'Jan 2, 2026'"),
        (date(2026, 1, 1), 2461042.5, r"holds '2461042\.5', .* a date"),
        (7, "'x'", "holds 'x', .* a number"),
        (7, 7.5, r"holds '7\.5'"),
        (7, "X'09'", "holds"),
    ],
)
def test_what_cannot_be_compared_with_the_cursor_is_refused(
    file: Path, extract: Any, start: object, held: object, said: str
) -> None:
    """It would be left out in silence, in each run."""
    execute(file, "CREATE TABLE ev (id INTEGER, at)", f"INSERT INTO ev VALUES (1, {held})")
    with pytest.raises(SourceRefused, match=said) as refused:
        increment(file, extract, start)
    assert "NULLIF" in refused.value.remedy


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


def test_the_tables_of_a_file_are_listed(file: Path, extract: Any) -> None:
    execute(
        file,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT)",  # which makes one of SQLite's
        "INSERT INTO orders VALUES (1)",
        'CREATE TABLE "Order Lines" (id PRIMARY KEY) WITHOUT ROWID',
        'CREATE TABLE "it\'s % _" (id)',
        "CREATE TABLE tmp_load (id)",
        "CREATE TABLE sqlitelike (id)",
        "CREATE VIRTUAL TABLE words USING fts5(word)",
        "CREATE VIEW totals AS SELECT count(*) AS n FROM orders",
        "CREATE INDEX by_id ON tmp_load (id)",
        "ANALYZE",
    )
    asked = {"exclude": ["tmp_*"], "known": ["orders", "lost", "ORDER LINES"]}
    found = extract(source(tables=asked), connection=connection(file)).table()
    assert [tuple(one.values()) for one in found.to_pylist()] == [
        ("ORDER LINES", None, "gone"),
        ("Order Lines", "table", "new"),
        ("it's % _", "table", "new"),
        ("lost", None, "gone"),
        ("orders", "table", "read"),
        ("sqlitelike", "table", "new"),
        ("tmp_load", "table", "excluded"),
        ("totals", "view", "excluded"),
        ("words", "table", "new"),
    ]
    other = extract(source(tables={"schema": "no' such"}), connection=connection(file)).table()
    assert other.num_rows == 0
