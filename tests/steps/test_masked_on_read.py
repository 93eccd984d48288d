"""A column that one team reads in clear: through gold, views, quarantine, messages, preview."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from deltalake import DeltaTable
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.kill_matrix_child import PlanRun, run_task
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.errors import SetupError
from medallion.names import PublishedTable, TableName
from medallion.operations.lake_tables import list_lake_steps
from medallion.operations.snapshots import take_snapshot
from medallion.publish.read_mask import ReadMask
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.steps.lake_table import bring_in_step, open_lake_table
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.roles.reconcile import reconcile
from medallion.warehouse.session.connection import connect
from medallion.warehouse.tables.run_results import sample

SPEC = """\
description: Accounts of a bank.
datasets:
  accounts:
    description: One row per account.
    source: {type: file, format: csv, path: include/data/bank/accounts.csv}
    silver:
      primary_key: [account]
      write_disposition: merge
      grants: [reader_bank, %(team)s]
      guard: {max_quarantined_percent: null}
      publish_to: [{format: delta, location: "file://%(lake)s"}]
      columns:
        account: {type: bigint}
        iban:
          type: text
          classification: {pii: bank_account, protect: mask, unmasked_for: [%(team)s]}
        opened: {type: date, classification: {pii: other, protect: mask, unmasked_for: [%(team)s]}}
        town: {type: text}
      checks:
        - {matches: {column: iban, regex: "^DE[0-9]+$", on_failure: quarantine}}
        - {matches: {column: iban, regex: "^DE8", on_failure: warn}}
gold:
  kept:
    sql: kept.sql
    grants: [reader_bank, %(team)s]
  shown:
    sql: shown.sql
    materialization: view
    grants: [reader_bank, %(team)s]
