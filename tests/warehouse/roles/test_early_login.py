"""A login of a domain's role that has begun before its rights were compared."""

from __future__ import annotations

import time

import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo
from tests.warehouse.roles.test_domain_role import asked, prepared

from medallion.warehouse.roles import domain_role
from medallion.warehouse.roles.early_login import early_login
from medallion.warehouse.session.connection import connect


def wait_for_none_of(url: str, role: str) -> None:
    """Wait until the role has no session: the server notices a moment later that one was closed."""
    deadline = time.monotonic() + 30
    with connect(url) as loader:
        while asked(loader, "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", role):
            assert time.monotonic() < deadline, "a session that nobody has taken stays open"
            loader.rollback()
            time.sleep(0.05)


def test_its_session_is_the_roles_and_is_had_once(warehouse_db: str) -> None:
    role = prepared(warehouse_db)
    with early_login(warehouse_db, "lab", None) as early:
        found = early.take(role)
        assert found is not None
        with found as session:
            assert asked(session, "SELECT session_user::text") == role.name
            assert asked(session, "SHOW search_path") == "pg_catalog,pg_temp"
        assert early.take(role) is None
    wait_for_none_of(warehouse_db, role.name)


def test_what_nobody_takes_is_closed(warehouse_db: str) -> None:
    role = prepared(warehouse_db)
    with early_login(warehouse_db, "lab", None):
        pass
    wait_for_none_of(warehouse_db, role.name)


def test_a_role_that_is_not_there_gives_none(warehouse_db: str) -> None:
    with early_login(warehouse_db, "lab", None) as early:
        with connect(warehouse_db) as loader:
            role = domain_role.role_of(loader, warehouse_db, "lab", None)
        assert early.take(role) is None


def test_the_session_of_another_role_is_not_had(warehouse_db: str) -> None:
    role = prepared(warehouse_db)
    with early_login(warehouse_db, "shop", None) as early:
        assert early.take(role) is None


def test_rights_are_those_of_now_and_not_of_the_login(warehouse_db: str) -> None:
    role = prepared(warehouse_db)
    grantee = sql.Identifier(role.name)
    with connect(warehouse_db) as loader:
        loader.execute("CREATE TABLE gold_lab.shared (a int); CREATE TABLE gold_lab.other (a int)")
        loader.execute(sql.SQL("GRANT SELECT ON gold_lab.other TO {}").format(grantee))
    with early_login(warehouse_db, "lab", None) as early:
        found = early.take(role)
        assert found is not None
        with connect(warehouse_db) as loader:
            loader.execute(sql.SQL("GRANT SELECT ON gold_lab.shared TO {}").format(grantee))
            loader.execute(sql.SQL("REVOKE SELECT ON gold_lab.other FROM {}").format(grantee))
        with found as session:
            assert asked(session, "SELECT count(*) FROM gold_lab.shared") == 0
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute("SELECT FROM gold_lab.other")


def test_the_role_is_foreseen_where_the_loaders_url_says_all(warehouse_db: str) -> None:
    given = make_conninfo(warehouse_db, user="analysts", password="x")
    with connect(warehouse_db) as loader:
        for url in (None, given):
            known = domain_role.role_of(loader, warehouse_db, "lab", url)
            assert domain_role.foresee_role(warehouse_db, "lab", url) == known


@pytest.mark.parametrize("url", ["host=db dbname=w user=loader", "host=db password=x user=loader"])
def test_it_is_not_foreseen_without_password_or_database(url: str) -> None:
    assert domain_role.foresee_role(url, "lab", None) is None
