"""A fixed spec and a replay: the tables, counts and history are those of runs that were right."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.docs.pages import Project
from tests.steps.kill_matrix_child import NEVER, CallCounter, PlanRun
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.errors import SetupError, WarehouseUnavailable
from medallion.names import Layer, PublishedTable
from medallion.operations.rebuild_gold import rebuild_gold
from medallion.operations.replay_quarantine import Asker, ReplayedRun, Verdict, replay
from medallion.operations.surroundings import Surroundings
from medallion.steps.preload import GATE
from medallion.steps.preload import STEPS as STEPS_MODULES
from medallion.steps.run import run_step
from medallion.warehouse.quarantine.runs import one_replay_at_a_time
from medallion.warehouse.registry.operator_actions import REPLAY, record_action
from medallion.warehouse.session.transaction import session

SALES = PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")
SPEC = """\
description: Sales of the day.
datasets:
  sales:
    source: {type: file, format: csv, path: include/data/shop/sales.csv}
    silver:
      primary_key: [sale_id]
      write_disposition: WRITE_DISPOSITION
      guard: {max_shrink_percent: null}
      columns:
        sale_id: {type: bigint}
        amount: AMOUNT
      checks:
        - between: {column: amount, min_value: LOWEST, on_failure: quarantine}
        - row_count: {min_value: 2}
gold:
  totals:
    sql: totals.sql
"""
SQL = (
    "select count(*) as sales, sum(amount) as total, max(:data_interval_end) as until"
    " from silver_shop.sales"
)
TOO_STRICT = {"AMOUNT": '{type: "decimal(8,2)"}', "LOWEST": "0"}
MENDED = {"AMOUNT": '{type: "decimal(8,2)", clean: [money]}', "LOWEST": "-50"}
DAYS = {
    0: ["1,10.00", "2,€ 20.00", "3,-5.00", "4,none", "5,50.00", "100,1.00"],
    1: ["6,60.00", "7,€ 70.00", "8,80.00", "100,2.00"],
}
"""2, 7: cast failures that `money` fixes; 3: fails the check; 4: stays bad."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A project, and a warehouse that its days are published into."""

    root: Path
    url: str
    disposition: str

    def spec(self, words: dict[str, str]) -> None:
        text = SPEC.replace("WRITE_DISPOSITION", self.disposition)
        for word, value in words.items():
            text = text.replace(word, value)
        (self.root / "specs/shop/sales.yaml").write_text(text)

    def day(self, day: int, run_id: str = "", lines: list[str] | None = None) -> None:
        process = self.process(day, run_id)
        data = "\n".join(["sale_id,amount", *(lines or DAYS[day])]) + "\n"
        (self.root / "include/data/shop/sales.csv").write_text(data)
        for task in process.plan.tasks:
            run_step(task.step, process.context(task.task_id))

    def process(self, day: int, run_id: str = "") -> PlanRun:
        return PlanRun(
            plan=plan_of("shop.sales", self.root),
            run_id=run_id or f"scheduled__{day}",
            interval_end=datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=day),
            project_root=self.root,
            lake_root=self.root / "lake",
            warehouse_url=self.url,
            connections={},
        )

    def surroundings(self) -> Surroundings:
        return Surroundings(
            project_root=self.root,
            lake_root=str(self.root / "lake"),
            warehouse_url=self.url,
            connection={}.__getitem__,
            log=logging.getLogger("medallion.test"),
        )

    def replay(self, run_id: str | None = None) -> tuple[ReplayedRun, ...]:
        replayed = replay(SALES, self.surroundings(), run_id)
        rebuild_gold(plan_of("shop.sales", self.root), SALES, self.surroundings())
        return replayed

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """What readers see, and what is open in quarantine."""
        history = ", _valid_from, _valid_to" if self.disposition == "scd2" else ""
        return {
            "silver": query(
                self.url,
                f"SELECT sale_id, amount{history}, _data_interval_end FROM silver_shop.sales"
                " ORDER BY 1, _data_interval_end",
            ),
            "gold": query(self.url, "SELECT * FROM gold_shop.totals"),
            "open": query(
                self.url,
                "SELECT run_id, stage, reasons, _bronze_record FROM quarantine_silver_shop.sales"
                " WHERE replayed_at IS NULL ORDER BY data_interval_end, _bronze_record",
            ),
            "accounts": query(
                self.url,
                "SELECT count(*) FROM medallion.publications WHERE rows_read <> rows_published"
                " + rows_quarantined + rows_deduplicated + rows_discarded",
            ),
        }


def project(root: Path) -> Path:
    for folder in ("specs/shop", "include/sql/shop", "include/data/shop"):
        (root / folder).mkdir(parents=True)
    (root / "include/sql/shop/totals.sql").write_text(SQL)
    return root


MERGE_ONLY = pytest.mark.parametrize("shop", ["merge"], indirect=True)


