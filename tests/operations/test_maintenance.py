"""What the specs do not keep any longer goes, is counted, and nothing else goes with it."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.steps.kill_matrix_child import NEVER, CallCounter, PlanRun
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.errors import LakeError, WarehouseRefused
from medallion.lake.servers import keep_server, read_servers
from medallion.names import Layer, PublishedTable, run_key
from medallion.operations import maintenance, old_partitions
from medallion.operations.maintenance import Maintained, Swept, maintain
from medallion.operations.surroundings import Surroundings
from medallion.operations.unneeded_landings import age_of_quarantine
from medallion.plan.keeping import Keeping
from medallion.steps.preload import STEPS as STEPS_MODULES
from medallion.steps.publish.primary import FormerPrimary
from medallion.steps.run import run_step
from medallion.warehouse.registry.pins import add_pin, remove_pin
from medallion.warehouse.session.transaction import session

SPEC = """\
description: Sales of the day.
datasets:
  sales:
    source: {type: file, format: csv, path: include/data/shop/sales.csv}
    bronze: {retention: 30d}
    silver:
      primary_key: [sale_id]
      write_disposition: append
      columns:
        sale_id: {type: bigint}
        amount: {type: "decimal(8,2)"}
"""
LINES = "sale_id,amount\n1,10.00\n2,bad\n"
LANDINGS = (
    "SELECT run_id, deleting_at IS NOT NULL, deleted_at IS NOT NULL FROM medallion.loads ORDER BY 1"
)
DELETED = (
    "SELECT kind, table_name, reason, rows, rows_open FROM medallion.deletions ORDER BY deletion_id"
)
IN_QUARANTINE = "SELECT run_id, record->>'sale_id' FROM quarantine_silver_shop.sales ORDER BY 1, 2"


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A project with a lake, and a warehouse."""

    root: Path
    url: str

    def spec(self, text: str = SPEC, domain: str = "") -> None:
        folder = self.root / "specs/shop"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sales.yaml").write_text(text)
        (folder / "domain.yaml").write_text(domain)

    def run(
        self, run_id: str, *, until: str = "sales.publish", day: int = 0, lines: str = LINES
    ) -> PlanRun:
        (self.root / "include/data/shop").mkdir(parents=True, exist_ok=True)
        (self.root / "include/data/shop/sales.csv").write_text(lines)
        process = PlanRun(
            plan=plan_of("shop.sales", self.root),
            run_id=run_id,
            interval_end=datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=day),
            project_root=self.root,
            lake_root=self.root / "lake",
            warehouse_url=self.url,
            connections={},
        )
        for task in process.plan.tasks:
            run_step(task.step, process.context(task.task_id))
            if task.task_id == until:
                break
        return process

    def age(self, run_id: str, days: int) -> None:
        """Let a run be older than it is."""
        ago = timedelta(days=days)
        with psycopg.connect(self.url) as connection:
            for table, column in (
                ("medallion.loads", "extracted_at"),
                ("medallion.task_runs", "finished_at"),
                ("medallion.task_runs", "started_at"),
                ("quarantine_silver_shop.sales", "quarantined_at"),
            ):
                if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
                    continue
                connection.execute(
                    sql.SQL("UPDATE {} SET {c} = {c} - %s WHERE run_id = %s").format(
                        sql.Identifier(*table.split(".")), c=sql.Identifier(column)
                    ),
                    [ago, run_id],
                )

    def maintain(self, *, dry_run: bool = False) -> Maintained:
        return maintain("shop", self.surroundings(), dry_run=dry_run)

    def surroundings(self) -> Surroundings:
        return Surroundings(
            project_root=self.root,
            lake_root=str(self.root / "lake"),
            warehouse_url=self.url,
            connection={}.__getitem__,
            log=logging.getLogger("medallion.test"),
        )

    def run_key(self, run_id: str) -> str:
        return run_key("shop.sales", run_id)

    def landings(self) -> list[Path]:
        return sorted((self.root / "lake").rglob("manifest.json"))


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Shop:
    made = Shop(root=tmp_path, url=warehouse_db)
    made.spec()
    return made