"""
SELECT = "select account, iban, opened from silver_bank.accounts"
LINES = """\
account,iban,opened,town
1,DE89370400440532,2020-01-31,Bonn
2,XX-SECRET-IBAN,2020-01-31,Ulm
"""
CLEAR = [(1, "DE89370400440532", datetime(2020, 1, 31, tzinfo=UTC).date())]
MASKED = [(1, "****0532", None)]


@dataclass(frozen=True, kw_only=True)
class Bank:
    """The pipeline, and a login of each kind of reader."""

    run: PlanRun
    admin_url: str
    team: str
    logins: dict[str, str]
    lake: Path

    def read(self, who: str, table: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.logins[who]) as connection:
            query = f"SELECT account, iban, opened FROM {table}"
            return connection.execute(query.encode()).fetchall()


@pytest.fixture
def bank(
    pg_url: str, warehouse_db: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bank]:
    lake = tmp_path_factory.mktemp("open")  # not in the project, which is the platform's own
    mark = secrets.token_hex(4)
    team, password = f"fraud_{mark}", secrets.token_urlsafe(16)
    files = {
        "specs/bank/accounts.yaml": SPEC % {"team": team, "lake": lake},
        "specs/access.yaml": f"lakes: {{bank: ['file://{lake}']}}\n",
        "include/sql/bank/kept.sql": SELECT,
        "include/sql/bank/shown.sql": SELECT,
        "include/data/bank/accounts.csv": LINES,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    loaded = load_all(tmp_path, sql_reader(tmp_path))
    assert loaded.issues == ()
    admin_url = make_conninfo(pg_url, dbname=str(conninfo_to_dict(warehouse_db)["dbname"]))
    list(reconcile(admin_url, warehouse_db, loaded.specs))
    logins = {}
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for who, roles in (("ana", (team,)), ("ben", ("reader_bank",))):
            login = sql.Identifier(f"{who}_{mark}")
            made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}")
            names = sql.SQL(", ").join(map(sql.Identifier, roles))
            admin.execute(made.format(login, sql.Literal(password), names))
            logins[who] = make_conninfo(warehouse_db, user=f"{who}_{mark}", password=password)
    run = PlanRun(
        plan=plan_of("bank.accounts", tmp_path),
        run_id="manual__1",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=tmp_path,
        lake_root=tmp_path / "lake",
        warehouse_url=warehouse_db,
        connections={},
    )
    yield Bank(run=run, admin_url=admin_url, team=team, logins=logins, lake=lake)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for role in (f"ana_{mark}", f"ben_{mark}", team, f"boss_{team}"):
            name = sql.Identifier(role)
            admin.execute(sql.SQL("DROP OWNED BY {}; DROP ROLE {}").format(name, name))


def test_each_reader_sees_his_own_and_nobody_else_shows_it(
    bank: Bank, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    for task in bank.run.plan.tasks:
        run_task(bank.run, task.task_id)
    for table in ("silver_bank.accounts", "gold_bank.shown"):
        assert (bank.read("ana", table), bank.read("ben", table)) == (CLEAR, MASKED), table
    # A table is built once, for everybody: by the domain, which is not of the team.
    assert bank.read("ana", "gold_bank.kept") == bank.read("ben", "gold_bank.kept") == MASKED
    url = bank.run.warehouse_url
    held = query(
        url, "SELECT record->>'iban', record->>'opened' FROM quarantine_silver_bank.accounts"
    )
    assert held == [("[protected]", "[protected]")]
    results = str(query(url, "SELECT g::text FROM medallion.gate_results AS g"))
    assert "failed" in results or "warned" in results
    profiles = str(query(url, "SELECT p::text FROM medallion.column_profiles AS p"))
    for secret in ("DE893704", "SECRET", "2020-01-31"):
        assert secret not in caplog.text
        assert secret not in results + profiles
    comment = "SELECT col_description('silver_bank.accounts'::regclass, 2)"
    assert query(url, comment) == [
        (f"Personal data (bank account): masked, in clear for {bank.team}.",)
    ]
    _hold_to_copies(bank, tmp_path)
    _hold_to_lake(bank)
    _hold_to_roles(bank, tmp_path)


def _hold_to_copies(bank: Bank, folder: Path) -> None:
    """A snapshot has what its taker sees; a sample of what is stored is masked."""
    table = PublishedTable.of(TableName("silver_bank", "accounts"))
    for who, secret in (("ben", False), ("ana", True)):
        snapshot = take_snapshot(bank.logins[who], str(folder / who), table, Pin(), name="x")
        assert snapshot.rows == 1
        import pyarrow.parquet as pq

        rows = [pq.read_table(one).to_pylist() for one in (folder / who).rglob("*.parquet")]
        assert ("DE893704" in str(rows)) is secret
    masks = (
        ReadMask(column="iban", roles=(bank.team,), is_email=False, keep_last=4),
        ReadMask(column="opened", roles=(bank.team,), is_email=False, keep_last=4),
    )
    stored = TableName("store_silver_bank", "accounts__v1")
    with connect(bank.run.warehouse_url) as connection:
        found = sample(connection, stored, 10, masks)
    assert found is not None and found.rows == ((1, "****0532", None, "Bonn"),)


def _hold_to_lake(bank: Bank) -> None:
    """A lake has no roles, so it gets the mask; and nothing of a loader that reads in clear."""
    folder = bank.lake
    rows = (
        DeltaTable(str(folder)).to_pyarrow_table(columns=["account", "iban", "opened"]).to_pylist()
    )
    assert rows == [{"account": 1, "iban": "****0532", "opened": None}]
    before = sorted(folder.rglob("*"))
    team, loader = bank.team, str(conninfo_to_dict(bank.run.warehouse_url)["user"])
    with psycopg.connect(bank.admin_url, autocommit=True) as admin:
        names = sql.Identifier(team), sql.Identifier(loader)
        admin.execute(sql.SQL("GRANT {} TO {} WITH INHERIT TRUE").format(*names))
        for again in (True, False):
            (step,) = list_lake_steps([bank.run.plan])
            context = bank.run.context("accounts.publish_delta")
            with pytest.raises(SetupError, match="the loader's role reads iban, opened in clear"):
                bring_in_step(step, open_lake_table(step, context), context, again=again)
        admin.execute(sql.SQL("REVOKE {} FROM {}").format(*names))
    assert sorted(folder.rglob("*")) == before


def _hold_to_roles(bank: Bank, root: Path) -> None:
    """`roles` brings the masks in step without a run."""
    path = root / "specs/bank/accounts.yaml"
    boss = f"boss_{bank.team}"
    path.write_text(path.read_text().replace(f"_for: [{bank.team}]", f"_for: [{boss}]"))
    specs = load_all(root, sql_reader(root)).specs
    lines = list(reconcile(bank.admin_url, bank.run.warehouse_url, specs))
    assert f"silver_bank.accounts.iban is masked, but for {boss}" in lines
    assert bank.read("ana", "silver_bank.accounts") == MASKED
    assert list(reconcile(bank.admin_url, bank.run.warehouse_url, specs)) == []
