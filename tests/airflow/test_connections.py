"""Airflow connections become what sources and the warehouse are handed; secrets stay inside."""

from __future__ import annotations

import json

import pytest
from psycopg.conninfo import conninfo_to_dict

from medallion.airflow.connections import (
    connection_details,
    domain_warehouse_url,
    open_database,
    warehouse_url,
)
from medallion.errors import SetupError

PASSWORD = "p@ss:/w$rd%20 ü"


def connection(monkeypatch: pytest.MonkeyPatch, conn_id: str, **fields: object) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))


def test_a_password_of_any_characters_reaches_libpq_unchanged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection(
        monkeypatch,
        "odd_warehouse",
        conn_type="postgres",
        host="127.0.0.1",
        port=5433,
        login="lo:ader",
        password=PASSWORD,
        schema="ware house",
        extra={"sslmode": "require", "cursor": "dictcursor"},
    )
    assert conninfo_to_dict(warehouse_url("odd_warehouse")) == {
        "host": "127.0.0.1",
        "port": "5433",
        "user": "lo:ader",
        "password": PASSWORD,
        "dbname": "ware house",
        "sslmode": "require",
    }


@pytest.mark.parametrize(
    ("host", "port", "hosts", "ports"),
    [
        ("db1,db2", 6432, "db1,db2", "6432,6432"),
        ("db1, db2", None, "db1,db2", ","),
        ("db1:5433,db2", 6432, "db1,db2", "5433,6432"),
        ("fd00::1", 5432, "fd00::1", "5432"),
        ("[fd00::1]:5433,[fd00::2]", 6432, "fd00::1,fd00::2", "5433,6432"),
        ("/run/postgresql", 5432, "/run/postgresql", "5432"),
    ],
)
def test_a_warehouse_may_have_several_hosts_of_which_one_is_the_primary(
    host: str, port: int | None, hosts: str, ports: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection(
        monkeypatch, "two_hosts", conn_type="postgres", host=host, port=port, login="l", schema="w",
        extra={"target_session_attrs": "read-write", "tcp_user_timeout": 5000},
    )  # fmt: skip
    found = {
        "host": hosts, "port": ports, "user": "l", "dbname": "w", "tcp_user_timeout": "5000",
        "target_session_attrs": "read-write",
    }  # fmt: skip
    assert conninfo_to_dict(warehouse_url("two_hosts")) == found


def test_a_uri_of_several_hosts_gives_them_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_IN_URI",
        "postgresql://l:p@db1,db2:6432/w?target_session_attrs=read-write",
    )
    assert conninfo_to_dict(warehouse_url("in_uri")) == {
        "host": "db1,db2", "port": "6432,6432", "user": "l", "password": "p", "dbname": "w",
        "target_session_attrs": "read-write",
    }  # fmt: skip


def test_a_variable_that_airflow_cannot_read_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PORTS", "postgresql://l:hidden@db1:5432,db2:5433/w")
    with pytest.raises(SetupError, match="cannot read the connection ports in the variable") as no:
        warehouse_url("ports")
    assert "one port for all hosts" in str(no.value.remedy)
    assert "hidden" not in str(no.value)


def test_a_domain_has_a_role_of_an_administrators_only_where_a_connection_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert domain_warehouse_url("finance") is None
    connection(
        monkeypatch, "medallion_warehouse_finance", conn_type="postgres", host="h", login="finance"
    )
    assert domain_warehouse_url("finance") == "postgresql://finance@h/"


def test_details_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "tmdb_odd", conn_type="http", host="h", password="s3cr3t-token")
    details = connection_details("tmdb_odd")
    assert details.password == "s3cr3t-token"
    assert "s3cr3t" not in repr(details)


def test_a_connection_that_wants_a_token_says_how_it_gets_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As Airflow's own hook is asked for one: `azure_conn_id` and `iam`."""
    given = {"conn_type": "postgres", "host": "db", "login": "loader", "schema": "warehouse"}
    extra = {"iam": True, "azure_conn_id": "azure_default", "sslmode": "verify-full"}
    connection(monkeypatch, "by_token", **given, extra=extra)
    with pytest.raises(SetupError, match="says `iam`") as caught:
        warehouse_url("by_token")
    assert "MEDALLION_WAREHOUSE_AUTH=entra" in caught.value.remedy
    monkeypatch.setenv("MEDALLION_WAREHOUSE_AUTH", "entra")
    assert warehouse_url("by_token") == "postgresql://loader@db/warehouse?sslmode=verify-full"


def test_a_connection_of_another_type_is_no_warehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "not_pg", conn_type="mysql", host="h")
    with pytest.raises(SetupError, match=r"not_pg is of type 'mysql'"):
        warehouse_url("not_pg")


def test_a_database_is_opened_by_the_hook_of_its_provider(
    monkeypatch: pytest.MonkeyPatch, pg_url: str
) -> None:
    found = {key: str(value) for key, value in conninfo_to_dict(pg_url).items()}
    connection(
        monkeypatch,
        "shop_db",
        conn_type="postgres",
        host=found["host"],
        port=int(found["port"]),
        login=found["user"],
        password=found["password"],
        schema=found["dbname"],
    )
    with open_database("shop_db") as opened, opened.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(
    ("conn_type", "remedy"),
    [
        ("trino", "install apache-airflow-providers-trino"),
        ("odbc", "install apache-airflow-providers-odbc"),
        ("exotic", "install the provider that knows it"),
        ("http", "name the connection of a database|provider"),
    ],
)
def test_a_missing_provider_is_named(
    monkeypatch: pytest.MonkeyPatch, conn_type: str, remedy: str
) -> None:
    connection(monkeypatch, "shop_db", conn_type=conn_type, host="h", password="s3cr3t")
    with pytest.raises(SetupError, match=remedy) as raised:
        open_database("shop_db")
    assert "s3cr3t" not in str(raised.value)
