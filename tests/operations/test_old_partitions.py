"""Partitions past their retention, dropped beside readers: these meet no error and no hole."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.operations.test_maintenance import PARTITIONED, SALES, Shop

from medallion.warehouse.tables import partitioned

MONTHLY = PARTITIONED.replace("by: year, retention: 800d", "by: month, retention: 100d")
READERS = ("as text", "prepared", "in a transaction", "repeatable read")


class Readers:
    """Readers of a table, who ask again and again until they are stopped. Whatever they find wrong
    is in `complaints`."""

    def __init__(self, url: str, kinds: Sequence[str]) -> None:
        self.url, self.kinds = url, kinds
        self.stop = threading.Event()
        self.answers: dict[str, list[int]] = {kind: [] for kind in kinds}
        self.complaints: list[str] = []

    def read(self, kind: str) -> None:
        """Ask in one way. An answer is the number of the youngest sales that are there: a hole in
        them, or an error, is a complaint."""
        try:
            with psycopg.connect(self.url, autocommit=kind in ("as text", "prepared")) as reader:
                if kind == "repeatable read":
                    reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                while not self.stop.is_set():
                    found = [self._ask(reader, kind) for _ in range(2)]
                    if kind == "repeatable read" and found[0] != found[1]:
                        self.complaints.append(f"{kind}: {found}")
                    self.answers[kind] += found
                    reader.rollback()
        except psycopg.Error as error:
            self.complaints.append(f"{kind}: {error}")

    def _ask(self, reader: psycopg.Connection, kind: str) -> int:
        rows = reader.execute(SALES, prepare=kind == "prepared").fetchall()
        if rows != [(number,) for number in range(len(rows))]:
            self.complaints.append(f"{kind}: {rows}")
        return len(rows)

    def have_read(self, least: int) -> bool:
        """Whether each has that many answers, or something to complain about."""
        return bool(self.complaints) or all(len(one) >= least for one in self.answers.values())

    def wait_for(self, least: int) -> None:
        """Until each has that many answers."""
        end = time.monotonic() + 400
        while not self.have_read(least):
            assert time.monotonic() < end, self.answers
            time.sleep(0.01)


def test_readers_meet_no_error_and_no_hole_while_partitions_are_dropped(
    tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine on which a reader plans for longer than two seconds is none to judge by.
    monkeypatch.setattr(partitioned, "LONGEST_PLANNING_SECONDS", 240.0)
    shop = Shop(root=tmp_path, url=warehouse_db)
    shop.spec(MONTHLY)
    this = datetime.now(UTC).replace(day=1)
    months = [this]
    while len(months) < 14:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    sold = "".join(f"{number},{month:%Y-%m-%d},1.00\n" for number, month in enumerate(months))
    shop.run("all", lines=f"sale_id,sold_on,amount\n{sold}")
    due = [one.place for one in shop.maintain(dry_run=True).swept]
    assert len(due) >= 9
    readers = Readers(shop.url, READERS)
    with ThreadPoolExecutor(len(READERS)) as pool:
        reading = [pool.submit(readers.read, kind) for kind in READERS]
        try:
            readers.wait_for(10)
            dropped: list[str] = []
            while len(dropped) < len(due) and not readers.complaints:
                dropped += [one.place for one in shop.maintain().swept]
            readers.wait_for(max(map(len, readers.answers.values())) + 10)
        finally:
            readers.stop.set()
        for one in reading:
            one.result()
    assert readers.complaints == []
    assert dropped == due
    left = len(months) - len(due)
    for kind, answers in readers.answers.items():
        assert (answers[0], answers[-1]) == (len(months), left), kind
        assert answers == sorted(answers, reverse=True), kind
