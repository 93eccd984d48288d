"""A real MariaDB server: every type, one snapshot, and nothing that is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.sources.mariadb_server import SERVER, MariaDb, running

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.database import mysql as database_mysql
from medallion.sources.database import rows as database_rows
from medallion.sources.database.query import (
    first_rows,
    problem_of_query,
    statement_of_query,
    statement_of_table,
)
from medallion.sources.database.source import DatabaseSource

if SERVER is None:
    pytest.skip("no MariaDB here (apt-get install mariadb-server)", allow_module_level=True)


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    with running(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


def source(**keys: Any) -> DatabaseSource:
    return DatabaseSource.model_validate({"type": "database", "conn_id": "erp", **keys})


@pytest.fixture
def table(mariadb: MariaDb, request: pytest.FixtureRequest) -> str:
    """A name for a table that no other test has."""
    return f"t{abs(hash(request.node.name)) % 10**10}"


TYPES: list[tuple[str, str, pa.DataType, Any]] = [
    ("TINYINT", "-128", pa.int8(), -128),
    ("TINYINT(1)", "1", pa.int8(), 1),
    ("SMALLINT UNSIGNED", "65535", pa.uint16(), 65535),
    ("MEDIUMINT", "-8388608", pa.int32(), -8388608),
    ("INT UNSIGNED", "4294967295", pa.uint32(), 4294967295),
    ("BIGINT", "-9223372036854775808", pa.int64(), -(2**63)),
    ("BIGINT UNSIGNED", "18446744073709551615", pa.uint64(), 2**64 - 1),
    ("YEAR", "2026", pa.uint16(), 2026),
    (
        "DECIMAL(18,2)",
        "-1234567890123456.78",
        pa.decimal128(18, 2),
        Decimal("-1234567890123456.78"),
    ),
    ("DECIMAL(38,0) UNSIGNED", "9" * 38, pa.decimal128(38, 0), Decimal("9" * 38)),
    ("DECIMAL(65,30)", "1.5", pa.string(), "1.500000000000000000000000000000"),
    ("FLOAT", "0.5", pa.float32(), 0.5),
    ("DOUBLE", "0.1", pa.float64(), 0.1),
    ("DATE", "'9999-12-31'", pa.date32(), date(9999, 12, 31)),
    (
        "DATETIME(6)",
        "'2026-01-31 23:59:59.999999'",
        pa.timestamp("us"),
        datetime(2026, 1, 31, 23, 59, 59, 999999),  # noqa: DTZ001
    ),
    ("TIMESTAMP", "'2026-01-31 10:00:00+02:00'", pa.timestamp("us", "UTC"), None),
    ("TIME(3)", "'-838:59:59.5'", pa.string(), "-838:59:59.500"),
    ("CHAR(3)", "'é'", pa.string(), "é"),
    ("TEXT", "'👍 ''; DROP TABLE x; --'", pa.string(), "👍 '; DROP TABLE x; --"),
    ("VARCHAR(9)", "''", pa.string(), ""),
    ("ENUM('a','b')", "'b'", pa.string(), "b"),
    ("SET('a','b')", "'a,b'", pa.string(), "a,b"),
    ("JSON", "'{\"a\": 1.10}'", pa.string(), '{"a": 1.10}'),
    ("VARBINARY(9)", "X'00FF'", pa.binary(), b"\x00\xff"),
    ("LONGBLOB", "X''", pa.binary(), b""),
    ("BIT(9)", "b'100000001'", pa.binary(), b"\x01\x01"),
    (
        "UUID",
        "'123e4567-e89b-12d3-a456-426614174000'",
        pa.string(),
        "123e4567-e89b-12d3-a456-426614174000",
    ),
]


def test_every_type_keeps_its_values(mariadb: MariaDb, table: str, extract: Any) -> None:
    names = [f"c{number}" for number in range(len(TYPES))]
    declared = ", ".join(
        f"{name} {kind} NULL" for name, (kind, *_) in zip(names, TYPES, strict=True)
    )
    mariadb.execute(
        f"CREATE TABLE shop.{table} ({declared})",
        f"INSERT INTO shop.{table} VALUES ({', '.join(value for _, value, *_ in TYPES)})",
        f"INSERT INTO shop.{table} () VALUES ()",
        f"UPDATE shop.{table} SET c15 = '2026-01-31 08:00:00' WHERE c0 = -128",
    )
    landed = extract(source(table=f"shop.{table}"), connection=mariadb.connection()).table()
    full, empty = landed.to_pylist()
    for name, (kind, _, arrow, value) in zip(names, TYPES, strict=True):
        assert landed.schema.field(name).type == arrow, kind
        assert full[name] == (datetime(2026, 1, 31, 8, tzinfo=UTC) if value is None else value), (
            kind
        )
        assert empty[name] is None, kind


def test_a_query_is_limited_by_the_interval(mariadb: MariaDb, table: str, extract: Any) -> None:
    mariadb.execute(
        f"CREATE TABLE shop.{table} (id INT, at DATETIME, note TEXT)",
        f"INSERT INTO shop.{table} VALUES (1, '2025-12-31 23:59:59', '%'), (2, '2026-01-01', '%s'),"
        " (3, '2026-01-02', ':data_interval_start')",
    )
    query = (
        f"SELECT id, note, '100%' AS `percent's` FROM {table}"
        " WHERE at >= :data_interval_start AND at < :data_interval_end AND note LIKE '%s'"
    )
    until = datetime(2026, 1, 2, tzinfo=UTC)
    found = extract(source(query=query), connection=mariadb.connection(), until=until)
    assert found.table().to_pylist() == [{"id": 2, "note": "%s", "percent's": "100%"}]
    without = source(query=f"SELECT id FROM {table} WHERE note = '%s'")
    assert extract(without, connection=mariadb.connection()).table().to_pylist() == [{"id": 2}]


@pytest.mark.parametrize("value", ["0000-00-00", "2026-00-15"])
def test_a_date_of_zeros_is_refused_and_can_be_reported_otherwise(
    mariadb: MariaDb, table: str, extract: Any, value: str
) -> None:
    mariadb.execute(
        f"CREATE TABLE shop.{table} (id INT, day DATE)",
        f"INSERT INTO shop.{table} VALUES (1, '2026-01-01'), (2, '{value}')",
    )
    with pytest.raises(SourceRefused, match=f"column day holds '{value}', which is not a date32"):
        extract(source(table=table), connection=mariadb.connection())
    as_text = source(query=f"SELECT CAST(day AS CHAR) AS day FROM {table}")
    found = extract(as_text, connection=mariadb.connection()).table()
    assert found.column("day").to_pylist() == ["2026-01-01", value]


def test_what_is_written_meanwhile_is_not_seen(
    mariadb: MariaDb, table: str, extract: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are read one by one, and others are written between the first and the last."""
    monkeypatch.setattr(database_rows, "FETCH_ROWS", 100)
    rows = ", ".join(f"({number}, 1)" for number in range(5000))
    mariadb.execute(
        f"CREATE TABLE shop.{table} (id INT PRIMARY KEY, amount INT)",
        f"INSERT INTO shop.{table} VALUES {rows}",
    )
    fetched, written = database_rows.fetch, []

    def then_written(*arguments: Any) -> Iterator[Any]:
        for rows in fetched(*arguments):
            if not written:
                mariadb.execute(
                    f"UPDATE shop.{table} SET amount = 2",
                    f"DELETE FROM shop.{table} WHERE id > 4000",
                )
                written.append(True)
            yield rows

    monkeypatch.setattr("medallion.sources.database.mysql.fetch", then_written)
    found = extract(source(table=table), connection=mariadb.connection()).table()
    assert written
    assert found.num_rows == 5000
    assert set(found.column("amount").to_pylist()) == {1}


