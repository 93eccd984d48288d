"""Db2: what is said to IBM's driver and made of its answers. No server that it talks to can be had
here: SQLite answers for one, by the same DB-API, and the driver itself meets a listener."""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibm_db_dbi
import pytest
from tests.sources.conftest import Extract
from tests.sources.database.sql_server import find_free_port
from tests.sources.database.tls_listener import listen_by_tls

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database import db2
from medallion.sources.database.source import DatabaseSource

DETAILS = ConnectionDetails(
    conn_id="erp", conn_type="ibmdb2", host="db", schema="SALES", login="reader", password="s3cret"
)


def source(**keys: Any) -> DatabaseSource:
    return DatabaseSource.model_validate({"type": "database", "conn_id": "erp", **keys})


def test_by_tls_unless_the_connection_says_otherwise() -> None:
    assert db2.connection_string(DETAILS) == (
        "DATABASE=SALES;HOSTNAME=db;PORT=50001;PROTOCOL=TCPIP;UID=reader;PWD=s3cret;SECURITY=SSL;"
        "SSLClientHostnameValidation=Basic;ConnectTimeout=15;"
    )
    plain = ConnectionDetails(
        conn_id="erp", conn_type="db2", host="db", port=50000, schema="SALES",
        extra={"Security": "", "currentSchema": "ERP", "trace": "1"},
    )  # fmt: skip
    assert db2.connection_string(plain) == (
        "DATABASE=SALES;HOSTNAME=db;PORT=50000;PROTOCOL=TCPIP;ConnectTimeout=15;CURRENTSCHEMA=ERP;"
    )


@pytest.mark.parametrize("key", ["host", "schema", "login", "password"])
def test_no_value_adds_a_setting(key: str) -> None:
    said = {"conn_id": "erp", "host": "db", "schema": "SALES", key: "s3cret;SECURITY="}
    with pytest.raises(SetupError, match="has a semicolon") as raised:
        db2.connection_string(ConnectionDetails(**said))  # type: ignore[arg-type]
    assert "s3cret" not in str(raised.value)
    with pytest.raises(SetupError, match="names no server and database"):
        db2.connection_string(ConnectionDetails(conn_id="erp", conn_type="db2"))


def test_rows_are_streamed_and_nothing_is_kept(
    tmp_path: Path, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE ORDERS (N INTEGER, NAME TEXT)")
        connection.executemany(
            "INSERT INTO ORDERS VALUES (?, ?)", [(n, f"é{n}") for n in range(25_000)]
        )
    monkeypatch.setattr(db2, "_connect", lambda details: sqlite3.connect(file))
    query = "SELECT N, NAME FROM ORDERS WHERE :data_interval_start_epoch > N OR N >= 0"
    landed = extract(source(query=query), connection=DETAILS)
    assert landed.table()["N"].to_pylist() == list(range(25_000))
    assert landed.manifest.layout.types == ("BIGINT", "VARCHAR")
    with pytest.raises(SourceRefused, match="no such table"):
        extract(source(table="NOPE"), connection=DETAILS)


def test_few_wide_rows_are_fetched_at_once() -> None:
    def described(*kinds: Any) -> list[list[Any]]:
        return [["X", kind, 10, 10, 0, 0, True] for kind in kinds]

    assert db2.rows_at_once(described(ibm_db_dbi.STRING, ibm_db_dbi.DECIMAL)) == 10_000
    for kind in (ibm_db_dbi.TEXT, ibm_db_dbi.BINARY, ibm_db_dbi.XML):
        assert db2.rows_at_once(described(ibm_db_dbi.NUMBER, kind)) == 100


def test_the_driver_trusts_no_unknown_certificate(tmp_path: Path, extract: Extract) -> None:
    with listen_by_tls(tmp_path) as listener:
        unknown = replace(DETAILS, host="localhost", port=listener.port)
        with pytest.raises(SetupError, match='"414"') as raised:
            extract(source(table="T"), connection=unknown)
        assert "s3cret" not in str(raised.value) and listener.heard == []
        assert "authority that signed" in raised.value.remedy
        trusted = {"SSLServerCertificate": str(listener.certificate)}
        known = replace(unknown, extra=trusted)
        with pytest.raises(SourceUnavailable):
            extract(source(table="T"), connection=known)
        assert listener.heard, "trusted, and spoken to"
    with listen_by_tls(tmp_path, "127.0.0.2") as elsewhere:  # the certificate has 127.0.0.1
        trusted = {"SSLServerCertificate": str(elsewhere.certificate)}
        other = replace(DETAILS, host="127.0.0.2", port=elsewhere.port, extra=trusted)
        with pytest.raises(SetupError, match="SQL20576N") as refused:
            extract(source(table="T"), connection=other)
        assert "by the name that the certificate has" in refused.value.remedy


def test_errors_say_who_must_act(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = replace(DETAILS, host="127.0.0.1", port=find_free_port())
    with pytest.raises(SourceUnavailable, match="SQL30081N"):
        extract(source(table="T"), connection=nobody)
    cases: list[tuple[str, type[Exception], type[Exception]]] = [
        ("SQL30082N  Security processing failed. SQLSTATE=08001 SQLCODE=-30082",
         ibm_db_dbi.OperationalError, SetupError),
        ('SQL0204N  "ERP.T" is an undefined name. SQLSTATE=42704 SQLCODE=-204',
         ibm_db_dbi.ProgrammingError, SourceRefused),
        ("SQL0911N  rolled back because of a deadlock. SQLSTATE=40001 SQLCODE=-911",
         ibm_db_dbi.ProgrammingError, SourceUnavailable),
    ]  # fmt: skip
    for said, kind, error in cases:

        def connect(details: ConnectionDetails, said: str = said, kind: Any = kind) -> Any:
            raise kind(f"[IBM][CLI Driver] {said}")

        monkeypatch.setattr(db2, "_connect", connect)
        with pytest.raises(error):
            extract(source(table="T"), connection=DETAILS)


def test_a_missing_driver_is_named(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ibm_db_dbi", None)
    with pytest.raises(SetupError, match="db2 needs the package ibm-db"):
        extract(source(table="T"), connection=DETAILS)