@pytest.fixture(params=["replace", "merge", "append", "scd2"])
def shop(request: pytest.FixtureRequest, tmp_path: Path, warehouse_db: str) -> Shop:
    """Two days by a spec that was too strict."""
    made = Shop(root=project(tmp_path / "shop"), url=warehouse_db, disposition=request.param)
    made.spec(TOO_STRICT)
    for day in DAYS:
        made.day(day)
    return made


@pytest.fixture
def right(shop: Shop, tmp_path: Path, second_warehouse_db: str) -> Shop:
    """The same two days by the fixed spec, in a warehouse of their own."""
    made = replace(shop, root=project(tmp_path / "right"), url=second_warehouse_db)
    made.spec(MENDED)
    for day in DAYS:
        made.day(day)
    return made


def verdicts(replayed: tuple[ReplayedRun, ...]) -> list[tuple[str, str, int, int]]:
    return [(r.run.run_id, str(r.verdict), r.left, r.still_open) for r in replayed]


def expected_open(shop: Shop, right: Shop) -> list[tuple[object, ...]]:
    """A `replace` table never tries the rows of an older run again."""
    if shop.disposition != "replace":
        return right.state()["open"]
    return [row for row in shop.state()["open"] if row[0] == "scheduled__0"]


def test_it_ends_as_if_the_spec_had_been_right_from_the_start(shop: Shop, right: Shop) -> None:
    assert [row[3] for row in shop.state()["open"]] == [2, 3, 4, 2]
    shop.spec(MENDED)
    old = "obsolete" if shop.disposition == "replace" else "replayed"
    assert verdicts(shop.replay()) == [
        ("scheduled__0", old, *((0, 3) if old == "obsolete" else (2, 1))),
        ("scheduled__1", "replayed", 1, 0),
    ]
    wanted = {**right.state(), "open": expected_open(shop, right)}
    assert shop.state() == wanted
    history = query(
        shop.url,
        "SELECT q._bronze_record, p.run_id = q.run_id FROM quarantine_silver_shop.sales AS q"
        " JOIN medallion.publications AS p ON p.publication_id = q.replayed_by"
        " WHERE q.replayed_at IS NOT NULL ORDER BY q.data_interval_end, q._bronze_record",
    )
    assert history == ([(2, True)] if old == "obsolete" else [(2, True), (3, True), (2, True)])
    again = shop.replay()
    assert verdicts(again) == [("scheduled__0", old, 0, 3 if old == "obsolete" else 1)]
    assert shop.state() == wanted
    shop.day(1)  # nor does a later run of the interval double what was replayed
    assert shop.state() == wanted


def test_what_another_run_of_the_interval_has_brought_since_stays(shop: Shop) -> None:
    shop.day(1, "backfill__1", ["6,61.00", "7,71.00", "8,81.00"])
    state = shop.state()
    shop.spec(MENDED)
    reported = {r.run.run_id: r for r in shop.replay()}
    assert reported["scheduled__1"].verdict is Verdict.OBSOLETE
    assert "backfill__1 has published the same since" in reported["scheduled__1"].why
    rows = [row for row in shop.state()["silver"] if row[0] in (6, 7, 8)]
    assert rows == [row for row in state["silver"] if row[0] in (6, 7, 8)]


@MERGE_ONLY
def test_a_gate_that_refuses_leaves_everything_as_it_was(shop: Shop) -> None:
    before = shop.state()
    shop.spec({**MENDED, "min_value: 2}": "min_value: 1000}"})
    reported = [r for r in shop.replay() if r.verdict is not Verdict.OBSOLETE]
    assert {r.verdict for r in reported} == {Verdict.REFUSED}
    assert "row_count" in reported[0].why
    assert shop.state() == before
    shop.spec(MENDED)
    assert Verdict.REFUSED not in {r.verdict for r in shop.replay()}


@MERGE_ONLY
def test_one_run_may_be_chosen(shop: Shop) -> None:
    shop.spec(MENDED)
    assert verdicts(shop.replay("scheduled__1")) == [("scheduled__1", "replayed", 1, 0)]
    assert {row[0] for row in shop.state()["open"]} == {"scheduled__0"}
    with pytest.raises(SetupError, match="those that have: scheduled__0"):
        shop.replay("scheduled__1")


@MERGE_ONLY
def test_a_spec_that_is_gone_or_a_landing_that_is_gone_is_reported(shop: Shop) -> None:
    before = shop.state()
    for manifest in (shop.root / "lake").rglob("manifest.json"):
        manifest.unlink()
    reported = [r for r in shop.replay() if r.verdict is not Verdict.OBSOLETE]
    assert {r.verdict for r in reported} == {Verdict.REFUSED}
    assert "there is no landing in" in reported[0].why
    (shop.root / "specs/shop/sales.yaml").unlink()
    assert "there is no spec for shop.sales any more" in replay(SALES, shop.surroundings())[-1].why
    assert shop.state() == before