def test_errors_say_who_must_act(mariadb: MariaDb, table: str, extract: Any) -> None:
    mariadb.execute(f"CREATE TABLE shop.{table} (id INT)", "CREATE DATABASE IF NOT EXISTS secret")
    reader = mariadb.connection()
    cases: list[tuple[DatabaseSource, Any, type[Exception], str]] = [
        (source(table="nope"), reader, SourceRefused, "Table 'shop.nope' doesn't exist"),
        (source(query=f"SELECT nope FROM {table}"), reader, SourceRefused, "Unknown column 'nope'"),
        (source(table="mysql.user"), reader, SourceRefused, "denied"),
        (
            source(table=table),
            mariadb.connection(password="wrong-secret"),
            SetupError,
            "Access denied",
        ),
        (source(table=table), mariadb.connection(schema="nope"), SetupError, "denied"),
        (source(table=table), mariadb.connection(port=1), SourceUnavailable, "Can't connect"),
        (
            source(table=table),
            mariadb.connection(host="nowhere.invalid"),
            SourceUnavailable,
            "Can't",
        ),
    ]
    for asked, connection, error, said in cases:
        with pytest.raises(error, match=said) as raised:
            extract(asked, connection=connection)
        assert connection.password not in str(raised.value)
        assert raised.value.remedy


def test_a_query_that_writes_is_refused_by_the_server_too(
    mariadb: MariaDb, table: str, extract: Any
) -> None:
    """A function may write, whatever the query looks like."""
    mariadb.execute(
        f"CREATE TABLE shop.{table} (id INT)",
        f"CREATE FUNCTION shop.w{table}() RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN"
        f" INSERT INTO shop.{table} VALUES (1); RETURN 1; END",
        "GRANT EXECUTE, INSERT ON shop.* TO reader",
    )
    with pytest.raises(SourceRefused, match="READ ONLY transaction"):
        extract(source(query=f"SELECT w{table}() AS x"), connection=mariadb.connection())


def test_no_rows_and_a_huge_text(mariadb: MariaDb, table: str, extract: Any) -> None:
    mariadb.execute(f"CREATE TABLE shop.{table} (id INT, body LONGTEXT)")
    empty = extract(source(table=table), connection=mariadb.connection())
    assert (empty.table().num_rows, empty.manifest.records) == (0, 0)
    mariadb.execute(f"INSERT INTO shop.{table} VALUES (1, repeat('é', 10000000))")
    (row,) = extract(source(table=table), connection=mariadb.connection()).table().to_pylist()
    assert row["body"] == "é" * 10_000_000


