"""One person is erased from everything, for each place a test; and nothing brings her back."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType

import psycopg
import pytest
from deltalake import DeltaTable
from pyiceberg.table import StaticTable
from tests.cli.test_reconcile import copy_database
from tests.operations.people.shop import (
    KEY,
    PERSON,
    Shop,
    has,
    publish_to,
    search_lake,
    search_warehouse,
)
from tests.steps.staged import query

from medallion.errors import SetupError, StagingLost, WarehouseUnavailable
from medallion.lake.servers import keep_server, read_servers
from medallion.local.postgres import _programs
from medallion.operations.people.erase import erase_again, erase_person
from medallion.operations.people.rotate import rotate
from medallion.operations.reconcile import find_differences, runs_of
from medallion.operations.republish import republish
from medallion.steps.clean.erased.people import PeopleKey
from medallion.steps.publish.primary import FormerPrimary
from medallion.steps.run import run_step
from medallion.warehouse.registry.erasures import begin, one_at_a_time

ZOE = [("Zoe",)] * 6


@pytest.fixture
def one_day(tmp_path: Path, warehouse_db: str) -> Shop:
    """The shop after its first day."""
    made = Shop(root=tmp_path / "shop", url=warehouse_db)
    made.write()
    made.deliver(0)
    made.day(0)
    return made


@pytest.fixture
def shop(one_day: Shop) -> Shop:
    """The shop after two days: each table has former versions, or rows of both."""
    one_day.deliver(1)
    one_day.day(1)
    return one_day


def erase(shop: Shop, value: str = "ada@example.org", *, is_meant: bool = True) -> dict[str, int]:
    (erasure,) = erase_person(
        shop.surroundings(), by="dpo", column="email", value=value, is_meant=is_meant
    )
    assert erasure.problems == []
    return erasure.counts


def hashed(text: str) -> str:
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def search_dump_and_logs(shop: Shop, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What a backup that is made now has of her, and what was logged before and since."""
    dump = subprocess.run(
        [str(_programs() / "pg_dump"), "--dbname", shop.url], check=True, capture_output=True
    ).stdout.decode()
    logged = [
        record.getMessage() for when in ("setup", "call") for record in caplog.get_records(when)
    ]
    places = {"dump": dump, "log": "\n".join(logged)}
    assert all(len(text) > 1000 for text in places.values())
    return [
        f"{where}: {word}" for where, text in places.items() for word in PERSON if has(text, word)
    ]


