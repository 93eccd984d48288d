"""What a restored warehouse has forgotten is found by the lake, and published again from it."""

from __future__ import annotations

import logging
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.failover.shop import SALES, SOURCE, SPEC, TOTALS, Shop
from tests.steps.staged import query

from medallion.cli.__main__ import main
from medallion.lake.receipts import FOLDER
from medallion.local.postgres import _programs


def copy_database(url: str, target: str) -> None:
    """By a dump, as backups are made."""
    programs = _programs()
    dump = [str(programs / "pg_dump"), "--no-owner", "--no-privileges", "--dbname", url]
    text = subprocess.run(dump, check=True, capture_output=True).stdout
    restore = [str(programs / "psql"), "-qX", "-v", "ON_ERROR_STOP=1", "--dbname", target]
    subprocess.run(restore, check=True, input=text, stdout=subprocess.DEVNULL)


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = Shop.make(tmp_path, warehouse_db)
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("MEDALLION_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("MEDALLION_LAKE_ROOT", str(tmp_path / "lake"))
    monkeypatch.setattr(logging.getLogger("medallion"), "handlers", [])
    made.run_day(0, "1,10.00\n2,20.00\n")
    return made


@pytest.fixture
def restored(
    shop: Shop, warehouse_db: str, second_warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A warehouse as it was before a second day, which the lake has."""
    copy_database(warehouse_db, second_warehouse_db)
    shop.run_day(1, "2,21.00\n3,30.00\n")
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", second_warehouse_db)
    return second_warehouse_db


def reconcile(shop: Shop, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["reconcile", "--root", str(shop.root), *words])
    return code, capsys.readouterr().out


def test_where_both_know_all_nothing_is_to_be_done(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reconcile(shop, capsys, "--verify") == (0, "Warehouse and lake agree on 2 tables.\n")


def test_a_spec_that_is_refused_is_named(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    (shop.root / "specs/shop/sales.yaml").write_text(SPEC.replace("merge", "merged"))
    code, said = reconcile(shop, capsys)
    assert (code, said) == (
        1,
        "✗ specs/shop/sales.yaml is refused (`validate` says why): its tables are not compared\n",
    )


def test_what_is_forgotten_is_said_and_published_again_without_its_source(
    shop: Shop, warehouse_db: str, restored: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert query(restored, TOTALS) == [("30.00",)]
    (shop.root / SOURCE).unlink()
    code, said = reconcile(shop, capsys)
    assert code == 1
    lost = [line for line in said.splitlines() if line.startswith("✗")]
    assert [line.split()[1] for line in lost] == ["silver_shop.sales:", "gold_shop.totals:"]
    assert "version 1 (3 rows) was published by shop.sales scheduled__1 at 20" in lost[0]
    assert "With --run 1 run will be published again, from the lake." in said
    assert query(restored, TOTALS) == [("30.00",)]  # nothing was changed
    code, said = reconcile(shop, capsys, "--run")
    assert "✓ shop.sales scheduled__1: silver_shop.sales, gold_shop.totals: published again" in said
    assert code == 0
    for asked in (SALES, TOTALS):
        assert query(restored, asked) == query(warehouse_db, asked)
    assert reconcile(shop, capsys, "--verify", "--run")[0] == 0


def test_the_number_of_a_landing_is_one_that_is_free(
    shop: Shop, restored: str, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(shop, url=restored).run_day(
        5, "9,90.00\n"
    )  # has the number that the forgotten landing had
    assert reconcile(shop, capsys, "--run")[0] == 0
    runs = (
        "SELECT s.sale_id, l.run_id FROM silver_shop.sales AS s"
        " JOIN medallion.loads AS l ON l.load_id = s._load_id ORDER BY 1"
    )
    assert query(restored, runs) == [
        (1, "scheduled__0"), (2, "scheduled__1"), (3, "scheduled__1"), (9, "scheduled__5")
    ]  # fmt: skip


def test_a_spec_that_has_changed_since_counts_as_it_is_now(
    shop: Shop, restored: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = shop.root / "specs/shop/sales.yaml"
    spec.write_text(SPEC.replace("Sales of the day", "What was sold"))
    assert reconcile(shop, capsys, "--run")[0] == 0
    assert reconcile(shop, capsys)[0] == 0
    assert query(restored, TOTALS) == [("61.00",)]


def test_a_landing_that_is_gone_or_changed_is_named(
    shop: Shop, restored: str, capsys: pytest.CaptureFixture[str]
) -> None:
    landing = shop.landing("scheduled__0")
    (part,) = [one for one in landing.iterdir() if one.name.endswith(".csv")]
    part.write_bytes(part.read_bytes().replace(b"10.00", b"11.00"))
    code, said = reconcile(shop, capsys, "--run", "--verify")
    assert code == 1
    assert "landing of shop.sales scheduled__0 is not in the lake as it was (rows of it are" in said
    assert "was changed after it was landed" in said
    assert said.endswith("clear them in Airflow.\n  shop.sales scheduled__0\n")
    shutil.rmtree(landing)
    code, said = reconcile(shop, capsys)
    assert (code, "there is no landing in" in said) == (1, True)


def test_without_its_landing_a_publication_is_not_made_again(
    shop: Shop, restored: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(shop.landing("scheduled__1"))
    code, said = reconcile(shop, capsys, "--run")
    assert code == 1
    assert (
        "✗ shop.sales scheduled__1: silver_shop.sales, gold_shop.totals: there is no landing"
        in said
    )
    assert query(restored, TOTALS) == [("30.00",)]


def test_a_landing_that_was_not_published_is_named_too(
    shop: Shop, warehouse_db: str, restored: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.run_day(2, "4,40.00\n", until="sales.land")
    assert reconcile(shop, capsys, "--run")[0] == 1
    code, said = reconcile(shop, capsys)
    assert code == 1
    assert "✗ silver_shop.sales: shop.sales scheduled__2 has landed 1 record at 20" in said
    replace(shop, url=restored).run_day(2, "4,40.00\n")
    # The former landing is one of an earlier try now.
    assert reconcile(shop, capsys)[0] == 0


def test_a_receipt_that_is_damaged_says_nothing(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shop.root / "lake" / FOLDER / "silver" / "shop" / "sales"
    (folder / "20260101-0123456789-0000.json").write_text('{"table": 5}')
    (folder / "notes.txt").write_text("")
    assert reconcile(shop, capsys)[0] == 0


def test_what_another_run_has_published_since_is_left(
    shop: Shop, restored: str, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(shop, url=restored).run_day(1, "2,21.00\n3,30.00\n", run_id="manual__1")
    code, said = reconcile(shop, capsys)
    assert code == 0, said
    assert "Nothing is to be done: manual__1 has published since" in said
    assert said.count("· ") == 2