@pytest.mark.parametrize(
    ("query", "remedy"),
    [
        ("SELECT nothing_such(1) AS n", "is there such a function?"),
        ("SELECT 1 AS n FROM dual WHERE", "it is sent as it is written"),
    ],
)
def test_what_the_server_cannot_read_is_not_a_matter_of_rights(
    mariadb: MariaDb, extract: Any, query: str, remedy: str
) -> None:
    mariadb.execute(
        f"CREATE USER IF NOT EXISTS plain IDENTIFIED BY '{mariadb.password}'",
        "GRANT SELECT ON shop.* TO plain",
    )
    with pytest.raises(SourceRefused) as refused:
        extract(source(query=query), connection=mariadb.connection(login="plain"))
    assert remedy in refused.value.remedy


def outcome(connection: Any, sql: str) -> tuple[list[str], list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [column[0] for column in cursor.description], list(cursor.fetchall())


def test_valid_sql_gives_what_was_written(mariadb: MariaDb) -> None:
    """A new case is a line of mariadb.sql."""
    lines = Path(__file__).with_name("mariadb.sql").read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) > 150
    with mariadb.admin() as connection:
        connection.select_db("shop")
        for text in lines:
            assert problem_of_query(text) is None, text
            statement = statement_of_query(text, "mysql", {})
            sent, names = statement.text(lambda name: "%s", doubled="%")
            _, wrapped = statement.wrap("SELECT of_source.* FROM (", ") of_source")
            expected = outcome(connection, text)
            assert names == []
            assert outcome(connection, sent) == expected, text
            assert outcome(connection, "".join(map(str, wrapped))) == expected, text


def test_the_catalogue_says_types_key_and_comments(
    mariadb: MariaDb, asked: Callable[[DatabaseSource, Any], Any]
) -> None:
    mariadb.execute(
        "CREATE TABLE shop.`o\\'1` (b INT UNSIGNED NOT NULL, a VARCHAR(9) NOT NULL COMMENT 'The "
        "name', c TINYINT(1), PRIMARY KEY (a, b)) COMMENT 'Orders'"
    )
    for name in ('"o\\\'1"', 'shop."o\\\'1"'):
        found = asked(source(table=name), mariadb.connection())
        assert [(one.name, one.declared, one.nullable) for one in found.columns] == [
            ("b", "int(10) unsigned", False),
            ("a", "varchar(9)", False),
            ("c", "tinyint(1)", True),
        ]
        assert found.columns[1].comment == "The name"
        assert (found.primary_key, found.comment, found.estimate) == (("a", "b"), "Orders", 0)


def test_so_many_rows_as_are_asked_for(mariadb: MariaDb) -> None:
    statement = first_rows(statement_of_table("shop.many", "mysql"), 2)
    mariadb.execute("CREATE TABLE shop.many (id INT)", "INSERT INTO shop.many VALUES (1), (2), (3)")
    with database_mysql.open_rows(mariadb.connection(), statement) as rows:
        assert sum(batch.num_rows for batch in rows.batches) == 2


def test_the_tables_of_a_schema_are_listed_as_the_login_may_read_them(
    mariadb: MariaDb, extract: Any
) -> None:
    mariadb.execute(
        "CREATE DATABASE erp",
        "CREATE TABLE erp.orders (id INT)",
        "CREATE TABLE erp.`Order Lines` (id INT)",
        "CREATE TABLE erp.`it's \\ %s` (id INT)",
        "CREATE TABLE erp.tmp_load (id INT)",
        "CREATE TABLE erp.history (id INT) WITH SYSTEM VERSIONING",
        "CREATE TABLE erp.hidden (id INT)",
        "CREATE VIEW erp.totals AS SELECT count(*) AS n FROM erp.orders",
        "CREATE SEQUENCE erp.numbers",
        *(
            f"GRANT SELECT ON erp.{name} TO reader"
            for name in (
                "orders", "`Order Lines`", "`it's \\ %s`", "tmp_load", "history", "totals",
                "numbers",
            )
        ),
    )  # fmt: skip
    asked = {"schema": "erp", "exclude": ["tmp_*"], "known": ["orders", "lost", "ORDER LINES"]}
    found = extract(source(tables=asked), connection=mariadb.connection()).table()
    assert [tuple(one.values()) for one in found.to_pylist()] == [
        ("ORDER LINES", None, "gone"),
        ("Order Lines", "table", "new"),
        ("history", "table", "new"),
        ("it's \\ %s", "table", "new"),
        ("lost", None, "gone"),
        ("orders", "table", "read"),
        ("tmp_load", "table", "excluded"),
        ("totals", "view", "excluded"),
    ]
    own = extract(source(tables={"include": ["no_such*"]}), connection=mariadb.connection()).table()
    assert set(own.column("state").to_pylist()) <= {"excluded"}, "the connection's own schema"