def test_nothing_has_her_afterwards_and_nobody_else_is_missing(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    person = (*PERSON, hashed("ada@example.org"))
    assert {line.partition(": ")[2] for line in search_warehouse(shop.url, person)} == set(person)
    assert len(search_lake(shop.lake)) > len(PERSON)
    before = shop.read()
    would = erase(shop, is_meant=False)
    assert shop.read() == before, "a dry run changes nothing"
    counts = erase(shop, " ADA@example.org")
    assert search_lake(shop.lake) == []
    assert search_warehouse(shop.url) == []
    assert search_dump_and_logs(shop, caplog) == []
    left = search_warehouse(shop.url, (hashed("ada@example.org"),))
    assert left == [f"medallion.erased_people: {hashed('ada@example.org')}"]
    assert shop.read() == {
        "customers": [("Bob Builder",), ("Nada",), *ZOE],
        "former": [("Bob Builder",), ('Cy, "the" Young',), ("Nada",), *ZOE],
        "payments": [(2,), (12,)],
        "visits": [("bob@example.org",), ("nada@example.org",)],
        "best": [("Bob Builder",)],
    }
    assert counts["record"] == would["record"]
    assert counts["row"] >= would["row"]
    known = "SELECT rows_total FROM medallion.publications WHERE is_current AND table_name ="
    for name in ("customers", "payments", "visits"):
        rows = query(shop.url, f"SELECT count(*) FROM silver_shop.{name}")
        assert query(shop.url, f"{known} '{name}'") == rows, name


def test_no_run_brings_her_back_and_every_row_is_counted(shop: Shop) -> None:
    erase(shop)
    after = shop.read()
    shop.day(1, land=False)  # as a replay: the same landing once more
    shop.deliver(1)
    shop.day(1)  # as a backfill: the source still has her
    assert shop.read() == after
    assert search_lake(shop.lake) == [], "in a line that is no record she is found by her hash"
    discarded = query(
        shop.url,
        "SELECT p.table_name, p.rows_discarded, t.details->'erased'"
        " FROM medallion.publications AS p JOIN medallion.task_runs AS t"
        " ON t.run_id = p.run_id AND t.task_id = p.table_name || '.clean'"
        " WHERE p.layer = 'silver' ORDER BY p.publication_id DESC LIMIT 4",
    )
    assert sorted(discarded) == [
        ("customers", 2, 2),
        ("former_customers", 2, 2),
        ("payments", 1, 1),
        ("visits", 1, 1),
    ]
    assert shop.accounts() == [(0,)]
    assert search_warehouse(shop.url) == []
    assert set(erase(shop)) == {"former landing deleted"}, "those of the first tries"
    assert erase(shop) == {}


def test_a_line_that_is_not_json_goes_with_its_text_from_quarantine(one_day: Shop) -> None:
    shop = one_day
    shop.deliver(1)
    payments = shop.root / "include/data/shop/payments.jsonl"
    with payments.open("a") as lines:
        lines.write('{"payment": 13, "note": "from ada@example.org"\n{"payment": 14, "note": \n')
    shop.day(1, only="payments")
    kept = "SELECT record->>'_text' FROM quarantine_silver_shop.payments ORDER BY 1"
    broken = [('{"payment": 13, "note": "from ada@example.org"',), ('{"payment": 14, "note": ',)]
    assert query(shop.url, kept) == broken
    erase(shop)
    assert query(shop.url, kept) == broken[1:]
    payments.unlink()
    assert [place for place in search_lake(shop.lake) if "payments" in place] == []


def test_what_was_cleaned_before_an_erasure_is_not_published_after_it(one_day: Shop) -> None:
    shop = one_day
    shop.deliver(1)
    run = shop.run(1)
    tasks = [task for task in run.plan.tasks if task.task_id.startswith("payments.")]
    for task in tasks[:-1]:
        run_step(task.step, run.context(task.task_id))
    publish, context = tasks[-1].step, run.context(tasks[-1].task_id)
    erase(shop, "p30@example.org")  # who has paid nothing: the run cannot know that
    with pytest.raises(StagingLost, match="a person was erased after it was made"):
        run_step(publish, context)
    erase(shop)
    with pytest.raises(StagingLost):
        run_step(publish, context)
    shop.day(1, only="payments.", land=False)
    assert shop.read()["payments"] == [(2,), (12,)]


def test_a_landing_that_the_warehouse_does_not_know_stays(one_day: Shop) -> None:
    shop = one_day
    (known,) = (shop.lake / "bronze/shop/payments").glob("*/*")
    other = known.parent.parent / "20260109T000000Z" / "0123456789-1"
    shutil.copytree(known, other)
    (erasure,) = erase_person(
        shop.surroundings(), by="dpo", column="email", value="ada@example.org", is_meant=True
    )
    assert (other / "manifest.json").exists()
    assert [str(other) in one and "reconcile" in one for one in erasure.problems] == [True]


@pytest.mark.slow
def test_what_a_restored_warehouse_publishes_again_has_nobody_who_was_erased(
    one_day: Shop, second_warehouse_db: str
) -> None:
    copy_database(one_day.url, second_warehouse_db)
    restored = replace(one_day, url=second_warehouse_db)
    one_day.deliver(1)
    one_day.day(1)
    erase(one_day)
    where = restored.surroundings()
    tables = [task.step.table for task in restored.run(1).plan.tasks]

    def publish_again() -> None:
        for run, lost in runs_of(
            list(find_differences(list(dict.fromkeys(tables)), where))
        ).items():
            republish(run, lost, where)

    with pytest.raises(SetupError, match="people were erased from shop since"):
        publish_again()
    (first,) = erase_again(where, by="dpo", is_meant=True)
    assert all("reconcile" in problem for problem in first.problems), "the landings of the day"
    publish_again()
    (second,) = erase_again(where, by="dpo", is_meant=True)
    assert second.problems == []
    assert search_warehouse(restored.url) == search_lake(restored.lake) == []
    assert restored.read() == one_day.read()
    assert restored.accounts() == [(0,)]


def test_two_erasures_of_a_domain_do_not_meet(one_day: Shop) -> None:
    with (
        one_at_a_time(one_day.url, "shop"),
        pytest.raises(WarehouseUnavailable, match="another erasure from shop is running"),
    ):
        erase(one_day)
    assert query(one_day.url, "SELECT count(*) FROM medallion.erasures") == [(0,)]


STEPS = (
    "keep_erased_person", "replace_part", "replace_manifest", "confirm_part", "_erase_rows",
    "follow_downstream", "drop_old_versions", "finish",
)  # fmt: skip
"""Functions of the erasure, in their order: a process is killed as it calls one of them."""


def erase_and_die(shop: Shop, step: str) -> None:
    """In a process of its own."""

    def kill(frame: FrameType, event: str, argument: object) -> None:
        is_ours = "/medallion/" in frame.f_code.co_filename
        if event == "call" and is_ours and frame.f_code.co_name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(kill)
    erase(shop)


@pytest.mark.slow
def test_killed_at_each_step_and_run_again_it_ends_the_same(one_day: Shop) -> None:
    shop = one_day
    fork = multiprocessing.get_context("fork")
    for step in STEPS:
        process = fork.Process(target=erase_and_die, args=(shop, step))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL, step
    with psycopg.connect(shop.url) as connection:  # of somebody else, later, and ended by nobody
        somebody = {"email": frozenset(["0" * 64])}
        begin(connection, "shop", "dpo", somebody, PeopleKey(KEY.encode()).id)
    (again,) = erase_again(shop.surroundings(), by="dpo", is_meant=True)
    assert again.problems == []
    erase(shop)
    assert search_lake(shop.lake) == search_warehouse(shop.url) == []
    assert shop.read()["payments"] == [(2,)]
    journal = query(shop.url, "SELECT begun_by, finished_at IS NULL FROM medallion.erasures")
    assert set(journal) == {("dpo", False)}
    shop.day(0, land=False)
    assert search_warehouse(shop.url) == []


@pytest.mark.parametrize("format_", ["delta", "iceberg"])
def test_lake_tables_have_nothing_of_her_either_in_files_or_in_logs(
    tmp_path: Path, warehouse_db: str, format_: str
) -> None:
    def read_names(name: str) -> list[str]:
        folder = str(lake / name)
        if format_ == "delta":
            return sorted(DeltaTable(folder).to_pyarrow_table()["name"].to_pylist())
        return sorted(StaticTable.from_metadata(folder).scan().to_arrow()["name"].to_pylist())

    lake = tmp_path / "open_lake"
    spec = publish_to(f"file://{lake}", format_)
    shop = Shop(root=tmp_path / "shop", url=warehouse_db, spec=spec, lakes=f"file://{lake}")
    shop.write()
    for day in range(2):
        shop.deliver(day)
        shop.day(day)
    assert len(search_lake(lake)) > len(PERSON)
    assert erase(shop, is_meant=False)["lake table"] == 3
    assert erase(shop)["lake table"] == 3
    assert search_lake(lake) == []
    assert read_names("customers") == ["Bob Builder", "Nada", *["Zoe"] * 6]
    assert read_names("best") == ["Bob Builder"]


def test_nobody_is_called_erased_on_a_former_primary(one_day: Shop) -> None:
    """She would stay on the present one, and be on the list of whom runs keep out."""
    lake, where = one_day.lake, one_day.surroundings()
    before = search_warehouse(one_day.url)
    (here,) = read_servers(lake)
    keep_server(lake, replace(here, timeline=here.timeline + 1))
    for is_meant in (False, True):
        with pytest.raises(FormerPrimary, match="former primary"):
            erase_person(where, column="email", value="zoe@example.org", by="t", is_meant=is_meant)
        with pytest.raises(FormerPrimary, match="former primary"):
            erase_again(where, by="t", is_meant=is_meant)
        with pytest.raises(FormerPrimary, match="former primary"):
            rotate(where, by="t", conn_id="pii_default", is_meant=is_meant)
    assert search_warehouse(one_day.url) == before != []
