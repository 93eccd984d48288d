"""Who reads the standby sees whole versions, or is sent away in words; never a part of one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from tests.failover.cluster import DATABASE, Cluster, wait_until
from tests.failover.readers import Reader
from tests.steps.staged import REPLACE, Run

from medallion import client
from medallion.errors import WarehouseUnavailable
from medallion.steps.publish import step as publish
from medallion.warehouse.session.connection import translate_errors
from medallion.warehouse.session.transaction import session

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROWS = 300
WHOLE = "SELECT min(value), max(value), count(*) FROM silver_lab.readings"
STORED = (
    "SELECT count(*) FROM pg_tables WHERE schemaname = 'store_silver_lab' AND tablename ~ '__v'"
)


def publish_day(pair: Cluster, day: int) -> None:
    """A version of its own, whose rows all say which day it is."""
    run = Run(url=pair.primary.url(DATABASE, "loader"), day=day)
    run.stage([(number, f"day {day:02}") for number in range(ROWS)])
    publish.run(REPLACE, run.context())


@pytest.fixture
def lab(pair: Cluster) -> Cluster:
    publish_day(pair, 0)
    pair.wait_for_standby()
    return pair


def test_each_version_is_complete_there_or_not_visible(lab: Cluster) -> None:
    with Reader(lab.standby.url(DATABASE), WHOLE) as reader:
        for day in range(1, 8):
            publish_day(lab, day)
        wait_until(lambda: reader.seen[-1:] == [whole(7)], "the last version on the standby")
    seen = [answer[0][0] for answer in reader.seen]
    assert seen == sorted(seen)
    assert all(answer == whole(int(str(answer[0][0])[4:])) for answer in reader.seen)
    assert (reader.problems, reader.lost) == ([], 0)


def whole(day: int) -> list[tuple[object, ...]]:
    return [(f"day {day:02}", f"day {day:02}", ROWS)]


def test_the_clients_desk_reads_it_pinned(lab: Cluster) -> None:
    lab.primary.tell("CREATE ROLE ada LOGIN PASSWORD 'secret'")
    lab.primary.tell("GRANT USAGE ON SCHEMA silver_lab TO ada", DATABASE)
    lab.primary.tell("GRANT SELECT ON silver_lab.readings TO ada", DATABASE)
    lab.wait_for_standby()
    place = f"{lab.standby.address}:{lab.standby.port}"
    desk = client.connect(f"postgresql://ada:secret@{place}/{DATABASE}")
    frame = desk.read("silver_lab.readings")
    assert len(frame) == ROWS
    assert client.lineage_of(frame).version == 1


def test_the_loader_is_sent_on_to_the_primary(lab: Cluster) -> None:
    here = lab.standby.url(DATABASE, "loader")
    with (
        pytest.raises(WarehouseUnavailable, match="is a standby, which only reads") as refused,
        session(here, "publishing") as connection,
    ):
        connection.execute("CREATE TABLE half (a integer)")
    assert "target_session_attrs=read-write" in str(refused.value.remedy)
    with session(lab.url(attrs="read-write"), "publishing") as connection:
        assert connection.info.port == lab.primary.port


@contextmanager
def long_reader(pair: Cluster) -> Iterator[psycopg.Connection]:
    """A report on the standby that looks at the table again and again, as of one moment."""
    with psycopg.connect(pair.standby.url(DATABASE)) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert connection.execute(WHOLE).fetchall() == whole(0)
        yield connection


def test_a_version_stays_while_a_report_on_the_standby_reads_it(lab: Cluster) -> None:
    lab.standby.set("hot_standby_feedback", "on")
    lab.primary.tell("GRANT pg_read_all_stats TO loader")
    with long_reader(lab) as report:
        fed = "SELECT backend_xmin IS NOT NULL FROM pg_stat_replication"
        wait_until(lambda: lab.primary.ask(fed) == [(True,)], "the standby to say what it reads")
        for day in range(1, 6):
            publish_day(lab, day)
        lab.wait_for_standby()
        assert lab.primary.ask(STORED, DATABASE) == [(6,)]
        assert report.execute(WHOLE).fetchall() == whole(0)
    days = itertools.count(6)

    def drops_the_rest() -> bool:
        publish_day(lab, next(days))
        return lab.primary.ask(STORED, DATABASE) == [(3,)]

    wait_until(drops_the_rest, "the former versions to be dropped")


def test_a_slot_says_it_too_and_to_every_loader(lab: Cluster) -> None:
    lab.primary.tell("SELECT pg_create_physical_replication_slot('bi')")
    lab.standby.stop()
    lab.standby.settings |= {"primary_slot_name": "bi", "hot_standby_feedback": "on"}
    lab.standby.start()
    with long_reader(lab) as report:
        fed = "SELECT xmin IS NOT NULL FROM pg_replication_slots"
        wait_until(lambda: lab.primary.ask(fed) == [(True,)], "the slot to say what is read")
        for day in range(1, 6):
            publish_day(lab, day)
        lab.wait_for_standby()
        assert report.execute(WHOLE).fetchall() == whole(0)


def test_without_feedback_a_report_ends_and_a_new_one_sees_the_last_version(lab: Cluster) -> None:
    lab.standby.set("max_standby_streaming_delay", "1s")
    with (
        pytest.raises(WarehouseUnavailable),
        translate_errors("reading"),
        long_reader(lab) as report,
    ):
        for day in range(1, 6):
            publish_day(lab, day)
        lab.wait_for_standby()
        report.execute(WHOLE)
    with Reader(lab.standby.url(DATABASE), WHOLE) as reader:
        wait_until(lambda: reader.seen == [whole(5)], "an answer")
