"""A standby takes over in the middle of a publication: nothing half, nothing lost unsaid."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.failover.cluster import Cluster, connect_again, cut_off, wait_until
from tests.failover.readers import Reader
from tests.failover.shop import SALES, SOURCE, TOTALS, Shop
from tests.steps.staged import query

from medallion.cli.__main__ import main
from medallion.errors import WarehouseUnavailable
from medallion.names import Layer, PublishedTable
from medallion.operations.doctor.server import examine_server
from medallion.operations.maintenance import maintain
from medallion.operations.rollback import rollback
from medallion.steps.publish import step as publish_step
from medallion.steps.publish.primary import FormerPrimary

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SALES_TABLE = PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")
FIRST = [(1, "10.00"), (2, "20.00")]
SECOND = [(1, "10.00"), (2, "21.00"), (3, "30.00")]
DAY_0, DAY_1, DAY_2 = "1,10.00\n2,20.00\n", "2,21.00\n3,30.00\n", "4,40.00\n"


def lose_before_commit(monkeypatch: pytest.MonkeyPatch, lose: Callable[[], None]) -> None:
    """Once: all of a publication is done, and its COMMIT finds nobody."""
    real = publish_step.commit_all

    def commit_all(*words: Any, **named: Any) -> Any:
        monkeypatch.undo()
        done = real(*words, **named)
        lose()
        return done

    monkeypatch.setattr(publish_step, "commit_all", commit_all)


def lose_the_answer(monkeypatch: pytest.MonkeyPatch, lose: Callable[[], None]) -> None:
    """Once: a publication has committed, and whoever made it never hears of it."""
    real = publish_step.in_short_transaction

    def in_short_transaction(url: str, table: Any, work: Any, *words: Any, **named: Any) -> Any:
        done = real(url, table, work, *words, **named)
        if getattr(work, "func", None) is not publish_step.commit_all:
            return done
        monkeypatch.undo()
        lose()
        raise WarehouseUnavailable("the answer was lost", remedy="")

    monkeypatch.setattr(publish_step, "in_short_transaction", in_short_transaction)


def run_unheard(shop: Shop, day: int, rows: str) -> None:
    """A run whose server is gone before it has answered."""
    with pytest.raises(WarehouseUnavailable):
        shop.run_day(day, rows)


@pytest.mark.parametrize("lose", [lose_before_commit, lose_the_answer])
def test_a_primary_is_cut_off_during_a_publication(
    lose: Callable[[pytest.MonkeyPatch, Callable[[], None]], None],
    apart: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apart.be_synchronous()
    shop = Shop.make(tmp_path / "shop", apart.url())
    shop.run_day(0, DAY_0)
    shop.run_day(1, DAY_1, until="sales.gate_silver")
    began: list[float] = []

    def cut() -> None:
        cut_off(apart.primary.namespace)
        began.append(time.monotonic())

    publish, *gold = shop.tasks(1, after="sales.gate_silver")
    with Reader(apart.url(), SALES) as reader:
        wait_until(lambda: reader.answers > 3, "a first answer")
        lose(monkeypatch, cut)
        with pytest.raises(WarehouseUnavailable):
            shop.run_task(publish, 1)
        noticed = time.monotonic() - began[0]
        apart.standby.promote()
        promoted = time.monotonic() - began[0]
        shop.run_task(publish, 1)  # as Airflow tries it again
        published = time.monotonic() - began[0]
        wait_until(lambda: reader.seen[-1] == SECOND, "the reader to come back")
    assert reader.seen == [FIRST, SECOND]
    assert reader.problems == []
    assert reader.lost > 0
    for task in gold:
        shop.run_task(task, 1)
    assert query(apart.url(), TOTALS) == [("61.00",)]
    known = "SELECT count(*) FROM medallion.publications WHERE run_id = 'scheduled__1'"
    assert query(apart.url(), known) == [(2,)]
    print(  # noqa: T201  # docs/reliability.md has the figures
        f"{lose.__name__}: noticed after {noticed:.1f} s, promoted after {promoted:.1f}, "
        f"published after {published:.1f}; readers without an answer for {reader.longest:.1f} s"
    )


def test_a_former_primary_that_waits_for_its_standby_acknowledges_nothing(
    apart: Cluster, tmp_path: Path
) -> None:
    apart.be_synchronous()
    shop = Shop.make(tmp_path / "shop", apart.url())
    shop.run_day(0, DAY_0)
    cut_off(apart.primary.namespace)
    apart.standby.promote()
    shop.run_day(1, DAY_1)
    connect_again(apart.primary.namespace)
    # Both hosts say that they may be written, and the former primary stands first.
    late = threading.Thread(target=run_unheard, args=(shop, 2, DAY_2))
    late.start()
    waits = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    wait_until(lambda: apart.primary.ask(waits) == [(True,)], "a commit to wait")
    apart.primary.stop("immediate")
    late.join()
    apart.primary.rewind_to(apart.standby)
    apart.primary.start()
    wait_until(lambda: apart.primary.ask("SELECT pg_is_in_recovery()") == [(True,)], "a standby")
    shop.run_day(2, DAY_2)
    assert query(apart.url(), SALES) == [*SECOND, (4, "40.00")]


def test_what_an_asynchronous_standby_lacks_is_found_and_published_again(
    pair: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    shop = Shop.make(tmp_path / "shop", pair.url())
    shop.run_day(0, DAY_0)
    pair.wait_for_standby()
    pair.standby.stop()
    shop.run_day(1, DAY_1)  # acknowledged; no standby has it
    (shop.root / SOURCE).unlink()
    began = time.monotonic()
    pair.primary.kill()
    pair.standby.start()
    pair.standby.promote()
    assert query(pair.url(), SALES) == FIRST
    for name, value in (
        ("MEDALLION_WAREHOUSE_URL", pair.url()),
        ("MEDALLION_LAKE_ROOT", str(shop.root / "lake")),
        ("MEDALLION_PROJECT_ROOT", str(shop.root)),
    ):
        monkeypatch.setenv(name, value)
    assert main(["reconcile", "--root", str(shop.root)]) == 1
    said = capsys.readouterr().out
    assert "silver_shop.sales: version 1 (3 rows) was published by shop.sales scheduled__1" in said
    assert "gold_shop.totals: version 2 (1 row) was published by shop.sales scheduled__1" in said
    assert main(["reconcile", "--run", "--root", str(shop.root)]) == 0
    assert query(pair.url(), SALES) == SECOND
    assert query(pair.url(), TOTALS) == [("61.00",)]
    assert main(["reconcile", "--verify", "--root", str(shop.root)]) == 0
    print(f"killed, promoted and reconciled in {time.monotonic() - began:.1f} s")  # noqa: T201


def test_a_former_primary_that_comes_back_changes_nothing(pair: Cluster, tmp_path: Path) -> None:
    shop = Shop.make(tmp_path / "shop", pair.url())
    shop.run_day(0, DAY_0)
    pair.wait_for_standby()
    pair.primary.kill()
    pair.standby.promote()
    shop.run_day(1, DAY_1)
    pair.primary.start()
    lake = str(shop.root / "lake")
    with pytest.raises(FormerPrimary, match=r"former primary \(\d+, timeline 1\)") as refused:
        shop.run_day(2, DAY_2)
    assert "pg_rewind" in str(refused.value.remedy)
    assert query(pair.primary.url("warehouse"), SALES) == FIRST
    former = replace(shop.surroundings(), warehouse_url=pair.primary.url("warehouse"))
    with pytest.raises(FormerPrimary):
        rollback(pair.primary.url("warehouse"), SALES_TABLE, lake_root=lake)
    with pytest.raises(FormerPrimary):
        maintain("shop", former)
    assert examine_server(lake, pair.primary.url("warehouse")).verdict == "failed"
    assert examine_server(lake, pair.standby.url("warehouse")).verdict == "ok"
    pair.primary.stop()
    pair.primary.rewind_to(pair.standby)
    pair.primary.start()
    shop.run_day(2, DAY_2)
    assert query(pair.url(), SALES) == [*SECOND, (4, "40.00")]


def test_a_commit_that_no_standby_has_is_not_acknowledged(pair: Cluster, tmp_path: Path) -> None:
    shop = Shop.make(tmp_path / "shop", pair.url())
    shop.run_day(0, DAY_0)
    pair.wait_for_standby()
    pair.be_synchronous()
    pair.standby.stop()
    late = threading.Thread(target=run_unheard, args=(shop, 1, DAY_1))
    late.start()
    waits = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    wait_until(lambda: pair.primary.ask(waits) == [(True,)], "a commit to wait")
    pair.primary.kill()
    late.join()
    pair.standby.start()
    pair.standby.promote()
    shop.run_day(1, DAY_1)
    assert query(pair.url(), SALES) == SECOND
