"""A real PostgreSQL: what its COPY brings, and what its protocol brings where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pyarrow as pa
import pytest
from psycopg.conninfo import conninfo_to_dict

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base import parquet_parts
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database import postgres_types as database_postgres_types
from medallion.sources.database.source import DatabaseSource

ID = UUID("123e4567-e89b-12d3-a456-426614174000")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
INFINITE = 2**63 - 1


def source(**keys: Any) -> DatabaseSource:
    return DatabaseSource.model_validate({"type": "database", "conn_id": "erp", **keys})


def details(url: str, **changed: Any) -> ConnectionDetails:
    found = conninfo_to_dict(url)
    given = {
        "conn_id": "erp",
        "conn_type": "postgres",
        "host": found["host"],
        "port": int(str(found["port"])),
        "schema": found["dbname"],
        "login": found["user"],
        "password": found.get("password", ""),
    }
    return ConnectionDetails(**{**given, **changed})


@pytest.fixture
def erp(warehouse_db: str) -> ConnectionDetails:
    return details(warehouse_db)


@pytest.fixture
def db(warehouse_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(warehouse_db, autocommit=True) as connection:
        yield connection


TYPES: list[tuple[str, str, str, Any]] = [
    ("boolean", "true", "BOOLEAN", True),
    ("smallint", "-32768", "SMALLINT", -32768),
    ("integer", "7", "INTEGER", 7),
    ("bigint", str(2**63 - 1), "BIGINT", 2**63 - 1),
    ("oid", "4000000000", "BIGINT", 4_000_000_000),
    ("real", "0.5", "FLOAT", 0.5),
    ("double precision", "0.1", "DOUBLE", 0.1),
    ("numeric(18,2)", "-12.30", "DECIMAL(18,2)", Decimal("-12.30")),
    ("numeric(38,38)", "0.1", "DECIMAL(38,38)", Decimal("0.1")),
    ("numeric(50,2)", "12.30", "VARCHAR", "12.30"),
    ("numeric", "12345678901234567890.0123456789", "VARCHAR", "12345678901234567890.0123456789"),
    ("text", "''", "VARCHAR", ""),
    ("char(4)", "'é'", "VARCHAR", "é   "),
    ("bytea", r"'\x00ff'", "BLOB", b"\x00\xff"),
    ("date", "'0044-03-15 BC'", "DATE", -735160),
    ("time", "'23:59:59.999999'", "TIME", time(23, 59, 59, 999999)),
    ("timetz", "'10:00+02'", "VARCHAR", "10:00:00+02"),
    ("interval", "'1 day 2 hours'", "VARCHAR", "1 day 02:00:00"),
    (
        "timestamp",
        "'9999-12-31 23:59:59.999999'",
        "TIMESTAMP",
        datetime(9999, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001
    ),
    ("timestamptz", "'2026-01-01 14:00+02'", "TIMESTAMP WITH TIME ZONE", NOON),
    ("uuid", f"'{ID}'", "UUID", ID),
    ("json", "'{\"a\": 1.10}'", "VARCHAR", '{"a": 1.10}'),
    ("jsonb", "'[1.10, null]'", "VARCHAR", "[1.10, null]"),
    ("mood", "'ok'", "VARCHAR", "ok"),
    ("price", "7.5", "DECIMAL(10,2)", Decimal("7.50")),
    ("inet", "'10.0.0.1'", "VARCHAR", "10.0.0.1/32"),
    ("int4range", "'[1,3)'", "VARCHAR", "[1,3)"),
    ("integer[]", "'{1,NULL}'", "INTEGER[]", [1, None]),
    ("text[]", '\'{"",NULL,"a,b"}\'', "VARCHAR[]", ["", None, "a,b"]),
    ("numeric(5,1)[]", "'{1.5}'", "VARCHAR[]", ["1.5"]),
    ("uuid[]", f"'{{{ID}}}'", "UUID[]", [ID]),
    ("jsonb[]", "ARRAY['{}'::jsonb]", "VARCHAR[]", ["{}"]),
    ("date[]", "'{2026-01-01}'", "DATE[]", [date(2026, 1, 1)]),
    ("timestamptz[]", "'{2026-01-01 12:00Z}'", "TIMESTAMP WITH TIME ZONE[]", [NOON]),
    ("mood[]", "'{ok}'", "VARCHAR[]", ["ok"]),
    ("inet[]", "'{10.0.0.1}'", "VARCHAR[]", ["10.0.0.1/32"]),
]


def python_of(column: pa.ChunkedArray[Any], at: int) -> Any:
    value = column[at]
    return value.value if pa.types.is_date32(column.type) else value.as_py()


def test_every_type_keeps_its_values(
    db: psycopg.Connection, erp: ConnectionDetails, extract: Any
) -> None:
    db.execute("CREATE TYPE mood AS ENUM ('ok'); CREATE DOMAIN price AS numeric(10,2)")
    names = [f"c{number}" for number in range(len(TYPES))]
    declared = zip(names, TYPES, strict=True)
    db.execute(f"CREATE TABLE t ({', '.join(f'{name} {kind}' for name, (kind, *_) in declared)})")
    db.execute(f"INSERT INTO t VALUES ({', '.join(value for _, value, *_ in TYPES)})")
    db.execute("INSERT INTO t DEFAULT VALUES")
    landed = extract(source(table="public.t"), connection=erp)
    assert landed.manifest.layout.types == tuple(held for *_, held, _ in TYPES)
    for name, (kind, _, _, value) in zip(names, TYPES, strict=True):
        column = landed.table().column(name)
        assert (python_of(column, 0), python_of(column, 1)) == (value, None), kind


def test_infinity_is_landed_as_duckdb_writes_it(
    db: psycopg.Connection, erp: ConnectionDetails, extract: Any
) -> None:
    db.execute("CREATE TABLE t (at timestamptz, day date, ats timestamp[])")
    db.execute(
        "INSERT INTO t VALUES ('infinity', '-infinity', '{-infinity,infinity,2026-01-01}'),"
        " ('-infinity', 'infinity', NULL), ('2026-01-01Z', '2026-01-01', '{}')"
    )
    table = extract(source(table="t"), connection=erp).table()
    assert [value.value for value in table["at"]][:2] == [INFINITE, -INFINITE]
    assert [value.value for value in table["day"]][:2] == [-(2**31 - 1), 2**31 - 1]
    first = table["ats"][0].values
    assert [value.value for value in first][:2] == [-INFINITE, INFINITE]
    assert table["at"][2].as_py() == datetime(2026, 1, 1, tzinfo=UTC)


PATHS = [{}, {"conn_type": "denodo"}, {"extra": {"copy": False}}]


@pytest.mark.parametrize("path", PATHS, ids=["copy", "denodo", "no copy"])
def test_a_query_is_limited_by_the_interval(
    db: psycopg.Connection, warehouse_db: str, extract: Any, path: dict[str, Any]
) -> None:
    db.execute("CREATE TABLE t (id int, at timestamptz, note text)")
    db.execute(
        "INSERT INTO t VALUES (1, '2025-12-31 23:59:59Z', '%s'), (2, '2026-01-01Z', '%s'),"
        " (3, '2026-01-02Z', ':data_interval_start')"
    )
    query = (
        "SELECT id, note, '100%' AS share, :data_interval_start AS since,"
        " :data_interval_last_date AS last_day, :data_interval_end_epoch AS epoch FROM t"
        " WHERE at >= :data_interval_start AND at < :data_interval_end AND note LIKE '%s'"
    )
    until = datetime(2026, 1, 2, tzinfo=UTC)
    connection = details(warehouse_db, **path)
    found = extract(source(query=query), connection=connection, until=until).table()
    assert found.to_pylist() == [
        {
            "id": 2,
            "note": "%s",
            "share": "100%",
            "since": datetime(2026, 1, 1, tzinfo=UTC),
            "last_day": date(2026, 1, 1),
            "epoch": int(until.timestamp()),
        }
    ]


@pytest.mark.parametrize("path", PATHS[:2], ids=["copy", "protocol"])
def test_hostile_names_and_values(
    db: psycopg.Connection, warehouse_db: str, extract: Any, path: dict[str, Any]
) -> None:
    db.execute(
        """CREATE SCHEMA "s.1"; CREATE TABLE "s.1"."t""x" ("a""b" text, "c;--" int, "%s" text)"""
    )
    huge, hostile = "é" * 10_000_000, "'); DROP TABLE x; --\\"
    db.execute('INSERT INTO "s.1"."t""x" VALUES (%s, 1, %s)', [hostile, huge])
    connection = details(warehouse_db, **path)
    found = extract(source(table='"s.1"."t""x"'), connection=connection).table()
    assert found.to_pylist() == [{'a"b': hostile, "c;--": 1, "%s": huge}]


def test_tables_of_no_rows_no_columns_and_many(
    db: psycopg.Connection, erp: ConnectionDetails, extract: Any
) -> None:
    db.execute("CREATE TABLE empty (id int); CREATE TABLE bare ()")
    db.execute(f"CREATE TABLE wide ({', '.join(f'c{n} int DEFAULT {n}' for n in range(1600))})")
    db.execute("INSERT INTO wide DEFAULT VALUES")
    empty = extract(source(table="empty"), connection=erp)
    assert (empty.manifest.records, empty.table().num_rows) == (0, 0)
    assert extract(source(table="wide"), connection=erp).table().to_pylist() == [
        {f"c{n}": n for n in range(1600)}
    ]
    with pytest.raises(SourceRefused, match="has no column"):
        extract(source(table="bare"), connection=erp)
    with pytest.raises(SourceRefused, match="more than one column 'a'"):
        extract(source(query="SELECT 1 AS a, 2 AS a"), connection=erp)


def test_rows_fill_parts_and_row_groups(
    db: psycopg.Connection, erp: ConnectionDetails, extract: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_parts, "GROUP_ROWS", 1000)
    monkeypatch.setattr(parquet_parts, "PART_BYTES", 10_000)
    query = "SELECT n, md5(n::text) AS text FROM generate_series(1, 10500) AS n"
    landed = extract(source(query=query), connection=erp)
    assert len(landed.manifest.parts) > 3
    assert landed.manifest.records == 10_500
    assert landed.table()["n"].to_pylist() == list(range(1, 10_501))


def test_what_is_written_meanwhile_is_not_seen(
    db: psycopg.Connection, erp: ConnectionDetails, extract: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.execute(
        "CREATE TABLE t AS SELECT n, repeat('x', 1000) AS pad FROM generate_series(1, 60000) AS n"
    )
    landed, seen = database_postgres_types.land_batch, []

    def then_written(*arguments: Any) -> Any:
        if not seen:
            db.execute("DELETE FROM t WHERE n > 100")
        seen.append(True)
        return landed(*arguments)

    monkeypatch.setattr(database_postgres_types, "land_batch", then_written)
    found = extract(source(table="t"), connection=erp).table()
    assert len(seen) > 1
    assert found["n"].to_pylist() == list(range(1, 60_001))


def test_what_parquet_cannot_hold_is_refused_with_a_way_out(
    db: psycopg.Connection, erp: ConnectionDetails, extract: Any
) -> None:
    db.execute("CREATE TABLE t (amount numeric(5,2), grid int[])")
    db.execute("INSERT INTO t VALUES (1, '{1}'), ('NaN', '{{1,2},{3,4}}')")
    with pytest.raises(SourceRefused, match="column amount holds 'NaN'"):
        extract(source(query="SELECT amount FROM t"), connection=erp)
    with pytest.raises(SourceRefused, match="array in grid has several dimensions"):
        extract(source(query="SELECT grid FROM t"), connection=erp)
    query = "SELECT amount::text, to_jsonb(grid)::text AS grid FROM t"
    found = extract(source(query=query), connection=erp).table().to_pylist()
    assert found[1] == {"amount": "NaN", "grid": "[[1, 2], [3, 4]]"}


def test_errors_say_who_must_act(
    db: psycopg.Connection, erp: ConnectionDetails, pg_url: str, warehouse_db: str, extract: Any
) -> None:
    db.execute("CREATE TABLE t (id int)")
    with psycopg.connect(pg_url, dbname=erp.schema, autocommit=True) as admin:
        admin.execute("CREATE TABLE hidden (id int)")

    def changed(**keys: Any) -> ConnectionDetails:
        return details(warehouse_db, **keys)

    cases: list[tuple[DatabaseSource, ConnectionDetails, type[Exception], str]] = [
        (source(table="nope"), erp, SourceRefused, 'relation "nope" does not exist'),
        (source(table="hidden"), erp, SourceRefused, "permission denied"),
        (source(query="SELECT nope FROM t"), erp, SourceRefused, 'column "nope" does not exist'),
        (source(query="SELECT 1/0 AS x"), erp, SourceRefused, "division by zero"),
        (source(query="SELECT lo_create(0) AS x"), erp, SourceRefused, "read-only transaction"),
        (source(table="t"), changed(password="wrong-secret"), SetupError, "password"),
        (source(table="t"), changed(schema="nope"), SetupError, "does not exist"),
        (source(table="t"), changed(port=1), SourceUnavailable, "refused"),
        (source(table="t"), changed(host="nowhere.invalid"), SourceUnavailable, "nowhere.invalid"),
    ]
    for asked, connection, error, said in cases:
        with pytest.raises(error, match=said) as raised:
            extract(asked, connection=connection)
        assert connection.password not in str(raised.value)
        assert raised.value.remedy


def test_a_connection_that_ends_while_rows_come_is_tried_again(
    db: psycopg.Connection,
    erp: ConnectionDetails,
    pg_url: str,
    extract: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    landed = database_postgres_types.land_batch

    def then_killed(*arguments: Any) -> Any:
        with psycopg.connect(pg_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND query LIKE 'COPY%%'",
                [erp.schema],
            )
        return landed(*arguments)

    monkeypatch.setattr(database_postgres_types, "land_batch", then_killed)
    query = "SELECT n, repeat('x', 1000) AS pad FROM generate_series(1, 1000000) AS n"
    with pytest.raises(SourceUnavailable):
        extract(source(query=query), connection=erp)


def test_the_manifest_has_no_secret(
    db: psycopg.Connection, erp: ConnectionDetails, extract: Any
) -> None:
    landed = extract(source(query="SELECT 1 AS id"), connection=erp)
    assert erp.password
    assert erp.password not in landed.manifest.to_json()
    assert landed.manifest.source == {
        "type": "database",
        "conn_id": "erp",
        "query": "SELECT 1 AS id",
    }
