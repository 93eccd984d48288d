"""The first task of a continuous pipeline: what Airflow keeps of it, and when it ends."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import TaskDeferred
from airflow.serialization.serialized_objects import DagSerialization
from tests.docs.pages import Project
from tests.kafka_broker import Broker

from medallion.airflow import messages_trigger
from medallion.airflow.factory import build_dag
from medallion.airflow.loader import plan_of
from medallion.airflow.messages_trigger import WAIT, MessagesTrigger, WaitOperator

SPEC = """\
description: Payments as they happen.
schedule: "@continuous"
datasets:
  payments:
    source: {type: kafka, conn_id: broker, topic: TOPIC}
    silver:
      write_disposition: append
      columns: {id: {type: bigint}}
gold:
  totals:
    sql: totals.sql
    primary_key: [payments]
"""
SQL = "select count(*) as payments from silver_shop.payments"
RUN = "scheduled__2026-01-02T00:00:00+00:00"
SECRET = "s3cret-of-the-broker"
PATIENCE_SECONDS = 240.0


class Shop:
    """A pipeline whose first message is published."""

    def __init__(self, root: Path, broker: Broker, url: str) -> None:
        self.broker, self.url, self.topic = broker, url, broker.make_topic(2)
        self.project = Project(root=root, url=url, connections={"broker": broker.connection()})
        self.project.write("specs/shop/payments.yaml", SPEC.replace("TOPIC", self.topic))
        self.project.write("include/sql/shop/totals.sql", SQL)
        assert self.project.problems() == []
        self.dag = build_dag(plan_of("shop.payments", root), "payments.yaml")

    def pay(self, number: int) -> None:
        self.broker.write(self.topic, [{"value": b'{"id": %d}' % number, "partition": 1}])

    def trigger(self, run_id: str = RUN) -> MessagesTrigger:
        """As a triggerer makes it of what Airflow has kept."""
        kept = json.loads(json.dumps(wait_of(self.dag).trigger().serialize()[1]))
        again = MessagesTrigger(**kept)
        again.task_instance = SimpleNamespace(run_id=run_id, task_id=WAIT)  # type: ignore[assignment]
        return again


def wait_of(dag: DAG) -> Any:
    found = dag.task_dict[WAIT]
    assert isinstance(found, WaitOperator)
    return found


@pytest.fixture
def shop(
    tmp_path: Path, kafka_broker: Broker, warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    extra = kafka_broker.connection(**{"sasl.password": SECRET}).extra
    connection = {"conn_type": "kafka", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_BROKER", json.dumps(connection))
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", warehouse_db)
    return Shop(tmp_path, kafka_broker, warehouse_db)


async def events(trigger: MessagesTrigger) -> list[str]:
    return [one.payload async for one in trigger.run()]


async def has_ended(waiting: asyncio.Task[list[str]], seconds: float) -> bool:
    return waiting in (await asyncio.wait({waiting}, timeout=seconds))[0]


def test_a_table_is_a_task_and_all_wait_for_messages(shop: Shop) -> None:
    assert {name: set(task.upstream_task_ids) for name, task in shop.dag.task_dict.items()} == {
        WAIT: set(),
        "payments.publish": {WAIT},
        "totals.publish": {"payments.publish"},
    }
    assert type(shop.dag.timetable).__name__ == "ContinuousTimetable"
    assert shop.dag.max_active_runs == 1


def test_airflow_keeps_no_secret_of_it(shop: Shop) -> None:
    kept = [DagSerialization.to_dict(shop.dag), wait_of(shop.dag).trigger().serialize()]
    text = json.dumps(kept, default=str)
    assert (SECRET in text, shop.broker.servers in text) == (False, False)
    assert shop.topic in text


def test_a_message_ends_the_wait_and_one_that_is_published_does_not(shop: Shop) -> None:
    shop.pay(1)
    shop.project.run("shop.payments")

    async def wait() -> None:
        first = asyncio.create_task(events(shop.trigger()))
        assert not await has_ended(first, 3.0)
        first.cancel()  # the triggerer ends, and another one takes over
        await asyncio.wait({first})
        shop.pay(2)
        assert await asyncio.wait_for(events(shop.trigger()), PATIENCE_SECONDS) == ["success"]

    asyncio.run(wait())


def execute(shop: Shop, run_id: str = RUN) -> None:
    wait_of(shop.dag).execute({"ti": SimpleNamespace(run_id=run_id)})


def test_the_task_looks_once_and_waits_where_nothing_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(shop)  # it was never read
    shop.pay(1)
    shop.project.run("shop.payments")
    with pytest.raises(TaskDeferred) as deferred:
        execute(shop)
    assert isinstance(deferred.value.trigger, MessagesTrigger)
    execute(shop, "manual__2026-01-02T00:00:00+00:00")
    shop.pay(2)
    # To reach the broker may take a busy machine longer than a task looks.
    monkeypatch.setattr(messages_trigger, "LOOK_ONCE_SECONDS", PATIENCE_SECONDS)
    execute(shop)
    assert asyncio.run(events(shop.trigger())) == ["success"]


def test_what_cannot_be_asked_is_left_to_the_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop.pay(1)
    shop.project.run("shop.payments")
    wrong = {"conn_type": "kafka", "extra": {"bootstrap.servers": "a:1", "sasl.mechanism": SECRET}}
    monkeypatch.setenv("AIRFLOW_CONN_BROKER", json.dumps(wrong))
    assert asyncio.run(events(shop.trigger())) == ["success"]
    assert "it cannot be asked; the run says more" in caplog.text
    execute(shop)


def test_behind_a_run_that_has_failed_it_pauses(
    shop: Shop, warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.pay(1)
    shop.project.run("shop.payments")
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(
            "UPDATE medallion.task_runs SET status = 'failed', finished_at = now(),"
            " run_id = 'scheduled__2026-01-01T00:00:00+00:00' WHERE task_id = 'payments.publish'"
        )
    shop.pay(2)
    monkeypatch.setattr(messages_trigger, "PAUSE_SECONDS", 3600.0)
    assert 3000 < shop.trigger()._find_pause(RUN) <= 3600
    assert shop.trigger()._find_pause("scheduled__2026-01-01T00:00:00+00:00") == 0.0
    with pytest.raises(TaskDeferred):
        execute(shop)
    monkeypatch.setattr(messages_trigger, "PAUSE_SECONDS", 0.0)
    assert asyncio.run(events(shop.trigger())) == ["success"]


def test_servers_that_do_not_answer_keep_no_other_pipeline_waiting(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.pay(1)
    shop.project.run("shop.payments")
    begun, answered = threading.Semaphore(0), threading.Event()
    real = messages_trigger.Stream.open

    def open_stream(stream: Any, stack: Any) -> Any:
        if stream.conn_id == "dead":
            begun.release()
            answered.wait(2 * PATIENCE_SECONDS)
        return real(stream, stack)

    monkeypatch.setattr(messages_trigger.Stream, "open", open_stream)
    monkeypatch.setenv("AIRFLOW_CONN_DEAD", os.environ["AIRFLOW_CONN_BROKER"])

    def trigger_of_dead() -> MessagesTrigger:
        found = shop.trigger()
        (said,) = found.streams
        found.streams = [{**said, "source": {**said["source"], "conn_id": "dead"}}]
        return found

    async def wait() -> None:
        dead = [asyncio.create_task(events(trigger_of_dead())) for _ in range(40)]
        await asyncio.to_thread(begun.acquire)
        alive = asyncio.create_task(events(shop.trigger()))
        shop.pay(2)
        assert await asyncio.wait_for(alive, PATIENCE_SECONDS) == ["success"]
        assert not begun.acquire(blocking=False), "one server holds one thread"
        for one in dead:
            one.cancel()
        await asyncio.wait(dead)
        answered.set()

    asyncio.run(wait())