@pytest.mark.parametrize("shop", ["replace", "append"], indirect=True)
def test_runs_that_publish_meanwhile_lose_nothing(shop: Shop, right: Shop) -> None:
    shop.spec(MENDED)
    later = ["9,90.00", "10,€ 100.00", "100,3.00"]
    run = threading.Thread(target=shop.day, args=[2, "", later])
    run.start()
    shop.replay()
    run.join()
    shop.replay()
    right.day(2, "", later)
    assert shop.state()["silver"] == right.state()["silver"]


@MERGE_ONLY
def test_two_replays_of_a_table_do_not_meet(shop: Shop) -> None:
    with (
        one_replay_at_a_time(shop.url, SALES),
        pytest.raises(WarehouseUnavailable, match="another replay"),
    ):
        shop.replay()


@MERGE_ONLY
def test_gold_is_built_again_not_replayed(shop: Shop) -> None:
    gold = PublishedTable(layer=Layer.GOLD, domain="shop", name="totals")
    with pytest.raises(SetupError, match="is built again from its upstream tables"):
        replay(gold, shop.surroundings())


def in_child(shop: Shop, kill_at: int, calls: multiprocessing.Queue[int] | None = None) -> None:
    import sys

    counter = CallCounter(kill_at)
    sys.setprofile(counter)
    shop.replay()
    sys.setprofile(None)
    if calls is not None:
        calls.put(counter.calls)


@pytest.mark.slow
@pytest.mark.parametrize("shop", ["replace", "append"], indirect=True)
def test_killed_in_the_middle_and_done_again_it_ends_the_same(shop: Shop) -> None:
    shop.spec(MENDED)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.steps.kill_matrix_child", *GATE, *STEPS_MODULES])
    queue: multiprocessing.Queue[int] = processes.Queue()
    quiet = processes.Process(target=in_child, args=[shop, NEVER, queue])
    quiet.start()
    calls = queue.get(timeout=600)
    quiet.join()
    wanted = shop.state()
    for part in (0.3, 0.6, 0.85):
        shop.spec(TOO_STRICT)
        for day in DAYS:
            shop.day(day)
        assert shop.state() != wanted
        shop.spec(MENDED)
        disturbed = processes.Process(target=in_child, args=[shop, int(calls * part)])
        disturbed.start()
        disturbed.join(600)
        assert disturbed.exitcode == -signal.SIGKILL
        shop.replay()
        assert shop.state() == wanted


GROWING = """\
description: Sales, and what was taken on each day.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  sales:
    source: {type: file, format: csv, path: "include/data/shop/:data_interval_start_date.csv"}
    silver:
      primary_key: [sale_id]
      write_disposition: merge
      columns: {sale_id: {type: bigint}, day: {type: date}, amount: {type: integer}}
      checks:
        - between: {column: amount, min_value: LOWEST, on_failure: quarantine}
gold:
  takings:
    sql: takings.sql
    primary_key: [day]
    materialization: incremental
    time_column: day
"""
TAKINGS = """\
select day, sum(amount) as amount from silver_shop.sales
where day >= :data_interval_start and day < :data_interval_end group by day"""


def test_a_gold_table_that_grows_gets_the_replayed_rows_of_former_intervals(
    tmp_path: Path, warehouse_db: str
) -> None:
    """The last run's increment would not hold them."""
    project = Project(root=tmp_path, url=warehouse_db)
    project.write("specs/shop/sales.yaml", GROWING.replace("LOWEST", "0"))
    project.write("include/sql/shop/takings.sql", TAKINGS)
    for day, rows in enumerate(["1,2026-01-01,10\n2,2026-01-01,-5", "3,2026-01-02,7"]):
        text = f"sale_id,day,amount\n{rows}\n"
        project.write(f"include/data/shop/2026-01-0{day + 1}.csv", text)
        project.run("shop.sales", day)
    takings = "SELECT amount FROM gold_shop.takings ORDER BY day"
    assert query(warehouse_db, takings) == [(10,), (7,)]
    project.write("specs/shop/sales.yaml", GROWING.replace("LOWEST", "-50"))
    shop = Shop(root=tmp_path, url=warehouse_db, disposition="merge")
    shop.replay()
    assert query(warehouse_db, takings) == [(5,), (7,)]


@MERGE_ONLY
def test_a_replay_is_journalled_once_by_the_page_or_by_its_run_of_airflow(shop: Shop) -> None:
    shop.spec(MENDED)
    with session(shop.url, "as the page does") as connection:
        details = {"runs": ["scheduled__0"], "dag_runs": ["manual__1"]}
        record_action(connection, SALES, by="ana", action=REPLAY, details=details)
    entries = "SELECT done_by, details FROM medallion.operator_actions ORDER BY action_id"
    for dag_run in ("manual__1", "manual__2", "manual__2"):
        replay(SALES, shop.surroundings(), None, asker=Asker(by="bob", dag_run=dag_run))
    own = {"runs": ["scheduled__0"], "dag_runs": ["manual__2"]}
    assert query(shop.url, entries) == [("ana", details), ("bob", own)]
    replay(SALES, shop.surroundings(), None)
    assert len(query(shop.url, entries)) == 2, "of nobody nothing is written"
