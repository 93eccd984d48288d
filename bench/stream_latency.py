"""How long a message of a topic takes to gold, with a continuous pipeline in a real Airflow.

    python -m bench.stream_latency [SECONDS [MESSAGES_A_SECOND]]

A broker (Tansu, in memory) and the local stack run on this machine: Airflow with LocalExecutor and
a triggerer, PostgreSQL. The clock of a message begins when the producer hands it over, and ends
when a reader of the gold table, who asks every 50 ms, sees that many messages counted. Not part of
`make bench`: it needs what the tests need, and a machine that does nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

import psycopg
from confluent_kafka import Producer
from tests.kafka_broker import Broker, run_broker

from medallion.cli.live_run import trigger
from medallion.local import stack
from medallion.local.databases import WAREHOUSE
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import StackSettings

ROOT = Path(__file__).resolve().parents[1]
SPEC = """\
description: Card payments, a few seconds after they were made.
schedule: "@continuous"
datasets:
  payments:
    description: One row per payment.
    source: {type: kafka, conn_id: cards_kafka, topic: payments}
    silver:
      write_disposition: append
      columns:
        payment_id: {type: bigint}
        card:       {from: _message.key, type: text}
        shop:       {type: text, clean: [trim]}
        amount:     {type: "decimal(12,2)"}
        paid_at:    {from: _message.timestamp, type: timestamptz}
      checks:
        - between: {column: amount, min_value: 0, on_failure: quarantine}
gold:
  totals:
    description: How much was paid in each shop.
    sql: totals.sql
    primary_key: [shop]
    checks:
      - not_null: {column: shop}
"""
SQL = "select shop, count(*) as payments, sum(amount) as amount from silver_pay.payments group by 1"
ASK = "select coalesce(sum(payments), 0) from gold_pay.totals"


def main() -> None:
    """Measure, and print the figures as JSON."""
    seconds = float(sys.argv[1]) if sys.argv[1:] else 60.0
    rate = int(sys.argv[2]) if sys.argv[2:] else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with run_broker(folder) as broker:
            broker.make_topic(3, "payments")
            extra = {"bootstrap.servers": broker.servers}
            os.environ["AIRFLOW_CONN_CARDS_KAFKA"] = json.dumps(
                {"conn_type": "kafka", "extra": extra}
            )
            paths = _project(folder / "project")
            try:
                found = _measure(stack.up(paths), broker, seconds, rate)
            finally:
                stack.down(paths)
    print(json.dumps(found, indent=2))


def _project(root: Path) -> LocalPaths:
    files = {"specs/pay/cards.yaml": SPEC, "include/sql/pay/totals.sql": SQL}
    for place, text in files.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text)
    shutil.copytree(ROOT / "dags", root / "dags")
    (root / "plugins").symlink_to(ROOT / "plugins")
    return LocalPaths(project_root=root, state_root=root / ".state", dags_folder=root / "dags")


def _measure(
    settings: StackSettings, broker: Broker, seconds: float, rate: int
) -> dict[str, object]:
    sent: list[float] = []
    producer = Producer({"bootstrap.servers": broker.servers, "linger.ms": 5, "log_level": 0})
    _send(producer, sent, 10, rate)
    _trigger(settings)
    server = EmbeddedPostgres(settings.paths.postgres)
    with psycopg.connect(server.url(WAREHOUSE), autocommit=True) as reader:
        _wait(reader, 10)
        time.sleep(8)  # the triggerer waits
        total = int(seconds * rate)
        writer = threading.Thread(target=_send, args=(producer, sent, total, rate))
        load = os.getloadavg()[0]
        writer.start()
        seen: list[tuple[int, float]] = []
        until = time.monotonic() + seconds + 300
        while (count := _count(reader)) < total + 10 and time.monotonic() < until:
            if not seen or seen[-1][0] != count:
                seen.append((count, time.monotonic()))
            time.sleep(0.05)
        seen.append((count, time.monotonic()))
        writer.join()
    waits = _waits(sent, seen)
    cut = statistics.quantiles(waits, n=100)
    return {
        "messages": len(waits), "messages_a_second": rate, "seconds": seconds,
        "publications_seen": len(seen) - 1, "load_before": load, "load_after": os.getloadavg()[0],
        "median_s": round(cut[49], 2), "p95_s": round(cut[94], 2), "p99_s": round(cut[98], 2),
        "longest_s": round(max(waits), 2),
        "between_publications_s": [
            round(after[1] - before[1], 1) for before, after in pairwise(seen[1:])
        ],
    }  # fmt: skip


def _trigger(settings: StackSettings) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            trigger(settings, "pay.cards")
            return
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(1)


def _send(producer: Producer, sent: list[float], number: int, rate: int) -> None:
    """So many messages, evenly over time."""
    begin = time.monotonic()
    for at in range(number):
        if (ahead := begin + at / rate - time.monotonic()) > 0.005:
            producer.poll(0)
            time.sleep(ahead)
        body = {"payment_id": len(sent), "shop": f"s{at % 50}", "amount": "12.50"}
        producer.produce("payments", json.dumps(body).encode(), key=b"c%d" % (at % 1000))
        sent.append(time.monotonic())
    producer.flush(60)


def _wait(reader: psycopg.Connection, number: int) -> None:
    until = time.monotonic() + 300
    while _count(reader) < number:
        assert time.monotonic() < until, "the first run publishes nothing"
        time.sleep(0.5)


def _count(reader: psycopg.Connection) -> int:
    try:
        row = reader.execute(ASK).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return 0
    return int(row[0]) if row else 0


def _waits(sent: list[float], seen: list[tuple[int, float]]) -> list[float]:
    """Of each message, when a reader first saw as many as were sent up to it."""
    waits: list[float] = []
    number = 10
    for count, moment in seen:
        while number < count:
            waits.append(moment - sent[number])
            number += 1
    return waits


if __name__ == "__main__":
    main()
