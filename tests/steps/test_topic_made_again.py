"""A topic that is deleted and made again under its name: its offsets count other messages then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.docs.pages import Project
from tests.kafka_broker import Broker
from tests.steps.staged import query

from medallion.errors import DataRejected, SourceRefused

NOON = 1767268800000
"""Milliseconds of 2026-01-01T12:00:00Z."""
DAY = 86_400_000
SPEC = """\
description: One row per card.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  cards:
    source: {type: kafka, conn_id: broker, topic: TOPIC, on_gap: GAP}
    silver:
      write_disposition: DISPOSITION
      columns:
        card: {from: _message.key, type: text}
        state: {type: text}
"""
ROWS = "SELECT card, state FROM silver_shop.cards ORDER BY 1, 2"
OFFSETS = "SELECT value_after FROM medallion.cursor_moves ORDER BY move_id DESC LIMIT 1"
BEHIND_THE_LANDING = ("cards.gate_bronze", "cards.clean", "cards.gate_silver", "cards.publish")


class Shop:
    def __init__(self, root: Path, url: str, broker: Broker) -> None:
        self.project = Project(root=root, url=url, connections={"broker": broker.connection()})
        self.url = url
        self.broker = broker
        self.topic = broker.make_topic()
        self.say("merge")

    def say(self, disposition: str, on_gap: str = "fail") -> None:
        words = {"TOPIC": self.topic, "GAP": on_gap, "DISPOSITION": disposition}
        text = SPEC
        for word, value in words.items():
            text = text.replace(word, value)
        if disposition == "merge":
            text = text.replace("    silver:\n", "    silver:\n      primary_key: [card]\n")
        self.project.write("specs/shop/cards.yaml", text)
        assert self.project.problems() == []

    def set(self, *states: str, day: int = 0) -> None:
        """Cards a, b, c … in these states."""
        self.broker.write(
            self.topic,
            [
                {
                    "key": "abcdefgh"[at].encode(),
                    "value": json.dumps({"state": state}).encode(),
                    "timestamp": NOON + day * DAY,
                }
                for at, state in enumerate(states)
            ],
        )

    def make_again(self) -> None:
        self.broker.remove_topic(self.topic)
        self.broker.make_topic(name=self.topic)

    def rows(self) -> dict[str, str]:
        return dict(query(self.url, ROWS))

    def offset(self) -> int:
        ((said,),) = query(self.url, OFFSETS)
        return int(json.loads(said)["0"])


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str, kafka_broker: Broker) -> Shop:
    return Shop(tmp_path, warehouse_db, kafka_broker)


def test_one_that_has_grown_further_is_recognised_and_read_from_its_beginning(shop: Shop) -> None:
    shop.set("old", "old")
    shop.project.run("shop.cards", 0)
    shop.make_again()
    shop.set("new", "new", "new", "new")
    with pytest.raises(SourceRefused, match="was made again since it was read") as refused:
        shop.project.run("shop.cards", 1)
    assert "on_gap: warn" in refused.value.remedy
    assert shop.rows() == {"a": "old", "b": "old"}
    shop.say("merge", "warn")
    landed = shop.project.run("shop.cards", 1)["cards.land"]
    assert (landed.rows_out, shop.offset()) == (4, 4)
    assert shop.rows() == dict.fromkeys("abcd", "new")
    again = shop.project.run("shop.cards", 1)["cards.land"]
    assert again.rows_out == 4, "done again it reads what it read, of the same topic"
    shop.set("newest")
    assert shop.project.run("shop.cards", 2)["cards.land"].rows_out == 1
    assert (shop.rows()["a"], shop.offset()) == ("newest", 5)


@pytest.mark.parametrize("disposition", ["merge", "append"])
@pytest.mark.parametrize("number", [1, 8], ids=["shorter", "longer"])
def test_what_waits_of_a_former_one_is_not_published_behind_the_new_one(
    shop: Shop, disposition: str, number: int
) -> None:
    """Its offsets would pass over messages, and its rows be newer than those of the new one."""
    shop.say(disposition, "warn")
    shop.set("oldest")
    shop.project.run("shop.cards", 0)
    shop.set("old", "old", "old")
    shop.project.run("shop.cards", 1, only=("cards.land",))
    shop.make_again()
    shop.set(*["new"] * number)
    shop.project.run("shop.cards", 2)
    found = query(shop.url, ROWS)
    with pytest.raises(DataRejected, match="was made again since this run read it") as refused:
        shop.project.run("shop.cards", 1, only=BEHIND_THE_LANDING)
    assert "cards.land" in refused.value.remedy
    assert (query(shop.url, ROWS), shop.offset()) == (found, number)
    shop.set("newer")
    assert shop.project.run("shop.cards", 1)["cards.land"].rows_out == 1
    assert shop.offset() == number + 1


def test_a_run_that_was_published_before_may_be_published_again(shop: Shop) -> None:
    shop.say("merge", "warn")
    shop.set("old", "old", "old")
    shop.project.run("shop.cards", 0)
    shop.make_again()
    shop.set("new", "new")
    shop.project.run("shop.cards", 1)
    shop.project.run("shop.cards", 0, only=BEHIND_THE_LANDING)
    assert (shop.rows(), shop.offset()) == ({"a": "new", "b": "new", "c": "old"}, 2)
    with pytest.raises(SourceRefused, match="would lack messages that it has read before"):
        shop.project.run("shop.cards", 0)


def test_the_last_run_that_has_appended_is_not_replaced_by_the_new_one(shop: Shop) -> None:
    shop.say("append", "warn")
    shop.set("old")
    shop.project.run("shop.cards", 0)
    shop.make_again()
    shop.set("new")
    with pytest.raises(SourceRefused, match="would lack messages that it has read before"):
        shop.project.run("shop.cards", 0)
    shop.project.run("shop.cards", 1)
    assert query(shop.url, ROWS) == [("a", "new"), ("a", "old")]


@pytest.mark.parametrize("is_read", [False, True], ids=["not read yet", "read"])
def test_a_backfill_reads_by_times_and_not_by_offsets_of_the_former_one(
    shop: Shop, is_read: bool
) -> None:
    shop.say("merge", "warn")
    shop.set("old", "old", "old")
    shop.project.run("shop.cards", 0)
    shop.make_again()
    shop.set("right", day=0)
    shop.set("later", "later", "later", "later", day=5)
    if is_read:
        shop.project.run("shop.cards", 5)
    landed = shop.project.run("shop.cards", 0, run_id="backfill__1", backfill=True)["cards.land"]
    assert landed.rows_out == 1, "the numbers that the run of that day has read are of others now"
    assert shop.rows()["a"] == ("later" if is_read else "right")


def test_a_run_that_is_published_again_does_not_take_what_others_have_read_since(
    shop: Shop,
) -> None:
    shop.say("append")
    for day in range(2):
        shop.set(f"day {day}")
        shop.project.run("shop.cards", day)
    shop.project.run("shop.cards", 0, only=BEHIND_THE_LANDING)
    again = shop.project.run("shop.cards", 0)["cards.land"]
    assert again.rows_out == 1
    assert query(shop.url, ROWS) == [("a", "day 0"), ("a", "day 1")]
    assert shop.offset() == 2