def test_a_landing_past_its_retention_goes_with_its_quarantine_and_is_counted(shop: Shop) -> None:
    old = shop.run("old")
    shop.run("young", day=1)
    shop.age("old", 31)
    shop.age("young", 29)
    would = shop.maintain(dry_run=True)
    assert [(one.what, one.rows) for one in would.swept] == [("landing", 2)]
    assert len(shop.landings()) == 2
    assert query(shop.url, LANDINGS) == [("old", False, False), ("young", False, False)]

    done = shop.maintain()
    assert done.problems == ()
    assert done.swept == would.swept
    assert len(shop.landings()) == 1
    assert query(shop.url, LANDINGS) == [("old", True, True), ("young", False, False)]
    assert query(shop.url, IN_QUARANTINE) == [("young", "2")]
    reason = "retention of 30 days"
    assert query(shop.url, DELETED) == [
        ("landing", "sales", reason, 2, None),
        ("quarantine", "sales", f"its landing: {reason}", 1, 1),
    ]
    lineage = (
        "SELECT l.run_id, l.deleted_at IS NOT NULL FROM silver_shop.sales"
        " JOIN medallion.row_lineage AS l USING (_load_id, _bronze_part) ORDER BY 1"
    )
    assert query(shop.url, lineage) == [("old", True), ("young", False)]
    assert shop.maintain().swept == ()
    clean = next(task for task in old.plan.tasks if task.task_id == "sales.clean")
    with pytest.raises(LakeError, match=r"was deleted by its retention on .*\n.*sales\.land, if"):
        run_step(clean.step, old.context("sales.clean"))


def test_a_deleted_landing_is_back_once_its_run_is_done_again(shop: Shop) -> None:
    shop.run("old")
    shop.age("old", 31)
    shop.maintain()
    shop.run("old")
    assert query(shop.url, LANDINGS) == [("old", False, False)]
    assert shop.maintain().swept == ()
    assert query(shop.url, "SELECT sale_id FROM silver_shop.sales") == [(1,)]


def test_the_landing_of_a_run_that_is_not_done_stays_for_a_week(shop: Shop) -> None:
    shop.spec(SPEC.replace("30d", "1d"))
    shop.run("going on", until="sales.gate_bronze")
    shop.age("going on", 6)
    assert shop.maintain().swept == ()
    shop.age("going on", 2)
    assert [one.what for one in shop.maintain().swept] == ["landing"]


def test_quarantine_has_a_retention_of_its_own_and_the_domain_may_say_it(shop: Shop) -> None:
    shop.spec(domain="quarantine: {retention: 10d}\n")
    shop.run("old")
    shop.run("young", day=1)
    shop.age("old", 11)
    would = shop.maintain(dry_run=True)
    assert [(one.what, one.items) for one in would.swept] == [
        ("rows of quarantine, 1 of them open", 1)
    ]
    assert len(query(shop.url, IN_QUARANTINE)) == 2
    assert shop.maintain().swept == would.swept
    assert query(shop.url, IN_QUARANTINE) == [("young", "2")]
    assert query(shop.url, DELETED) == [("quarantine", "sales", "retention of 10 days", 1, 1)]
    assert len(shop.landings()) == 2


WITHOUT = SPEC.replace("    bronze: {retention: 30d}\n", "")
REPLACED = WITHOUT.replace(
    "write_disposition: append", "write_disposition: replace\n      keep_versions: 1"
)
MERGED = WITHOUT.replace("write_disposition: append", "write_disposition: merge")


def be_upgraded(shop: Shop, days: int) -> None:
    """Let the registry have been upgraded so long ago."""
    with psycopg.connect(shop.url) as connection:
        connection.execute(
            "UPDATE medallion.registry_version SET applied_at = now() - %s", [timedelta(days=days)]
        )


def landings_in(done: Maintained) -> list[Swept]:
    """That were deleted, or would be."""
    return [one for one in done.swept if one.what == "landing"]


def drop_open_rows(shop: Shop) -> None:
    with psycopg.connect(shop.url) as connection:
        connection.execute("DELETE FROM quarantine_silver_shop.sales")


def test_without_a_retention_a_landing_goes_late_and_once_nothing_needs_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.spec(REPLACED)
    for day, run_id in enumerate(("a", "b", "c")):
        shop.run(run_id, day=day)
        shop.age(run_id, 800)
    be_upgraded(shop, 91)
    assert landings_in(shop.maintain()) == [], "rows of a and b are open in quarantine"
    drop_open_rows(shop)
    monkeypatch.setenv("MEDALLION_BRONZE_DAYS", "801")
    assert landings_in(shop.maintain()) == []
    monkeypatch.setenv("MEDALLION_BRONZE_DAYS", "never")
    assert landings_in(shop.maintain()) == []
    monkeypatch.delenv("MEDALLION_BRONZE_DAYS")
    would = shop.maintain(dry_run=True)
    assert len(shop.landings()) == 3
    done = shop.maintain()
    assert landings_in(done) == landings_in(would) != []
    gone = [row for row in query(shop.url, LANDINGS) if row[2]]
    kept = {row[0] for row in query(shop.url, LANDINGS)} - {row[0] for row in gone}
    assert "c" in kept, "readers' table is made of it"
    assert ("a", True, True) in gone
    reason = "older than 730 days, and nothing needs it"
    assert ("landing", "sales", reason, 2, None) in query(shop.url, DELETED)
    assert landings_in(shop.maintain()) == []


