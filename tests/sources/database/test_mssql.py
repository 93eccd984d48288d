"""SQL Server: Microsoft's driver, against a server of its protocol (sql_server.py), and types that
no such server has."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from tests.sources.conftest import Extract
from tests.sources.database.sql_server import (
    PASSWORD,
    TABLES,
    SqlServer,
    cut_off,
    find_free_port,
    run_sql_server,
)

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.mssql import (
    connection_string,
    find_rows_at_once,
    plain_type,
    quote_value,
)
from medallion.sources.database.source import DatabaseSource


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    import mssql_python

    # Of its two ways to talk to a server, the one that needs no library of the system.
    mssql_python.native_provider = "mssql-odbc"
    with run_sql_server(tmp_path_factory.mktemp("sql_server")) as running:
        yield running


def source(**keys: Any) -> DatabaseSource:
    return DatabaseSource.model_validate({"type": "database", "conn_id": "erp", **keys})


def test_rows_come_as_they_are(server: SqlServer, extract: Extract) -> None:
    landed = extract(source(table="dbo.people"), connection=server.details())
    assert landed.manifest.layout.types == ("INTEGER", "VARCHAR", "DOUBLE")
    assert landed.table().to_pylist() == TABLES["people"]
    assert server.asked[-2:] == ["SELECT * FROM [dbo].[people]", "ROLLBACK"]


def test_values_that_only_an_expression_has_there(server: SqlServer, extract: Extract) -> None:
    query = "SELECT CAST(1 AS bit) AS flag, CAST('2026-01-31 10:00:00.123' AS datetime) AS at"
    landed = extract(source(query=query), connection=server.details())
    assert landed.manifest.layout.types == ("BOOLEAN", "TIMESTAMP")
    at = datetime(2026, 1, 31, 10, 0, 0, 123_000)  # noqa: DTZ001
    assert landed.table().to_pylist() == [{"flag": True, "at": at}]


def test_rows_are_streamed_in_batches(server: SqlServer, extract: Extract) -> None:
    landed = extract(
        source(query="SELECT n, text FROM many WHERE n >= 5"), connection=server.details()
    )
    assert landed.table()["n"].to_pylist() == list(range(5, 25_000))


def test_a_query_without_rows_lands_its_columns(server: SqlServer, extract: Extract) -> None:
    landed = extract(
        source(query="SELECT id FROM people WHERE id > 9"), connection=server.details()
    )
    assert landed.manifest.layout.types == ("INTEGER",)
    with pytest.raises(SourceRefused, match="this is another statement"):
        extract(source(query="SET NOCOUNT ON"), connection=server.details())


def test_one_moment_is_read_where_the_database_allows_it(
    server: SqlServer, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    """pysqlbridge keeps no former versions of rows, and says so: another answer is put in."""
    from pysqlbridge.tds.result import Bit, Column, Integer, QueryResult

    columns = [Column("snapshot_isolation_state", Integer(4)), Column("is_on", Bit())]
    for said, level, is_warned in (
        ((1, False), True, False), ((0, True), False, False), ((0, False), False, True),
    ):  # fmt: skip
        caplog.clear()
        server.asked.clear()
        answer = QueryResult(columns=columns, rows=[list(said)])
        server.answers["SELECT snapshot"] = lambda answer=answer: answer
        with caplog.at_level(logging.WARNING):
            extract(source(table="people"), connection=server.details())
        server.answers.clear()
        snapshot = "SET TRANSACTION ISOLATION LEVEL SNAPSHOT"
        assert (snapshot in server.asked) is level
        assert ("allows no snapshots" in caplog.text) is is_warned
        if level:
            assert server.asked.index(snapshot) < server.asked.index("SELECT * FROM [people]")


def test_the_tables_of_a_schema(server: SqlServer, extract: Extract) -> None:
    landed = extract(source(tables={"known": ["people"]}), connection=server.details())
    found = {row["table_name"]: row["state"] for row in landed.table().to_pylist()}
    assert found == {"people": "read", "many": "new"}


def test_errors_say_who_must_act(server: SqlServer, extract: Extract) -> None:
    details = server.details()
    cases: list[tuple[ConnectionDetails, str, type[Exception], str]] = [
        (details, "nope", SourceRefused, "invalid object name"),
        (server.details(password="s3cret"), "people", SetupError, "Login failed for user"),
        (server.details(Encrypt="yes"), "people", SetupError, "certificate"),
        (replace(details, port=find_free_port()), "people", SourceUnavailable, "(?i)connect"),
    ]
    for connection, table, error, said in cases:
        with pytest.raises(error, match=said) as raised:
            extract(source(table=table), connection=connection)
        assert "s3cret" not in str(raised.value) and PASSWORD not in str(raised.value)


def test_a_connection_that_ends_is_tried_again(server: SqlServer, extract: Extract) -> None:
    with cut_off(server.port, after=60_000) as port, pytest.raises(SourceUnavailable):
        extract(source(table="many"), connection=replace(server.details(), port=port))


def test_a_missing_driver_is_named(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mssql_python", None)
    details = ConnectionDetails(conn_id="erp", conn_type="mssql", host="db")
    with pytest.raises(SetupError, match="mssql needs the package mssql-python"):
        extract(source(table="t"), connection=details)


def test_a_password_ends_nothing() -> None:
    assert quote_value("a}b;c") == "{a}}b;c}"
    details = ConnectionDetails(
        conn_id="erp", conn_type="mssql", host="db", schema="shop", login="reader",
        password="x};Encrypt=no",
        extra={"hostnameInCertificate": "db.example.org", "encrypt": True, "driver": "no"},
    )  # fmt: skip
    assert connection_string(details) == (
        "Server={db,1433};Database={shop};UID={reader};PWD={x}};Encrypt=no};Encrypt={yes};"
        "TrustServerCertificate={no};ConnectRetryCount={0};HostnameInCertificate={db.example.org}"
    )
    with pytest.raises(SetupError, match="names no server"):
        connection_string(ConnectionDetails(conn_id="erp", conn_type="mssql"))


def test_a_named_instance_has_its_own_port() -> None:
    details = ConnectionDetails(conn_id="erp", conn_type="mssql", host="db\\sales", port=1433)
    assert connection_string(details).startswith("Server={db\\sales};")


@pytest.mark.parametrize(
    ("found", "landed"),
    [
        (pa.timestamp("ns"), pa.timestamp("us")),  # datetime2(7)
        (pa.timestamp("ns", "+02:00"), pa.timestamp("us", "UTC")),  # datetimeoffset
        (pa.time64("ns"), pa.time64("us")),
        (pa.time32("s"), pa.time64("us")),
        (pa.decimal128(19, 4), pa.decimal128(19, 4)),  # money
        (pa.large_string(), pa.large_string()),
    ],
)
def test_times_have_microseconds(found: pa.DataType, landed: pa.DataType) -> None:
    assert plain_type(found) == landed


def test_few_wide_rows_are_fetched_at_once() -> None:
    def described(*sizes: tuple[type, int]) -> list[tuple[Any, ...]]:
        return [("x", kind, None, size, size, 0, True) for kind, size in sizes]

    assert find_rows_at_once(described((int, 10), (str, 40))) == 10_000
    assert find_rows_at_once(described((str, 4000), (str, 4000))) < 5_000
    assert find_rows_at_once(described((int, 10), (bytes, 0))) == 100  # varbinary(max)
