"""A backup and its log bring the warehouse back to a moment; the lake brings back the rest."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.failover.cluster import DATABASE, Cluster, Node, wait_until
from tests.failover.shop import SALES, SOURCE, TOTALS, Shop
from tests.steps.staged import query

from medallion.local.server_user import server_user
from medallion.names import PublishedTable
from medallion.operations.reconcile import Lost, Missing, Unknown, find_differences, runs_of
from medallion.operations.republish import republish
from medallion.operations.same_server import adopt_server
from medallion.steps.publish.primary import FormerPrimary

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BEFORE = "before_the_mistake"


@pytest.fixture
def archive(pair: Cluster, tmp_path: Path) -> Path:
    """Where the primary's log is kept, segment by segment."""
    folder = tmp_path / "archive"
    folder.mkdir()
    server_user().own(folder)
    server_user().open_path(folder)
    pair.primary.settings |= {
        "archive_mode": "on",
        "archive_command": f"test ! -f {folder}/%f && cp %p {folder}/%f",
    }
    pair.primary.stop()
    pair.primary.start()
    return folder


def restore(backup: Node, archive: Path) -> None:
    """A base backup, and the log up to a point that somebody has named."""
    backup.settings |= {
        "restore_command": f"cp {archive}/%f %p",
        "recovery_target_name": BEFORE,
        "recovery_target_action": "promote",
        "primary_conninfo": "",
        "archive_mode": "off",
    }
    (backup.data / "standby.signal").unlink()
    signal = backup.data / "recovery.signal"
    signal.touch()
    server_user().own(signal)
    backup.start()
    wait_until(lambda: backup.ask("SELECT pg_is_in_recovery()") == [(False,)], "the restore")


def test_a_point_in_time_and_what_was_published_since(
    pair: Cluster, archive: Path, tmp_path: Path
) -> None:
    shop = Shop.make(tmp_path / "shop", pair.primary.url(DATABASE, "loader"))
    shop.run_day(0, "1,10.00\n2,20.00\n")
    backup = Node(root=tmp_path / "servers/backup", password=pair.primary.password, name="backup")
    backup.copy_of(pair.primary)
    shop.run_day(1, "2,21.00\n3,30.00\n")
    pair.primary.ask(f"SELECT pg_create_restore_point('{BEFORE}')")
    shop.run_day(2, "4,40.00\n")
    pair.primary.tell("DROP SCHEMA silver_shop CASCADE", DATABASE)
    pair.primary.tell("SELECT pg_switch_wal()")
    archived = "SELECT last_archived_wal FROM pg_stat_archiver"
    wait_until(lambda: pair.primary.ask(archived) != [(None,)], "the log to be archived")
    pair.primary.stop()
    try:
        restore(backup, archive)
        again = Shop(root=shop.root, url=backup.url(DATABASE, "loader"))
        assert query(again.url, SALES) == [(1, "10.00"), (2, "21.00"), (3, "30.00")]
        (shop.root / SOURCE).unlink()
        around, tables = again.surroundings(), tables_of(again)
        found = list(find_differences(tables, around, whole=True))
        assert [type(one) for one in found] == [Lost, Lost]
        for run, lost in runs_of(found).items():
            republish(run, lost, around)
        assert query(again.url, TOTALS) == [("101.00",)]
        assert list(find_differences(tables, around, whole=True)) == []
        # The server that was left behind is known as such, whatever it has of its own.
        pair.primary.start()
        with pytest.raises(FormerPrimary):
            shop.run_day(3, "5,50.00\n")
        # An older copy of the lake: what it lacks is named, and whether rows of it are published.
        shutil.rmtree(shop.landing("scheduled__1"))
        unknown, missing = find_differences(tables, around)
        assert isinstance(unknown, Unknown)  # what the former primary was landed for
        assert unknown.manifest.run.run_id == "scheduled__3"
        assert isinstance(missing, Missing)
        assert (missing.landing.run_id, missing.landing.is_published) == ("scheduled__1", True)
        again.run_day(1, "2,21.00\n3,30.00\n")  # as Airflow runs them when they are cleared
        again.run_day(3, "5,50.00\n")
        assert list(find_differences(tables, around, whole=True)) == []
        assert query(again.url, TOTALS) == [("151.00",)]
    finally:
        backup.stop("immediate")


def test_a_server_that_was_left_can_be_adopted(pair: Cluster, tmp_path: Path) -> None:
    shop = Shop.make(tmp_path / "shop", pair.url())
    shop.run_day(0, "1,10.00\n")
    pair.wait_for_standby()
    pair.primary.kill()
    pair.standby.promote()
    shop.run_day(1, "2,20.00\n")
    pair.primary.start()
    with pytest.raises(FormerPrimary):
        shop.run_day(2, "3,30.00\n")
    adopt_server(pair.primary.url(DATABASE, "loader"), str(shop.root / "lake"))
    shop.run_day(2, "3,30.00\n")
    assert query(pair.primary.url(DATABASE), SALES) == [(1, "10.00"), (3, "30.00")]


def tables_of(shop: Shop) -> list[PublishedTable]:
    return list(dict.fromkeys(task.step.table for task in shop.run_of(0).plan.tasks))