def test_a_dry_run_counts_landings_that_quarantine_needs_for_the_last_time(shop: Shop) -> None:
    shop.spec(REPLACED, domain="quarantine: {retention: 90d}\n")
    for day, run_id in enumerate(("a", "b", "c")):
        shop.run(run_id, day=day)
        shop.age(run_id, 800)
    be_upgraded(shop, 91)
    would = landings_in(shop.maintain(dry_run=True))
    assert len(shop.landings()) == 3
    assert landings_in(shop.maintain()) == would != []


def test_a_landing_that_published_rows_are_made_of_stays(shop: Shop) -> None:
    shop.spec(MERGED)
    for day, run_id in enumerate(("a", "b")):
        shop.run(run_id, day=day)
        shop.age(run_id, 9999)
    drop_open_rows(shop)
    be_upgraded(shop, 91)
    assert [one.place[-12:-2] for one in landings_in(shop.maintain())] == [shop.run_key("a")], (
        "b has written over all of its rows"
    )


def test_of_a_table_that_grows_each_landing_has_rows_and_stays(shop: Shop) -> None:
    shop.spec(WITHOUT)
    for day, run_id in enumerate(("a", "b")):
        shop.run(run_id, day=day)
        shop.age(run_id, 9999)
    drop_open_rows(shop)
    be_upgraded(shop, 91)
    assert landings_in(shop.maintain()) == []
    assert len(shop.landings()) == 2


