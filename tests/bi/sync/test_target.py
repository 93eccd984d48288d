"""Where a sync goes, from two connections and a checkout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine import make_url

from medallion.bi.sync.target import remote_of, target_of
from medallion.errors import SetupError
from medallion.names import SUPERSET_CONN_ID, SUPERSET_WAREHOUSE_CONN_ID
from medallion.sources.base.source import ConnectionDetails

SUPERSET = ConnectionDetails(
    conn_id=SUPERSET_CONN_ID, conn_type="http", host="bi.example", schema="https", login="bot",
    password="s3cret", extra={"project": "shop", "specs_url": "https://git.example/shop/"},
)  # fmt: skip
READER = ConnectionDetails(
    conn_id=SUPERSET_WAREHOUSE_CONN_ID, conn_type="postgres", host="db", port=5432,
    schema="ware house", login="reader@x", password="pa:ss@word", extra={"sslmode": "require"},
)  # fmt: skip


def test_a_target_and_its_links(tmp_path: Path) -> None:
    target = target_of(SUPERSET, READER, tmp_path)
    assert target.server.url == "https://bi.example"
    assert target.warehouse.project == "shop"
    assert target.warehouse.sqlalchemy_uri == (
        "postgresql+psycopg2://reader%40x@db:5432/ware%20house?sslmode=require"
    )
    assert target.link("specs/a b.yaml") == "https://git.example/shop/specs/a%20b.yaml"
    assert "s3cret" not in repr(target)
    assert "pa:ss" not in repr(target)


def test_a_reader_may_name_the_replica_and_then_the_primary(tmp_path: Path) -> None:
    extra = {"sslmode": "require", "target_session_attrs": "prefer-standby"}
    two = replace(READER, host="db1,db2:6432", extra=extra)
    uri = target_of(SUPERSET, two, tmp_path).warehouse.sqlalchemy_uri
    _, given = PGDialect_psycopg2().create_connect_args(make_url(uri))
    assert given == {
        "host": "db1,db2", "port": "5432,6432", "user": "reader@x", "dbname": "ware house", **extra,
    }  # fmt: skip


def test_a_reader_that_never_writes_asks_for_the_primary(tmp_path: Path) -> None:
    two = replace(READER, host="db1,db2", extra={"target_session_attrs": "read-write"})
    uri = target_of(SUPERSET, two, tmp_path).warehouse.sqlalchemy_uri
    assert uri.endswith("target_session_attrs=primary&host=db1%2Cdb2&port=5432%2C5432")


def test_the_remote_of_a_checkout_without_the_login_in_it(tmp_path: Path) -> None:
    assert remote_of(tmp_path) == ""
    (tmp_path / ".git").mkdir()
    remote = "https://me:tok%en@git.example:8443/team/data.git"
    (tmp_path / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {remote}\n')
    assert remote_of(tmp_path) == "https://git.example:8443/team/data/blob/HEAD"


def test_a_connection_that_is_no_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=SUPERSET_WAREHOUSE_CONN_ID):
        target_of(
            SUPERSET,
            ConnectionDetails(conn_id=SUPERSET_WAREHOUSE_CONN_ID, conn_type="http"),
            tmp_path,
        )
