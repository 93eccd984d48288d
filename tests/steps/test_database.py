"""What a database source lands is gated, cleaned and staged by the real steps, hostile or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.sources.mariadb_server import SERVER, MariaDb, running
from tests.steps import landed
from tests.steps.staged import query

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.errors import DataRejected, SetupError, SourceRefused
from medallion.lake.reader import read_manifest, verify
from medallion.names import Layer
from medallion.plan.model import GateStep, LandStep
from medallion.publish.relations import identifier
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.source import DatabaseSource
from medallion.steps.clean import step as clean
from medallion.steps.context import StepContext, StepResult
from medallion.steps.gate import step as gate
from medallion.steps.land import step as land

FILMS = landed.FILMS


def run(
    context: StepContext,
    details: ConnectionDetails,
    columns: Mapping[str, Mapping[str, object]],
    **source: Any,
) -> tuple[StepContext, StepResult]:
    """Land and clean one dataset."""
    here = replace(context, connection={"erp": details}.__getitem__)
    asked = DatabaseSource.model_validate({"type": "database", "conn_id": "erp", **source})
    reference = land.run(LandStep(table=FILMS, source=asked), here).reference
    verify(read_manifest(reference))
    return here, clean.run(landed.clean_step(columns), here)


def rows(context: StepContext, columns: str = "*") -> list[tuple[Any, ...]]:
    staging = identifier(FILMS.staging(context.run_key)).as_string(None)
    return query(context.warehouse_url, f"SELECT {columns} FROM {staging} ORDER BY _bronze_record")


def set_aside(context: StepContext) -> list[tuple[Any, ...]]:
    rejects = identifier(FILMS.rejects(context.run_key)).as_string(None)
    return query(
        context.warehouse_url, f"SELECT reasons, record FROM {rejects} ORDER BY _bronze_record"
    )


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    made: StepContext = landed.context(warehouse_db, tmp_path / "lake")
    return made


@pytest.fixture
def postgres(second_warehouse_db: str) -> ConnectionDetails:
    found = {key: str(value) for key, value in conninfo_to_dict(second_warehouse_db).items()}
    return ConnectionDetails(
        conn_id="erp",
        conn_type="postgres",
        host=found["host"],
        port=int(found["port"]),
        schema=found["dbname"],
        login=found["user"],
        password=found["password"],
    )


@pytest.fixture
def erp(second_warehouse_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(second_warehouse_db, autocommit=True) as connection:
        yield connection


ALL_TYPES: list[tuple[str, str, str]] = [
    ("boolean", "boolean", "true"),
    ("smallint", "smallint", "-32768"),
    ("integer", "integer", "2147483647"),
    ("bigint", "bigint", "-9223372036854775808"),
    ("real", "real", "'1.5e-30'"),
    ("double precision", "double", "'0.1'"),
    ("numeric(38,10)", "decimal(38,10)", "'1234567890123456789012345678.0123456789'"),
    ("numeric", "decimal(30,2)", "'12345678901234567890.10'"),
    ("text", "text", "E'a\\tb\\n''; DROP TABLE x; -- é👍'"),
    ("date", "date", "'0001-01-01'"),
    ("time", "time", "'23:59:59.999999'"),
    ("timestamp", "timestamp", "'9999-12-31 23:59:59.999999'"),
    ("timestamptz", "timestamptz", "'2026-01-01 00:00:00.000001+05:30'"),
    ("uuid", "uuid", "'123e4567-e89b-12d3-a456-426614174000'"),
    ("jsonb", "json", '\'{"a": [1.10, null, "x"]}\''),
    ("json", "json", "'[12345678901234567890.123456789]'"),
    ("bytea", "bytea", "'\\x00ff5c'"),
    ("interval", "text", "'1 mon 2 days'"),
    ("boolean[]", "boolean[]", "'{t,NULL}'"),
    ("bigint[]", "bigint[]", "'{1,NULL}'"),
    ("double precision[]", "double[]", "'{0.1}'"),
    ("numeric(9,2)[]", "decimal(9,2)[]", "'{1.10,NULL}'"),
    ("text[]", "text[]", '\'{"","a,b",NULL}\''),
    ("date[]", "date[]", "'{2026-01-01}'"),
    ("timestamptz[]", "timestamptz[]", "'{2026-01-01 00:00Z,NULL}'"),
    ("uuid[]", "uuid[]", "'{123e4567-e89b-12d3-a456-426614174000,NULL}'"),
    ("jsonb[]", "json[]", "ARRAY['{\"a\": 1}'::jsonb, NULL]"),
    ("bytea[]", "bytea[]", "ARRAY['\\x00'::bytea]"),
]


def test_every_type_of_postgresql_arrives_as_it_left(
    context: StepContext, postgres: ConnectionDetails, erp: psycopg.Connection
) -> None:
    names = [f"c{number}" for number in range(len(ALL_TYPES))]
    declared = zip(names, ALL_TYPES, strict=True)
    erp.execute(f"CREATE TABLE t ({', '.join(f'{name} {kind}' for name, (kind, *_) in declared)})")
    erp.execute(f"INSERT INTO t VALUES ({', '.join(value for *_, value in ALL_TYPES)})")
    erp.execute("INSERT INTO t DEFAULT VALUES")
    columns = {
        name: {"type": kind, "nullable": True}
        for name, (_, kind, _) in zip(names, ALL_TYPES, strict=True)
    }
    here, result = run(context, postgres, columns, table="public.t")
    assert (result.rows_in, result.rows_out) == (2, 2)
    shown = ", ".join(f"{name}::text" for name in names)
    asked = [_as_silver(name, kind) for name, (kind, *_) in zip(names, ALL_TYPES, strict=True)]
    wanted = erp.execute(f"SELECT {', '.join(asked)} FROM t").fetchall()
    for name, found, text in zip(names, rows(here, shown)[0], wanted[0], strict=True):
        assert found == text, name
    assert set(rows(here, shown)[1]) == {None}


def _as_silver(name: str, kind: str) -> str:
    """What the source itself shows of a value, in the type that silver has."""
    return f"{name}::jsonb::text" if kind == "json" else f"{name}::text"


def test_what_silver_cannot_hold_goes_to_quarantine_and_nothing_else(
    context: StepContext, postgres: ConnectionDetails, erp: psycopg.Connection
) -> None:
    erp.execute("CREATE TABLE t (id int, at timestamptz, day date, amount numeric, empty text)")
    erp.execute(
        "INSERT INTO t VALUES (1, now(), '2026-01-01', 1.50, ''),"
        " (2, 'infinity', '2026-01-01', 1, ''),"
        " (3, now(), '0044-03-15 BC', 1, ''), (4, now(), '10000-01-01', 1, ''),"
        " (5, now(), '2026-01-01', 'NaN', ''), (6, now(), '2026-01-01', 1.555, NULL)"
    )
    columns = {
        "id": {"type": "integer"},
        "at": {"type": "timestamptz"},
        "day": {"type": "date"},
        "amount": {"type": "decimal(9,2)"},
        "empty": {"type": "text"},
    }
    here, result = run(context, postgres, columns, table="t")
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (6, 1, 5)
    assert rows(here, "id, amount, empty") == [(1, Decimal("1.50"), "")]
    reported = [(record["id"], reasons) for reasons, record in set_aside(here)]
    digits = "is not a number with at most 7 digits before and 2 after the point"
    zone = "is not a date and time with its zone like 2026-01-31T23:59:59Z"
    assert reported == [
        (2, [f'at: "infinity" {zone}']),
        (3, ['day: "0044-03-15 (BC)" is not a date like 2026-01-31']),
        (4, ['day: "10000-01-01" is not a date like 2026-01-31']),
        (5, [f'amount: "nan" {digits}']),
        (6, [f'amount: "1.555" {digits}', "empty: is empty"]),
    ]


def test_two_thousand_columns_are_cleaned(context: StepContext, tmp_path: Path) -> None:
    file = tmp_path / "wide.db"
    with closing(sqlite3.connect(file)) as connection:
        names = ", ".join(f'"c ""{number}"' for number in range(2000))
        connection.execute(f"CREATE TABLE wide ({names})")
        marks = ", ".join("?" * 2000)
        connection.executemany(
            f"INSERT INTO wide VALUES ({marks})",
            [[f"{n}-{at}" for at in range(2000)] for n in range(50)],
        )
        connection.execute("""UPDATE wide SET "c ""1999" = NULL WHERE rowid = 3""")
        connection.commit()
    columns = {
        "first": {"from": 'c "0', "type": "text"},
        "last": {"from": 'c "1999', "type": "text"},
    }
    details = ConnectionDetails(conn_id="erp", conn_type="sqlite", host=str(file))
    here, result = run(context, details, columns, table="wide")
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (50, 49, 1)
    assert rows(here, "first, last")[1] == ("1-0", "1-1999")
    assert set_aside(here) == [(["last: is empty"], {'c "0': "2-0", 'c "1999': None})]


def test_a_nul_goes_to_quarantine_and_a_huge_text_arrives(
    context: StepContext, tmp_path: Path
) -> None:
    file = tmp_path / "odd.db"
    huge = "é" * 5_000_000
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE t (id, body)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, "a\0b"), (2, huge)])
        connection.commit()
    details = ConnectionDetails(conn_id="erp", conn_type="sqlite", host=str(file))
    columns = {"id": {"type": "bigint"}, "body": {"type": "text"}}
    here, result = run(context, details, columns, table="t")
    assert result.rows_quarantined == 1
    assert rows(here, "id, body") == [(2, huge)]
    ((reasons, record),) = set_aside(here)
    assert reasons == ['body: "a␀b" is not a text without NUL characters']
    assert record == {"id": 1, "body": "a␀b"}


def test_the_bronze_gate_sees_the_rows(
    context: StepContext, postgres: ConnectionDetails, erp: psycopg.Connection
) -> None:
    erp.execute("CREATE TABLE t AS SELECT n AS id, n % 3 AS kind FROM generate_series(1, 9) AS n")
    here, _ = run(context, postgres, {"id": {"type": "bigint"}}, table="t")

    def judge(expectation: str, **kwargs: Any) -> None:
        check = PlannedCheck(
            check_id="check",
            name="check",
            expectation=expectation,
            kwargs=kwargs,
            on_failure=OnFailure.FAIL,
        )
        gate.run(GateStep(layer=Layer.BRONZE, table=FILMS, checks=(check,)), here)

    judge("expect_column_values_to_be_between", column="kind", min_value=0, max_value=2)
    with pytest.raises(DataRejected):
        judge("expect_column_values_to_be_between", column="kind", min_value=1, max_value=2)


@pytest.mark.skipif(SERVER is None, reason="no MariaDB here (apt-get install mariadb-server)")
def test_mariadb_to_staging(context: StepContext, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("mariadb")) as server:
        _mariadb(server, context)


def _mariadb(server: MariaDb, context: StepContext) -> None:
    server.execute(
        "CREATE TABLE shop.t (id BIGINT UNSIGNED, paid TINYINT(1), total DECIMAL(12,2),"
        " at TIMESTAMP, day DATETIME, opens TIME, ref UUID, doc JSON, raw VARBINARY(9), name TEXT)",
        "SET time_zone = '+02:00'",
    )
    server.execute(
        "INSERT INTO shop.t VALUES (7, 1, 12.5, '2026-01-01 10:00:00', '2026-01-01', '08:30:00',"
        " '123e4567-e89b-12d3-a456-426614174000', '{\"a\": [1]}', X'00FF', ''),"
        f" ({2**64 - 1}, 2, 1, NULL, '2026-01-01 10:00:00', '30:00:00', NULL, NULL, NULL, NULL)"
    )
    columns: dict[str, dict[str, object]] = {
        "id": {"type": "bigint"},
        "paid": {"type": "boolean"},
        "total": {"type": "decimal(12,2)"},
        "at": {"type": "timestamptz"},
        "day": {"type": "date"},
        "opens": {"type": "time"},
        "ref": {"type": "uuid"},
        "doc": {"type": "json"},
        "raw": {"type": "bytea"},
        "name": {"type": "text"},
    }
    here, result = run(context, server.connection(), columns, table="shop.t")
    assert (result.rows_out, result.rows_quarantined) == (1, 1)
    (row,) = rows(here)
    assert row[:3] == (7, True, Decimal("12.50"))
    assert row[4:10] == (
        date(2026, 1, 1),
        time(8, 30),
        UUID("123e4567-e89b-12d3-a456-426614174000"),
        {"a": [1]},
        b"\x00\xff",
        "",
    )
    assert isinstance(row[3], datetime)
    assert row[3].tzinfo is not None
    ((reasons, record),) = set_aside(here)
    assert reasons[0] == f'id: "{2**64 - 1}" is not a whole number of 64 bits'
    assert [reason.partition(":")[0] for reason in reasons] == [
        "id", "paid", "at", "day", "opens", "ref", "doc", "raw", "name",
    ]  # fmt: skip
    assert record["id"] == 2**64 - 1


def test_a_file_of_the_platform_is_no_database(context: StepContext) -> None:
    file = context.project_root / ".medallion" / "airflow.db"
    file.parent.mkdir(parents=True)
    file.touch()
    details = ConnectionDetails(conn_id="erp", conn_type="sqlite", host=str(file))
    with pytest.raises(SetupError, match="names a file of the platform itself"):
        run(context, details, {"id": {"type": "bigint"}}, table="t")


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST", "127.1"])  # the last: only the server
def test_the_warehouse_is_no_source_whatever_it_is_called(
    context: StepContext, host: str, copy: bool
) -> None:
    found = {key: str(value) for key, value in conninfo_to_dict(context.warehouse_url).items()}
    itself = ConnectionDetails(
        conn_id="erp",
        conn_type="postgres",
        host=host,
        port=int(found["port"]),
        schema=found["dbname"],
        login=found["user"],
        password=found["password"],
        extra={"copy": copy},
    )
    with pytest.raises((SetupError, SourceRefused), match="leads to the warehouse itself"):
        run(context, itself, {"load_id": {"type": "bigint"}}, table="medallion.loads")


@pytest.mark.parametrize("shown", [True, False])
def test_the_warehouse_is_no_source_by_any_driver(context: StepContext, shown: bool) -> None:
    """JDBC and ODBC hide the address in a text, or in a DSN: then the server itself says it."""
    import psycopg2

    found = conninfo_to_dict(context.warehouse_url)
    url = f"jdbc:postgresql://localhost:{found['port']}/{found['dbname']}?user=x"
    itself = ConnectionDetails(conn_id="erp", conn_type="jdbc", host=url if shown else "a-dsn")
    here = replace(context, database=lambda conn_id: psycopg2.connect(context.warehouse_url))
    error = SetupError if shown else SourceRefused
    with pytest.raises(error, match="leads to the warehouse itself"):
        run(here, itself, {"load_id": {"type": "bigint"}}, query="SELECT load_id FROM loads")


def test_a_connection_is_used_only_while_operators_allow_it(
    context: StepContext, postgres: ConnectionDetails
) -> None:
    access = context.project_root / "specs/access.yaml"
    access.parent.mkdir(parents=True)
    access.write_text("connections: {bakery: [erp]}\n")
    with pytest.raises(SetupError, match="cinema may not use the connection erp"):
        run(context, postgres, {"id": {"type": "bigint"}}, query="SELECT 1 AS id")
    access.write_text("connections: {cinema: [erp]}\n")
    _, result = run(context, postgres, {"id": {"type": "bigint"}}, query="SELECT 1 AS id")
    assert result.rows_out == 1
