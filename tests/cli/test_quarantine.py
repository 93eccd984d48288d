"""The command on quarantine: what it prints, and what becomes of the rows."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.kill_matrix_child import PlanRun
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.cli.__main__ import main
from medallion.lake.servers import keep_server
from medallion.steps.publish.primary import read_server
from medallion.steps.run import run_step
from medallion.warehouse.journal.keeper import JournalSettings, make_journal
from medallion.warehouse.session.transaction import session

SPEC = """\
description: Sales of the day.
datasets:
  sales:
    source: {type: file, format: csv, path: include/data/shop/sales.csv}
    silver:
      primary_key: [sale_id]
      write_disposition: append
      guard: {max_quarantined_percent: null}
      columns:
        sale_id: {type: bigint}
        amount: {type: "decimal(8,2)"}
gold:
  totals: {sql: totals.sql}
"""


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("specs/shop", "include/sql/shop", "include/data/shop"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "specs/shop/sales.yaml").write_text(SPEC)
    (tmp_path / "include/sql/shop/totals.sql").write_text(
        "select sum(amount) as total from silver_shop.sales"
    )
    (tmp_path / "include/data/shop/sales.csv").write_text(
        "sale_id,amount\n1,10.00\n2,€ 5 [b]\n3,€ 6\n"
    )
    run = PlanRun(
        plan=plan_of("shop.sales", tmp_path),
        run_id="scheduled__1",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=tmp_path,
        lake_root=tmp_path / "lake",
        warehouse_url=warehouse_db,
        connections={},
    )
    for task in run.plan.tasks:
        run_step(task.step, run.context(task.task_id))
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("MEDALLION_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("MEDALLION_LAKE_ROOT", str(tmp_path / "lake"))
    monkeypatch.setattr(logging.getLogger("medallion"), "handlers", [])
    return tmp_path


def test_list_tells_tables_runs_and_reasons_with_examples(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["quarantine", "list"]) == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if "silver_shop.sales" in x]
    assert [cell.strip() for cell in line.split("│")[1:4]] == ["silver_shop.sales", "2", "1"]
    assert main(["quarantine", "list", "silver_shop.sales"]) == 0
    reported = capsys.readouterr().out
    assert "shop.sales scheduled__1" in reported
    (line,) = [x for x in reported.splitlines() if "is not" in x]
    assert [cell.strip() for cell in line.split("│")[1:4]] == [
        "clean",
        'amount: "…" is not a number with at most 6 digits before and 2 after the point',
        "2",
    ]
    assert '"€ 5 [b]"' in line


def test_replay_says_what_left_and_builds_gold_again(
    shop: Path, capsys: pytest.CaptureFixture[str], warehouse_db: str
) -> None:
    spec = shop / "specs/shop/sales.yaml"
    spec.write_text(SPEC.replace('8,2)"}', '8,2)", clean: [money]}'))
    assert main(["quarantine", "replay", "silver_shop.sales"]) == 0
    reported = capsys.readouterr().out
    assert "shop.sales scheduled__1: 1 row left quarantine, 1 still in it" in reported
    assert "gold_shop.totals: built again" in reported
    assert query(warehouse_db, "SELECT total::text FROM gold_shop.totals") == [("16.00",)]
    (shop / "include/data/shop/sales.csv").unlink()  # what is tried again is the landing
    spec.write_text(SPEC.replace('8,2)"}', '8,2)", nullable: true, null_values: ["€ 5 [b]", € 6]}'))
    assert main(["quarantine", "replay", "silver_shop.sales"]) == 0
    assert "scheduled__1: 1 row left quarantine, 0 still in it" in capsys.readouterr().out
    assert main(["quarantine", "replay", "silver_shop.sales"]) == 0
    assert "Nothing of silver_shop.sales is open" in capsys.readouterr().out


def test_a_replay_is_in_the_journal_of_who_changed_what(
    shop: Path, warehouse_db: str, pg_url: str
) -> None:
    admin = make_conninfo(pg_url, dbname=str(conninfo_to_dict(warehouse_db)["dbname"]))
    kept = timedelta(days=400)
    list(make_journal(admin, warehouse_db, JournalSettings(reads_for=kept, changes_for=kept)))
    spec = shop / "specs/shop/sales.yaml"
    spec.write_text(SPEC.replace('8,2)"}', '8,2)", clean: [money]}'))
    assert main(["quarantine", "replay", "silver_shop.sales", "--run", "other"]) == 1
    entries = (
        "SELECT who, action, table_name FROM medallion.access_journal"
        " WHERE kind = 'change' AND action <> 'publish by a changed spec'"
    )
    assert query(warehouse_db, entries) == [], "it changes nothing"
    assert main(["quarantine", "replay", "silver_shop.sales", "--row", "2"]) == 0
    assert query(warehouse_db, entries) == [("command line", "replay", "sales")]
    assert query(warehouse_db, "SELECT details FROM medallion.operator_actions") == [
        ({"row numbers": [2], "runs": ["scheduled__1"]},)
    ]


def test_a_broken_spec_is_reported_and_the_rows_stay(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "specs/shop/sales.yaml").write_text("datasets: [")
    assert main(["quarantine", "replay", "silver_shop.sales"]) == 1
    assert "2 rows not replayed: specs/shop/sales.yaml" in capsys.readouterr().out


def test_nothing_is_dropped_on_a_former_primary(
    shop: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    warehouse_db: str,
) -> None:
    monkeypatch.setenv("MEDALLION_LAKE_ROOT", str(tmp_path / "seen"))
    with session(warehouse_db, "asking which server it is") as connection:
        here = read_server(connection)
    assert here is not None
    keep_server(tmp_path / "seen", replace(here, timeline=here.timeline + 1))
    for words in (["--run", "scheduled__1"], ["--row=1"]):
        assert main(["quarantine", "drop", "silver_shop.sales", *words]) == 1
        assert "this PostgreSQL is a former primary" in capsys.readouterr().err
    keep_server(tmp_path / "seen", here)
    assert main(["quarantine", "drop", "silver_shop.sales", "--run", "scheduled__1"]) == 0
    assert "dropped 2 rows" in capsys.readouterr().out


def test_drop_counts_what_it_deletes(
    shop: Path, capsys: pytest.CaptureFixture[str], warehouse_db: str
) -> None:
    assert main(["quarantine", "drop", "silver_shop.sales", "--obsolete"]) == 0
    assert "dropped 0 rows of silver_shop.sales" in capsys.readouterr().out
    assert main(["quarantine", "drop", "silver_shop.sales", "--run", "other"]) == 1
    assert "those that have: scheduled__1" in capsys.readouterr().err
    assert main(["quarantine", "drop", "silver_shop.sales", "--run", "scheduled__1"]) == 0
    assert "dropped 2 rows of silver_shop.sales" in capsys.readouterr().out
    deleted = "SELECT kind, table_name, rows, rows_open, reason FROM medallion.deletions"
    assert query(warehouse_db, deleted) == [("quarantine", "sales", 2, 2, "dropped by hand")]
    assert main(["quarantine", "list"]) == 0
    assert "Nothing is in quarantine." in capsys.readouterr().out


@pytest.mark.parametrize("row", ["0", "-1", "x", str(2**63)])
def test_a_number_that_no_row_has_is_refused_before_the_warehouse_is_asked(
    row: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["quarantine", "drop", "silver_shop.sales", f"--row={row}"])
    assert "cannot be a row's number: `quarantine list TABLE` shows them" in capsys.readouterr().err
