"""`psql` opens a real session, as the loader or as the administrator."""

from __future__ import annotations

import os
import subprocess
import sys

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from medallion.local.postgres import _programs


def ask(url: str, admin: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    env |= {"MEDALLION_WAREHOUSE_URL": url, "PATH": f"{_programs()}:{env['PATH']}"}
    if admin:
        env["MEDALLION_ADMIN_URL"] = admin
    return subprocess.run(
        [sys.executable, "-m", "medallion.cli", "psql", *words],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_only_the_administrator_makes_a_role_of_a_reader(warehouse_db: str, pg_url: str) -> None:
    said = conninfo_to_dict(warehouse_db)
    admin = make_conninfo(pg_url, dbname=str(said["dbname"]))
    reader, ada = f"reader_of_{said['dbname']}", f"ada_of_{said['dbname']}"
    statement = f'CREATE ROLE "{ada}" LOGIN IN ROLE "{reader}"'
    ask(warehouse_db, admin, "--admin", "-c", f'CREATE ROLE "{reader}"')
    try:
        assert str(said["user"]) in ask(warehouse_db, admin, "-c", "SELECT current_user").stdout
        assert "permission denied" in ask(warehouse_db, admin, "-c", statement).stderr
        done = ask(warehouse_db, admin, "--admin", "-c", statement)
        assert (done.stdout, done.stderr) == ("CREATE ROLE\n", "")
    finally:
        for role in (ada, reader):
            ask(warehouse_db, admin, "--admin", "-c", f'DROP ROLE IF EXISTS "{role}"')


def test_of_another_warehouse_the_administrator_has_to_be_named(module_warehouse_db: str) -> None:
    done = ask(module_warehouse_db, "", "--admin", "-c", "SELECT 1")
    assert done.returncode == 1
    assert "MEDALLION_ADMIN_URL is not set" in done.stderr
