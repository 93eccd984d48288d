"""Where a batch begins and ends in each partition: decided once, before the first message is read.

What is written to the topic from then on belongs to the next batch, so that a batch ends, however
busy the topic is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from medallion.sources.base.stream import StreamRange

AT_END = -1
ALL = 2**62
EARLIEST, LATEST = "earliest", "latest"


class Marks(Protocol):
    """What is asked of a topic."""

    def list_partitions(self) -> list[int]:
        """The numbers of its partitions."""

    def ask_marks(self, partition: int) -> tuple[int, int]:
        """The first offset that it has, and the one behind its last."""

    def find_offsets(self, moment: datetime, partitions: Sequence[int]) -> dict[int, int]:
        """The first message of each that is not before a time; -1 where all are."""


@dataclass(slots=True, kw_only=True)
class Share:
    """What a batch reads of one partition, and how far it has come.

    `end` is the offset behind the last message that belongs to the batch; `most` how many messages
    the batch may take of this partition, whatever its end is.
    """

    partition: int
    before: int | None
    begin: int
    end: int
    most: int
    records: int = 0
    last: int | None = None
    lost: int = 0
    restarted: bool = False
    at: int = -1
    is_done: bool = False

    def __post_init__(self) -> None:
        self.at = self.begin

    def hold_to_end(self) -> Share:
        """The same, of a batch whose end nothing moves: where it is empty, it is done."""
        self.is_done = self.begin >= self.end
        return self


def find_shares(
    topic: Marks, asked: StreamRange, *, first: str | datetime, most: int, log: logging.Logger
) -> list[Share]:
    """What is read of each partition.

    Args:
        topic: whose marks are asked for.
        asked: what the registry knows, and what an operator has asked for.
        first: where the very first run begins: `earliest`, `latest`, or a time.
        most: how many messages a batch may have, about.
        log: for what is left to the next batch.
    """
    partitions = topic.list_partitions()
    if asked.ends is not None:
        return [
            _share(number, None, asked.begins.get(number, 0), end).hold_to_end()
            for number, end in sorted(asked.ends.items())
        ]
    marks = {number: topic.ask_marks(number) for number in partitions}
    return _share_out(topic, asked, marks, first=first, most=most, log=log)


def restart_shares(
    topic: Marks, asked: StreamRange, *, first: str | datetime, most: int, log: logging.Logger
) -> list[Share]:
    """The same of a topic that was made again: each partition from its beginning, or from the
    beginning of a backfill."""
    marks = {number: topic.ask_marks(number) for number in topic.list_partitions()}
    begin = first if asked.between else EARLIEST
    shares = _share_out(topic, replace(asked, begins={}), marks, first=begin, most=most, log=log)
    for share in shares:
        share.before, share.restarted = asked.begins.get(share.partition), True
    return shares


def _share_out(
    topic: Marks,
    asked: StreamRange,
    marks: dict[int, tuple[int, int]],
    *,
    first: str | datetime,
    most: int,
    log: logging.Logger,
) -> list[Share]:
    begins = _begins(topic, asked, marks, asked.between[0] if asked.between else first)
    shares = [
        _share(number, asked.begins.get(number), begins[number], high)
        for number, (_, high) in marks.items()
    ]
    if asked.between or asked.whole:  # what is left over would never be read
        most = max(most, ALL)
    return _within(shares, most, log)


def _share(number: int, before: int | None, begin: int, end: int) -> Share:
    return Share(partition=number, before=before, begin=begin, end=end, most=max(end - begin, 0))


def _begins(
    topic: Marks, asked: StreamRange, marks: dict[int, tuple[int, int]], first: str | datetime
) -> dict[int, int]:
    """A partition that was read before is read from there. One that is new to a topic that was read
    is read whole: all its messages are new.

    No message before the offset that Kafka answers for a time is of that time or later; behind it
    some may be earlier.
    """
    if asked.begins or asked.whole or first == EARLIEST:
        return {number: asked.begins.get(number, low) for number, (low, _) in marks.items()}
    if first == LATEST:
        return {number: high for number, (_, high) in marks.items()}
    assert isinstance(first, datetime)  # noqa: S101  # the spec's third way to say it
    found = topic.find_offsets(first, sorted(marks))
    return {
        number: _least(
            high if found[number] == AT_END else found[number], low, asked.covered.get(number, ())
        )
        for number, (low, high) in marks.items()
    }


def _least(found: int, low: int, covered: Sequence[tuple[int, int]]) -> int:
    """Where a backfill begins that also reads what runs of its interval have read, as far as it is
    there still."""
    return max(low, min([found, *(begin for begin, _ in covered)]))


def _within(shares: list[Share], most: int, log: logging.Logger) -> list[Share]:
    """No more than so many messages together: each partition gives up the same part of its own."""
    waiting = sum(share.most for share in shares)
    for share in shares:
        if waiting > most:
            share.most = max(share.most * most // waiting, 1) if share.most else most
            share.end = min(share.end, share.begin + share.most)
        else:
            share.most = most
    if waiting > most:
        log.info(
            "%d messages are waiting, and a batch has %d at most: the rest is left to the next run",
            waiting,
            most,
        )
    return shares
