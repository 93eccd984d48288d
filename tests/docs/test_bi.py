"""docs/bi.md: its examples are valid specs and show each kind of chart; its commands are run.

Those that need a Superset are run in tests/bi/live/test_page.py.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import get_args

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.docs.bi_page import PII, commands_of, page_of, write_page_project
from tests.docs.pages import Project

from medallion.airflow.loader import plan_of
from medallion.cli.__main__ import main
from medallion.plan.make import make_plan
from medallion.spec.load.specs import load_all
from medallion.spec.models.bi_kinds import ChartKind
from medallion.spec.sql.reader import sql_reader
from medallion.warehouse.registry.declared_tables import declare
from medallion.warehouse.roles.bi_login import BI_LOGIN

ORDERS = "day,shop,country,buyer,amount\n2026-01-01,North,FR,ada,10.5\n"


def test_the_examples_are_valid_and_show_every_kind_of_chart(
    project_root: Path, tmp_path: Path
) -> None:
    write_page_project(project_root, tmp_path)
    report = load_all(tmp_path, sql_reader(tmp_path))
    assert report.issues == ()
    (loaded,) = report.specs
    shown = {chart.kind for chart in make_plan(loaded).dashboards[-1].charts}
    assert shown == set(get_args(ChartKind))


def test_the_role_that_its_command_makes_reads_what_the_page_says(
    project_root: Path,
    tmp_path: Path,
    warehouse_db: str,
    pg_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (line,) = re.findall(r"^MEDALLION_.* -m medallion\.cli roles$", page_of(project_root), re.M)
    database = str(conninfo_to_dict(warehouse_db)["dbname"])
    values = {
        "MEDALLION_BI_PASSWORD": "of-superset",
        "MEDALLION_ADMIN_URL": make_conninfo(pg_url, dbname=database),
        "MEDALLION_WAREHOUSE_URL": warehouse_db,
    }
    assert set(re.findall(r"(\w+)=…", line)) == values.keys()
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    write_page_project(project_root, tmp_path)
    assert main([*commands_of(project_root, "roles")[0].split(), "--root", str(tmp_path)]) == 0
    project = Project(root=tmp_path, url=warehouse_db, connections=PII)
    project.write("include/data/shop/orders.csv", ORDERS)
    project.run("shop.sales")
    with psycopg.connect(warehouse_db) as loader:
        declare(loader, plan_of("shop.sales", tmp_path), "digest")
    login = make_conninfo(warehouse_db, user=BI_LOGIN, password="of-superset")
    with psycopg.connect(login, autocommit=True) as reader:
        ask = reader.execute
        assert ask("SELECT shop, amount FROM gold_shop.sales").fetchall() == [("North", 10.5)]
        assert ask("SELECT state FROM medallion_bi.freshness").rowcount == 1
        for table in ("silver_shop.orders", "quarantine_silver_shop.orders", "medallion.loads"):
            with pytest.raises(errors.InsufficientPrivilege):
                ask(f"SELECT * FROM {table}")  # type: ignore[arg-type]  # ours
        with pytest.raises(errors.ReadOnlySqlTransaction):
            ask("CREATE TEMPORARY TABLE t (a integer)")
        assert ask("SHOW statement_timeout").fetchone() == ("1min",)
        assert ask("SHOW TimeZone").fetchone() == ("UTC",)
        limit = "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user"
        assert ask(limit).fetchone() == (30,)


def test_make_starts_the_stack_with_superset(project_root: Path) -> None:
    """Dry: it is run for real in tests/bi/live/test_make_bi.py."""
    assert "`make bi` installs" in page_of(project_root)
    said = subprocess.run(
        ["make", "--dry-run", "bi"], cwd=project_root, capture_output=True, text=True, check=True
    ).stdout
    started = r"-m medallion\.local bi --environment \S+/\.medallion/superset/venv$"
    assert re.search(started, said, re.MULTILINE)
