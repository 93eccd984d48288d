"""`roles`: what the specs say, what is in the database, and a line for each difference."""

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import REPLACE, Run, query

from medallion.names import worker_of
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.steps.publish import step as publish
from medallion.warehouse.roles import domain_role
from medallion.warehouse.roles.reconcile import reconcile
from medallion.warehouse.session.connection import connect

SPEC = """\
description: What the sensors say.
datasets:
  readings:
    source: {{type: file, path: include/data/lab/readings.csv}}
    silver: {{columns: {{id: {{type: bigint}}}}, grants: [{grants}], share_with: [{share_with}]}}
  later:
    source: {{type: file, path: include/data/lab/later.csv}}
    silver: {{columns: {{id: {{type: bigint}}}}, grants: [bi_reader]}}
"""


def specs(root: Path, grants: str = "", share_with: str = "") -> tuple[LoadedSpec, ...]:
    path = root / "specs" / "lab" / "sensors.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SPEC.format(grants=grants, share_with=share_with))
    (root / "include/data/lab").mkdir(parents=True, exist_ok=True)
    for name in ("readings", "later"):
        (root / f"include/data/lab/{name}.csv").write_text("id\n1\n")
    loaded = load_all(root, sql_reader(root))
    assert not loaded.issues, loaded.issues
    return tuple(loaded.specs)


@pytest.fixture
def admin_url(pg_url: str, warehouse_db: str) -> str:
    """The superuser, on the warehouse."""
    return make_conninfo(pg_url, dbname=str(conninfo_to_dict(warehouse_db)["dbname"]))


def test_rights_follow_the_specs_and_every_change_is_said(
    warehouse_db: str, admin_url: str, tmp_path: Path
) -> None:
    analyst, by_hand = (f"analyst_{secrets.token_hex(4)}" for _ in range(2))
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    publish.run(REPLACE, run.context())
    wanted = specs(tmp_path, grants=analyst, share_with="finance")
    lines = list(reconcile(admin_url, warehouse_db, wanted))
    database = conninfo_to_dict(warehouse_db)["dbname"]
    assert {
        f"{analyst} is created",
        f"{analyst} may connect to {database}",
        f"reader_lab may connect to {database}",
        f"{worker_of('lab', str(database))} is created",
        f"{analyst} may read silver_lab.readings",
        "the domain finance may read silver_lab.readings",
    } <= set(lines)
    assert list(reconcile(admin_url, warehouse_db, wanted)) == []
    with psycopg.connect(admin_url) as admin:
        admin.execute(f"CREATE ROLE {by_hand}; GRANT SELECT ON silver_lab.readings TO {by_hand}")
    kept = f"{by_hand} may read silver_lab.readings by hand: kept."
    changed = list(reconcile(admin_url, warehouse_db, specs(tmp_path)))
    assert changed[:2] == [
        "the domain finance may no longer read silver_lab.readings",
        f"{analyst} may no longer read silver_lab.readings",
    ]
    assert [line.startswith(kept) for line in changed[2:]] == [True]
    assert query(
        warehouse_db, f"SELECT has_table_privilege('{analyst}', 'silver_lab.readings', 'SELECT')"
    ) == [(False,)]


def test_a_grant_to_the_tables_owner_is_neither_given_nor_taken(
    warehouse_db: str, admin_url: str, tmp_path: Path
) -> None:
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    publish.run(REPLACE, run.context())
    owner = str(conninfo_to_dict(warehouse_db)["user"])
    lines = list(reconcile(admin_url, warehouse_db, specs(tmp_path, grants=owner)))
    assert f"{owner} needs no grant of silver_lab.readings: remove it from `grants`" in " ".join(
        lines
    )
    assert f"{owner} may read silver_lab.readings" not in lines
    list(reconcile(admin_url, warehouse_db, specs(tmp_path)))
    assert query(warehouse_db, "SELECT count(*) FROM silver_lab.readings") == [(1,)]


def test_a_reader_connects_within_its_limits(
    warehouse_db: str, admin_url: str, tmp_path: Path
) -> None:
    list(reconcile(admin_url, warehouse_db, specs(tmp_path)))
    password = secrets.token_urlsafe(16)
    with psycopg.connect(admin_url) as admin:
        admin.execute(sql.SQL("ALTER ROLE reader_lab LOGIN PASSWORD {}").format(password))
    reader_url = make_conninfo(warehouse_db, user="reader_lab", password=password)
    with psycopg.connect(reader_url) as reader:
        assert reader.execute(
            "SELECT current_setting('statement_timeout'),"
            " current_setting('idle_in_transaction_session_timeout'),"
            " (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user)"
        ).fetchone() == ("15min", "1h", 50)
    with psycopg.connect(admin_url) as admin:  # what an administrator sets stays
        admin.execute("ALTER ROLE reader_lab NOLOGIN CONNECTION LIMIT 7")
    assert list(reconcile(admin_url, warehouse_db, specs(tmp_path))) == []
    assert query(
        warehouse_db, "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'reader_lab'"
    ) == [(7,)]


def test_an_administrator_makes_the_roles_that_a_loader_may_not(
    warehouse_db: str, admin_url: str, tmp_path: Path
) -> None:
    loader = sql.Identifier(str(conninfo_to_dict(warehouse_db)["user"]))
    with psycopg.connect(admin_url) as admin:
        admin.execute(sql.SQL("ALTER ROLE {} NOCREATEROLE").format(loader))
    list(reconcile(admin_url, warehouse_db, specs(tmp_path)))
    with connect(warehouse_db) as connection:
        role = domain_role.role_of(connection, warehouse_db, "lab", None)
    domain_role.log_in(warehouse_db, role).close()
