"""Oracle: what is said to its driver and made of its answers. No server of Oracle's protocol can be
had here: a stand-in answers as python-oracledb does, and the driver itself meets a listener."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import oracledb
import pyarrow as pa
import pytest
from tests.sources.conftest import Extract
from tests.sources.database.sql_server import find_free_port
from tests.sources.database.tls_listener import listen_by_tls

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database import oracle
from medallion.sources.database.query import statement_of_table
from medallion.sources.database.source import DatabaseSource

DETAILS = ConnectionDetails(
    conn_id="erp", conn_type="oracle", host="localhost", login="reader", password="s3cret",
    extra={"service_name": "SALES"},
)  # fmt: skip


def source(**keys: Any) -> DatabaseSource:
    return DatabaseSource.model_validate({"type": "database", "conn_id": "erp", **keys})


def column(name: str, kind: str, precision: int = 0, scale: int = 0) -> Any:
    """As the driver describes one, with the driver's own type."""
    return SimpleNamespace(
        name=name, type_code=getattr(oracledb, f"DB_TYPE_{kind}"), precision=precision, scale=scale
    )


class StandIn:
    """A connection that has one result, and keeps what it was sent."""

    def __init__(self, columns: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
        self.description: Sequence[Any] = columns
        self.arraysize = 0
        self.outputtypehandler: Any = None
        self.sent: list[tuple[str, Any]] = []
        self.sizes: dict[str, Any] = {}
        self._rows = list(rows)

    def cursor(self) -> StandIn:
        return self

    def parse(self, sql: str) -> None:
        self.sent.append(("parse", sql))

    def setinputsizes(self, **sizes: Any) -> None:
        self.sizes = sizes

    def execute(self, sql: str, values: Any = None, **how: Any) -> None:
        self.sent.append((sql, values))

    def var(self, kind: type, arraysize: int) -> Any:
        return kind, arraysize

    def fetchmany(self, count: int) -> list[Sequence[Any]]:
        given, self._rows = self._rows[:count], self._rows[count:]
        return given

    def close(self) -> None:
        self.sent.append(("close", None))


def test_one_snapshot_that_only_reads(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [column("ID", "NUMBER"), column("AT", "TIMESTAMP_TZ"), column("PAID", "NUMBER", 9, 2)]
    rows = [
        (Decimal("1E+30"), datetime(2026, 1, 31, 8), Decimal("1.50")),  # noqa: DTZ001
        (Decimal("0.1"), None, None),
    ]
    there = StandIn(columns, rows)
    monkeypatch.setattr(oracle, "_connect", lambda details: there)
    landed = extract(source(table="SALES.ORDERS"), connection=DETAILS)
    assert [sql for sql, _ in there.sent] == [
        "ALTER SESSION SET TIME_ZONE = 'UTC'",
        "SET TRANSACTION READ ONLY",
        "parse",
        "close",
        'SELECT of_source."ID" AS "ID", SYS_EXTRACT_UTC(of_source."AT") AS "AT", '
        'of_source."PAID" AS "PAID" FROM (\nSELECT * FROM "SALES"."ORDERS"\n) of_source',
        "close",
        "close",
    ]
    assert landed.manifest.layout.types == ("VARCHAR", "TIMESTAMP WITH TIME ZONE", "DECIMAL(9,2)")
    assert landed.table().to_pylist() == [
        {"ID": "1" + "0" * 30, "AT": datetime(2026, 1, 31, 8, tzinfo=UTC), "PAID": Decimal("1.50")},
        {"ID": "0.1", "AT": None, "PAID": None},
    ]
    assert there.outputtypehandler(there, columns[0]) == (Decimal, 10_000)
    assert there.outputtypehandler(there, columns[1]) is None


def test_a_cursor_s_bounds_are_bound(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    """A time of whole seconds as a DATE, so that the index of a DATE column serves."""
    for microsecond, sizes in ((0, {}), (5, {"cursor_start": oracledb.DB_TYPE_TIMESTAMP})):
        there = StandIn([column("AT", "TIMESTAMP")], [])
        monkeypatch.setattr(oracle, "_connect", lambda details, there=there: there)
        start = datetime(2026, 1, 31, 10, microsecond=microsecond, tzinfo=UTC)
        wanted = CursorRange(field="AT", kind="timestamp", start=start)
        asked = source(table="ORDERS", cursor={"field": "AT", "initial_value": start})
        extract(asked, connection=DETAILS, cursor=wanted)
        sql, values = there.sent[-3]
        assert sql.endswith(') of_source WHERE of_source."AT" >= :cursor_start')
        assert values == {"cursor_start": start.replace(tzinfo=None)}
        assert there.sizes == sizes


@pytest.mark.parametrize(
    ("kind", "precision", "scale", "landed"),
    [
        ("NUMBER", 0, 0, pa.string()),
        ("NUMBER", 0, -127, pa.string()),
        ("NUMBER", 126, -127, pa.string()),  # FLOAT
        ("NUMBER", 9, 0, pa.decimal128(9, 0)),
        ("NUMBER", 38, 10, pa.decimal128(38, 10)),
        ("NUMBER", 5, -2, pa.decimal128(7, 0)),
        ("NUMBER", 2, 5, pa.decimal128(5, 5)),
        ("NUMBER", 38, -10, pa.string()),
        ("BINARY_DOUBLE", 0, 0, pa.float64()),
        ("DATE", 0, 0, pa.timestamp("us")),
        ("TIMESTAMP_LTZ", 0, 6, pa.timestamp("us", "UTC")),
        ("CLOB", 0, 0, pa.string()),
        ("BLOB", 0, 0, pa.binary()),
        ("RAW", 0, 0, pa.binary()),
        ("JSON", 0, 0, pa.string()),
        ("BOOLEAN", 0, 0, pa.bool_()),
    ],
)
def test_types(kind: str, precision: int, scale: int, landed: pa.DataType) -> None:
    assert oracle.schema_of([column("X", kind, precision, scale)]).field("X").type == landed


def test_a_type_that_is_not_read_is_refused() -> None:
    with pytest.raises(SourceRefused, match="column FILE_ has Oracle's type BFILE"):
        oracle.schema_of([column("FILE_", "BFILE")])


def test_what_the_driver_would_lose_is_converted_by_the_server() -> None:
    statement = statement_of_table("T", "oracle")
    plain = [column("A", "NUMBER"), column("B", "DATE")]
    assert oracle.convert(statement, plain) is statement
    for kind, said in (
        ("INTERVAL_DS", 'TO_CHAR(of_source."A")'),
        ("JSON", 'JSON_SERIALIZE(of_source."A" RETURNING CLOB)'),
        ("VECTOR", 'FROM_VECTOR(of_source."A" RETURNING CLOB)'),
    ):
        converted = oracle.convert(statement, [column("A", kind)])
        assert converted.with_values(str).startswith(f'SELECT {said} AS "A" FROM (')


def test_few_wide_rows_are_fetched_at_once(
    extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = StandIn([column("DOC", "CLOB")], [("x",)])
    monkeypatch.setattr(oracle, "_connect", lambda details: there)
    assert extract(source(table="DOCS"), connection=DETAILS).table().to_pylist() == [{"DOC": "x"}]
    assert there.arraysize == 100


def test_by_tls_unless_the_connection_says_otherwise() -> None:
    said = oracle.connect_options(DETAILS)
    assert (said["protocol"], said["ssl_server_dn_match"], said["port"]) == ("tcps", True, 2484)
    assert said["service_name"] == "SALES" and said["password"] == "s3cret"
    plain = ConnectionDetails(
        conn_id="erp", conn_type="oracle", host="db", port=1521, schema="XEPDB1",
        extra={"protocol": "tcp", "thick_mode": True, "ssl_server_dn_match": "False"},
    )  # fmt: skip
    said = oracle.connect_options(plain)
    assert (said["protocol"], said["port"], said["service_name"]) == ("tcp", 1521, "XEPDB1")
    assert "thick_mode" not in said and said["ssl_server_dn_match"] is False
    whole = ConnectionDetails(conn_id="erp", conn_type="oracle", extra={"dsn": "tcps://db/x"})
    assert oracle.connect_options(whole)["dsn"] == "tcps://db/x"
    with pytest.raises(SetupError, match="names no server and service"):
        oracle.connect_options(ConnectionDetails(conn_id="erp", conn_type="oracle", host="db"))


def test_the_driver_trusts_no_unknown_certificate(tmp_path: Path, extract: Extract) -> None:
    with listen_by_tls(tmp_path) as listener:
        details = ConnectionDetails(
            conn_id="erp", conn_type="oracle", host="localhost", port=listener.port,
            login="reader", password="s3cret", schema="SALES",
        )  # fmt: skip
        with pytest.raises(SetupError, match="certificate verify failed") as raised:
            extract(source(table="T"), connection=details)
        assert "s3cret" not in str(raised.value) and listener.heard == []


def test_errors_say_who_must_act(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(said: str, kind: type[Exception]) -> Any:
        def connect(details: ConnectionDetails) -> Any:
            raise kind(said)

        return connect

    nobody = ConnectionDetails(
        conn_id="erp", conn_type="oracle", host="127.0.0.1", port=find_free_port(), schema="X",
        login="reader", password="s3cret",
    )  # fmt: skip
    with pytest.raises(SourceUnavailable, match="refused"):
        extract(source(table="T"), connection=nobody)
    cases: list[tuple[str, type[Exception], type[Exception]]] = [
        ("ORA-01017: invalid username/password s3cret", oracledb.DatabaseError, SetupError),
        ("DPY-4001: no credentials specified", oracledb.InterfaceError, SetupError),
        ("DPY-6001: Service SALES is not registered", oracledb.OperationalError, SetupError),
        ("ORA-00942: table or view does not exist", oracledb.DatabaseError, SourceRefused),
        ("ORA-01555: snapshot too old", oracledb.DatabaseError, SourceUnavailable),
        ("DPY-4011: the database closed the connection", oracledb.OperationalError,
         SourceUnavailable),
    ]  # fmt: skip
    for said, kind, error in cases:
        monkeypatch.setattr(oracle, "_connect", fails(said, kind))
        with pytest.raises(error) as raised:
            extract(source(table="T"), connection=DETAILS)
        assert "s3cret" not in str(raised.value)


def test_a_missing_driver_is_named(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "oracledb", None)
    with pytest.raises(SetupError, match="oracle needs the package oracledb"):
        extract(source(table="T"), connection=DETAILS)


def test_dates_are_bound_as_they_are() -> None:
    assert oracle._bind(date(2026, 1, 31)) == date(2026, 1, 31)
