"""Connections to one of several hosts, and how long a server may be silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from medallion.errors import WarehouseRefused, WarehouseUnavailable
from medallion.warehouse.roles.catalogue_reader import catalogue_url
from medallion.warehouse.session.connection import connect, without_password
from medallion.warehouse.session.transaction import session


def of_two_hosts(url: str, **more: object) -> str:
    """The server's behind one that does not answer."""
    found = conninfo_to_dict(url)
    hosts = {"host": f"127.0.0.1,{found['host']}", "port": f"1,{found['port']}"}
    return make_conninfo(url, **hosts, target_session_attrs="read-write", **more)


def test_the_host_that_may_write_is_found(warehouse_db: str) -> None:
    url = of_two_hosts(warehouse_db)
    with session(url, "preparing") as connection:
        assert connection.info.port == int(str(conninfo_to_dict(warehouse_db)["port"]))
    assert "target_session_attrs=read-write" in without_password(url)


def test_a_server_that_is_silent_is_given_up_in_time(warehouse_db: str) -> None:
    with connect(warehouse_db) as connection:
        kept = connection.info.get_parameters()
    assert (kept["keepalives_idle"], kept["keepalives_count"]) == ("60", "3")
    assert kept["tcp_user_timeout"] == "90000"
    with connect(of_two_hosts(warehouse_db, tcp_user_timeout=5000)) as connection:
        assert connection.info.get_parameters()["tcp_user_timeout"] == "5000"


def test_where_no_host_may_write_it_is_tried_again_later(warehouse_db: str) -> None:
    with read_only(warehouse_db), pytest.raises(WarehouseUnavailable, match="session is read-only"):
        connect(of_two_hosts(warehouse_db))


def test_a_role_that_only_reads_finds_the_primary_too(warehouse_db: str) -> None:
    url = catalogue_url(of_two_hosts(warehouse_db))
    with connect(url) as connection:
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)


def test_a_session_that_may_not_write_is_no_standby(warehouse_db: str) -> None:
    with (
        read_only(warehouse_db),
        pytest.raises(WarehouseRefused, match="read-only transaction"),
        session(warehouse_db, "preparing") as connection,
    ):
        connection.execute("CREATE TABLE half (a integer)")


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """Sessions of the database may not write, but for this."""
    with session(url, "preparing"):
        pass  # the registry is there
    name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    change = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(change.format(name, sql.Literal("on")))
    try:
        yield
    finally:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("SET default_transaction_read_only = off")
            owner.execute(change.format(name, sql.Literal("off")))


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"dbname": "nowhere"}], ids=str)
def test_a_login_that_is_refused_is_not_called_a_server_that_is_down(
    wrong: dict[str, str], warehouse_db: str
) -> None:
    from medallion.client import connect as open_desk

    url = make_conninfo(warehouse_db, **wrong)
    ways: list[Callable[[], object]] = [
        lambda: session(url, "reading").__enter__(),
        lambda: open_desk(url),
    ]
    for way in ways:
        with pytest.raises(WarehouseUnavailable) as refused:
            way()
        assert refused.value.remedy.startswith("the server is up, and refuses the login")
    with pytest.raises(WarehouseUnavailable, match="is the server up"):
        session(make_conninfo(warehouse_db, port=1), "reading").__enter__()