def test_an_upgrade_deletes_nothing_for_a_while_and_says_what_it_will(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.spec(REPLACED)
    for day in range(4):
        shop.run(f"day {day}", day=day)
        shop.age(f"day {day}", 800)
    drop_open_rows(shop)
    moments = [datetime.now(UTC)]
    be_upgraded(shop, 89)
    moments.append(datetime.now(UTC))  # which is another day where midnight has passed
    with caplog.at_level(logging.INFO):
        assert landings_in(shop.maintain()) == []
    assert len(shop.landings()) == 4
    tomorrow = {f"from {one + timedelta(days=1):%Y-%m-%d} on" for one in moments}
    assert [one for one in tomorrow if one in caplog.text]
    assert "older than 730 days that nothing needs will be deleted" in caplog.text


def test_what_nobody_has_published_stays_until_a_later_landing_takes_its_place(shop: Shop) -> None:
    shop.spec(REPLACED)
    shop.run("unpublished", until="sales.gate_bronze")
    shop.age("unpublished", 800)
    be_upgraded(shop, 91)
    assert landings_in(shop.maintain()) == []
    shop.run("later", day=1)
    shop.age("later", 700)
    assert len(landings_in(shop.maintain())) == 1
    assert query(shop.url, LANDINGS) == [("later", False, False), ("unpublished", True, True)]


def test_the_registry_forgets_landings_and_journals_that_are_long_over(shop: Shop) -> None:
    shop.spec(REPLACED)
    for day, run_id in enumerate(("a", "b", "c")):
        shop.run(run_id, day=day)
        shop.age(run_id, 800)
    drop_open_rows(shop)
    be_upgraded(shop, 91)
    shop.maintain()
    with psycopg.connect(shop.url) as connection:
        for table, column in (
            ("loads", "deleted_at"),
            ("publications", "published_at"),
            ("task_runs", "finished_at"),
        ):
            connection.execute(
                sql.SQL("UPDATE medallion.{} SET {c} = {c} - interval '500 days'").format(
                    sql.Identifier(table), c=sql.Identifier(column)
                )
            )
        connection.execute("UPDATE medallion.publications SET version_kept = is_current")
        connection.execute(
            "UPDATE medallion.deletions SET deleted_at = deleted_at - interval '3649 days'"
        )
    gone = {row[0] for row in query(shop.url, LANDINGS) if row[2]}
    assert gone
    assert "entries of landings that are gone" in {one.what for one in shop.maintain().swept}
    assert {row[0] for row in query(shop.url, LANDINGS)} == {"a", "b", "c"} - gone
    assert query(shop.url, DELETED) != []
    with psycopg.connect(shop.url) as connection:
        connection.execute(
            "UPDATE medallion.deletions SET deleted_at = deleted_at - interval '2 days'"
        )
    shop.maintain()
    assert query(shop.url, DELETED) == []


def test_what_tries_have_left_is_swept(shop: Shop) -> None:
    shop.run("a", until="sales.land")
    shop.run("a", until="sales.land")  # a second try: the first landing is loose now
    (first, second) = shop.landings()
    assert (first.parent.name[-2:], second.parent.name[-2:]) == ("-1", "-2")
    assert shop.maintain().swept == ()
    long_ago = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    text = first.read_text()
    start = text.index('"extracted_at": "') + len('"extracted_at": "')
    first.write_text(text[:start] + long_ago + text[text.index('"', start) :])
    assert [one.what for one in shop.maintain().swept] == ["folder of bronze"]
    assert shop.landings() == [second]


def test_a_broken_spec_deletes_nothing_and_is_reported(shop: Shop) -> None:
    shop.run("old")
    shop.age("old", 31)
    (shop.root / "specs/shop/broken.yaml").write_text("datasets: [")
    done = shop.maintain()
    assert [one.what for one in done.swept] == ["landing"]
    assert done.passed_over == ("specs/shop/broken.yaml",)
    shop.spec(domain="bronze: {retention: soon}\n")
    assert len(shop.maintain().passed_over) == 2
    assert shop.maintain().problems == ()  # it is reported where the specs are refused


def test_a_landing_elsewhere_is_left_alone_and_reported(shop: Shop, tmp_path: Path) -> None:
    shop.run("old")
    shop.age("old", 31)
    elsewhere = tmp_path / "precious"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("x")
    with psycopg.connect(shop.url) as connection:
        connection.execute("UPDATE medallion.loads SET manifest_uri = %s", [str(elsewhere)])
    done = shop.maintain()
    assert "left alone" in done.problems[0]
    assert (elsewhere / "file").exists()


def run_maintenance(shop: Shop, kill_at: int, calls: multiprocessing.Queue[int] | None) -> None:
    counter = CallCounter(kill_at)
    sys.setprofile(counter)
    shop.maintain()
    sys.setprofile(None)
    if calls is not None:
        calls.put(counter.calls)


@pytest.mark.slow
def test_killed_anywhere_and_run_again_it_ends_the_same(shop: Shop) -> None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.steps.kill_matrix_child", *STEPS_MODULES])
    queue: multiprocessing.Queue[int] = processes.Queue()
    shop.run("quiet")
    shop.age("quiet", 31)
    quiet = processes.Process(target=run_maintenance, args=[shop, NEVER, queue])
    quiet.start()
    calls = queue.get(timeout=600)
    quiet.join()
    for number in range(1, 8):
        run_id = f"run {number}"
        shop.run(run_id, day=number)
        shop.age(run_id, 31)
        kill_at = calls * (2 + number) // 10
        disturbed = processes.Process(target=run_maintenance, args=[shop, kill_at, None])
        disturbed.start()
        disturbed.join(600)
        assert disturbed.exitcode == -signal.SIGKILL
        shop.maintain()
        assert shop.landings() == []
    every = [("quiet", True, True), *((f"run {n}", True, True) for n in range(1, 8))]
    assert sorted(query(shop.url, LANDINGS)) == sorted(every)
    assert query(shop.url, IN_QUARANTINE) == []
    counted = "SELECT kind, count(*), sum(rows)::int FROM medallion.deletions GROUP BY 1 ORDER BY 1"
    assert query(shop.url, counted) == [("landing", 8, 16), ("quarantine", 8, 8)]


PARTITIONED = (
    SPEC.replace("bronze: {retention: 30d}\n    ", "")
    .replace(
        "      columns:",
        "      partition_by: {column: sold_on, by: year, retention: 800d}\n      columns:\n"
        "        sold_on: {type: date}",
    )
    .replace("[sale_id]", "[sale_id, sold_on]")
)


def _years_of_sales() -> tuple[int, str]:
    """This year, and a sale of each of five years: the number is its age."""
    year = datetime.now(UTC).year
    sold = "".join(f"{number},{year - number}-05-01,1.00\n" for number in range(5))
    return year, f"sale_id,sold_on,amount\n{sold}"


SALES_TABLE = PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")
SALES = "SELECT sale_id FROM silver_shop.sales ORDER BY 1"
TOTAL = "SELECT rows_total FROM medallion.publications WHERE is_current"
DROPPED = "SELECT kind, table_name, reason, rows, place FROM medallion.deletions ORDER BY place"


def test_a_partition_past_its_retention_is_dropped_and_counted_and_no_other(shop: Shop) -> None:
    shop.spec(PARTITIONED)
    year, lines = _years_of_sales()
    shop.run("all", lines=lines)
    would = shop.maintain(dry_run=True)
    # The year before the last is over for 800 days from some day of March on.
    gone = len(would.swept)
    assert gone in (1, 2)
    assert would.swept[0].place == f"store_silver_shop.sales__v1__p{year - 4}"
    assert len(query(shop.url, SALES)) == 5
    done = shop.maintain()
    assert [(one.what, one.rows) for one in done.swept] == [("partition", 1)] * gone
    assert done.swept == would.swept
    assert query(shop.url, SALES) == [(number,) for number in range(5 - gone)]
    assert query(shop.url, TOTAL) == [(5 - gone,)]
    said = [
        ("partition", "sales", "retention of 800 days", 1, f"store_silver_shop.sales__v1__p{back}")
        for back in range(year - 4, year - 4 + gone)
    ]
    assert query(shop.url, DROPPED) == said
    assert shop.maintain().swept == ()
    # Loaded once more, the years are there again, and gone by the next maintenance.
    shop.run("again", lines=lines)
    assert len(query(shop.url, SALES)) == 5
    assert query(shop.url, TOTAL) == [(5,)]
    assert len(shop.maintain().swept) == gone


def test_a_partition_that_is_pinned_or_being_read_stays(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.spec(PARTITIONED)
    shop.run("all", lines=_years_of_sales()[1])
    with session(shop.url, "pinning") as connection:
        add_pin(connection, SALES_TABLE, 1, "ada")
    assert shop.maintain().swept == ()
    with monkeypatch.context() as earlier:  # somebody pins it after maintenance has looked
        earlier.setattr(old_partitions, "pins_of", lambda *_: {})
        assert shop.maintain().swept == ()
    assert query(shop.url, DROPPED) == []
    with session(shop.url, "pinning") as connection:
        remove_pin(connection, SALES_TABLE, 1)
    with psycopg.connect(shop.url) as reader, monkeypatch.context() as impatient:
        impatient.setattr(old_partitions, "LOCK_SECONDS", 0.5)
        reader.execute(SALES)
        found = shop.maintain()
        assert (found.swept, found.problems) == ((), ())
        assert len(reader.execute(SALES).fetchall()) == 5
    assert shop.maintain().swept != ()


def test_receipts_go_after_three_months(shop: Shop) -> None:
    shop.spec()
    shop.run("day_1")
    folder = shop.root / "lake/publications/silver/shop/sales"
    (new,) = folder.iterdir()
    old = new.rename(folder / f"20250101{new.name[8:]}")
    (folder / new.name).write_text(old.read_text())
    kept = Swept(table="silver_shop.sales", what="receipts of publications", items=1)
    assert kept in shop.maintain(dry_run=True).swept
    assert old.exists()
    assert kept in shop.maintain().swept
    assert [one.name for one in folder.iterdir()] == [new.name]


def test_a_former_primary_deletes_nothing(shop: Shop) -> None:
    shop.run("monday")
    shop.age("monday", days=10_000)
    (here,) = read_servers(shop.root / "lake")
    keep_server(shop.root / "lake", replace(here, timeline=here.timeline + 1))
    for dry_run in (True, False):
        with pytest.raises(FormerPrimary, match="former primary"):
            shop.maintain(dry_run=dry_run)
    kept = len(shop.landings())
    assert kept == 1
    keep_server(shop.root / "lake", here)
    shop.maintain()


CHANGES = """\
description: Changes of the shop's orders.
datasets:
  sales:
    source: {type: file, format: csv, path: include/data/shop/sales.csv}
    bronze: {retention: 90d}
    silver:
      primary_key: [sale_id]
      write_disposition: merge
      deleted_when: is_gone
      guard: {min_rows: 0}
      columns:
        sale_id: {type: bigint}
        amount: {type: "decimal(8,2)", nullable: true}
        is_gone: {type: boolean}
"""
AMOUNTS = "SELECT sale_id, amount FROM silver_shop.sales ORDER BY 1"
DELETED_KEYS = "SELECT count(*) FROM medallion.deleted_keys"


def test_a_deletion_is_forgotten_when_nothing_from_before_it_is_left(shop: Shop) -> None:
    shop.spec(CHANGES)
    shop.run("first", lines="sale_id,amount,is_gone\n1,10,false\n2,20,false\n")
    shop.run("second", day=1, lines="sale_id,amount,is_gone\n1,,true\n")
    with psycopg.connect(shop.url) as connection:
        connection.execute(
            "UPDATE medallion.deleted_keys SET known_at = known_at - interval '401 d'"
        )
    shop.age("first", 402)
    assert query(shop.url, DELETED_KEYS) == [(1,)]
    # The landing goes in this maintenance; that of the deletion itself is still there.
    assert not any("deleted keys" in one.what for one in shop.maintain().swept)
    shop.run("third", day=500, lines="sale_id,amount,is_gone\n3,30,false\n")
    shop.age("second", 401)
    would = shop.maintain(dry_run=True).swept
    assert not any("deleted keys" in one.what for one in would), "the landing is still there"
    gone = [one for one in shop.maintain().swept if "deleted keys" in one.what]
    assert [(one.what, one.items) for one in gone] == [("entries of deleted keys", 1)]
    assert query(shop.url, DELETED_KEYS) == [(0,)]
    with pytest.raises(WarehouseRefused, match="is known no longer") as refused:
        shop.run("first", lines="sale_id,amount,is_gone\n1,10,false\n")
    assert "full_refresh" in str(refused.value.remedy)
    assert query(shop.url, AMOUNTS) == [(2, Decimal(20)), (3, Decimal(30))]
    shop.run("fourth", day=501, lines="sale_id,amount,is_gone\n1,11,false\n")
    assert query(shop.url, AMOUNTS)[0] == (1, Decimal(11))


def test_a_deletion_stays_known_for_as_long_as_the_registry_keeps_things(shop: Shop) -> None:
    shop.spec(CHANGES)
    shop.run("first", lines="sale_id,amount,is_gone\n1,,true\n")
    shop.age("first", 399)
    with psycopg.connect(shop.url) as connection:
        connection.execute(
            "UPDATE medallion.deleted_keys SET known_at = known_at - interval '399 d'"
        )
    shop.maintain()
    assert query(shop.url, DELETED_KEYS) == [(1,)]


def test_what_a_topic_has_in_quarantine_goes_when_landings_do(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody corrects a message: what is not replayed would keep its landing for ever."""
    topic = replace(_keeping(shop), is_stream=True)
    assert age_of_quarantine(topic) == timedelta(days=730)
    assert age_of_quarantine(replace(topic, is_stream=False)) is None
    assert age_of_quarantine(replace(topic, bronze=timedelta(days=900))) is None
    assert age_of_quarantine(replace(topic, quarantine=timedelta(days=9))) == timedelta(days=9)
    monkeypatch.setenv("MEDALLION_BRONZE_DAYS", "never")
    assert age_of_quarantine(topic) is None
    monkeypatch.setenv("MEDALLION_BRONZE_DAYS", "100")
    shop.run("old")
    shop.age("old", 101)
    with psycopg.connect(shop.url) as connection:
        connection.execute("UPDATE medallion.registry_version SET applied_at = '2020-01-01'")
    counted = "SELECT rows_read, rows_published, rows_quarantined FROM medallion.publications"
    before = query(shop.url, counted)
    monkeypatch.setattr(maintenance, "read_keepings", lambda *_: iter([topic]))
    shop.maintain()
    assert query(shop.url, IN_QUARANTINE) == []
    assert query(shop.url, DELETED) == [("quarantine", "sales", "retention of 100 days", 1, 1)], (
        "the landing stays: a published row is of it"
    )
    assert query(shop.url, counted) == before


def _keeping(shop: Shop) -> Keeping:
    shop.spec(SPEC.replace("    bronze: {retention: 30d}\n", ""))
    return next(iter(maintenance.read_keepings("shop", shop.surroundings(), [])))


def test_a_topic_s_table_is_known_as_one(shop: Shop) -> None:
    file = "{type: file, format: csv, path: include/data/shop/sales.csv}"
    assert not _keeping(shop).is_stream
    shop.spec(SPEC.replace(file, "{type: kafka, conn_id: shop_kafka, topic: sales}"))
    (kept,) = maintenance.read_keepings("shop", shop.surroundings(), [])
    assert kept.is_stream
