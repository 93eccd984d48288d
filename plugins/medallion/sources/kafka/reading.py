"""The messages of a batch: each partition to its end, and what to do where a broker contradicts
itself.

No mark is trusted alone. A partition is done where its messages reach the end that was asked for at
the start, or where the client itself meets the end. Where a message lies at or behind that end at
once, the mark is asked for again; if it is still too low, it is wrong, and the partition is read to
what it has now.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from typing import NoReturn, Protocol

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.prose import list_and_count, tally
from medallion.sources.base.stream import StreamRange
from medallion.sources.kafka.bounds import Share
from medallion.sources.kafka.client import Event, OutOfRange, PartitionEnd
from medallion.sources.kafka.messages import Message

PATIENCE_SECONDS = 60.0
"""How long a batch waits while nothing comes of what must be there."""


class Log(Protocol):
    """What is asked of a topic while it is read."""

    name: str

    def ask_marks(self, partition: int) -> tuple[int, int]:
        """The first offset that it has, and the one behind its last."""

    def recall_end(self, partition: int) -> int:
        """The end that came with its last messages."""

    def begin(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions, each from an offset."""

    def read(self) -> Iterator[Event]:
        """What has come."""


class Batch:
    """One batch, read once. Afterwards its shares say what was read of each partition."""

    def __init__(
        self,
        topic: Log,
        shares: list[Share],
        log: logging.Logger,
        *,
        asked: StreamRange,
        may_lose: bool,
    ) -> None:
        """
        Args:
            topic: what is read.
            shares: of each partition.
            log: for what was lost.
            asked: what an operator has asked for: a run done again ends where it ended before.
            may_lose: whether messages that are gone are reported and passed over.
        """
        self.shares = {share.partition: share for share in shares}
        self._topic = topic
        self._log = log
        self._may_lose = may_lose
        self._asked = asked
        self._between = asked.between
        self._fixed = asked.ends is not None

    def messages(self) -> Iterator[Message]:
        """Those of all partitions, as they come; of one partition in their order.

        Raises:
            SourceUnavailable: nothing comes any more.
            SourceRefused: messages are gone that nobody has read.
        """
        self._begin()
        last = time.monotonic()
        while not all(share.is_done for share in self.shares.values()):
            stale = False
            for event in self._topic.read():
                last = time.monotonic()
                share = self.shares[event.partition]
                if share.is_done:
                    continue
                if isinstance(event, Message):
                    if self._takes(share, event):
                        yield event
                elif isinstance(event, PartitionEnd):
                    self._close_at(share, event.offset)
                elif isinstance(event, OutOfRange):
                    self._pass_gap(share)
                    stale = True
            if stale:
                self._begin()
            if time.monotonic() - last > PATIENCE_SECONDS:
                raise self._silence()

    def _begin(self) -> None:
        self._topic.begin({
            share.partition: share.at for share in self.shares.values() if not share.is_done
        })  # fmt: skip

    def _takes(self, share: Share, message: Message) -> bool:
        """Whether a message belongs to the batch."""
        if share.at == share.begin and not self._fixed:
            known = min(self._topic.recall_end(share.partition), share.begin + share.most)
            share.end = max(share.end, known)
        if message.offset >= share.end and not self._reaches_further(share, message.offset):
            share.is_done = True
            return False
        share.at = message.offset + 1
        share.is_done = share.at >= share.end
        is_wanted = self._is_of_the_times(message)
        share.records += is_wanted
        if is_wanted and self._between is not None:
            share.last = message.offset
        return is_wanted

    def _is_of_the_times(self, message: Message) -> bool:
        """Of a backfill, whether the message has a time in the interval, or a run of the interval
        has read it. Times need not grow with the offsets: each message is looked at."""
        if self._between is None or self._asked.covers(message.partition, message.offset):
            return True
        start, end = (moment.timestamp() * 1000 for moment in self._between)
        return message.milliseconds is not None and start <= message.milliseconds < end

    def _reaches_further(self, share: Share, offset: int) -> bool:
        """Whether the end was too low when it was asked for, as this message at or behind it says;
        then it is another one from now on."""
        if self._fixed or share.at > share.begin or not share.most:
            return False
        _, high = self._topic.ask_marks(share.partition)
        most = share.begin + share.most
        if high <= offset:
            self._log.warning(
                "partition %d of %s says that it ends at %d, and has a message %d: it is read to "
                "what it has now",
                share.partition, self._topic.name, high, offset,
            )  # fmt: skip
            high = most
        share.end = min(high, most)
        return offset < share.end

    def _close_at(self, share: Share, offset: int) -> None:
        """The client has met the end. What lies behind it, in a transaction that is still open,
        belongs to the next batch.

        Raises:
            SourceRefused: a run done again would lack what it has published.
        """
        if self._fixed and offset < share.end:
            _refuse_again(
                f"partition {share.partition} of {self._topic.name} was read up to {share.end}, "
                f"and ends at {offset}"
            )
        share.end = max(share.at, min(share.end, offset))
        share.is_done = True

    def _pass_gap(self, share: Share) -> None:
        """Begin where the partition has messages, and say what is missing.

        Raises:
            SourceRefused: unless the spec accepts it.
        """
        low, high = self._topic.ask_marks(share.partition)
        what = f"partition {share.partition} of {self._topic.name}"
        share.restarted = share.at > high
        if share.restarted:
            problem = (
                f"{what} was read up to {share.at}, and ends at {high}: the topic was made again, "
                "or cut"
            )
        else:
            share.lost = max(low - share.at, 0)
            problem = (
                f"{what} was read up to {share.at}, and begins at {low}: up to "
                f"{tally(share.lost, 'message')} went before they were read"
            )
        if self._fixed or self._asked.is_again:
            _refuse_again(problem)
        if not self._may_lose:
            raise SourceRefused(
                problem,
                remedy="read more often, or have the topic keep its messages for longer; to do "
                "without them write `on_gap: warn` and run it again",
            )
        self._log.warning("%s", problem)
        share.begin = share.at = low
        share.end = min(high, low + share.most) if share.restarted else max(share.end, low)

    def _silence(self) -> SourceUnavailable:
        open_ones = [
            f"{share.partition} at {share.at} of {share.end}"
            for share in self.shares.values()
            if not share.is_done
        ]
        return SourceUnavailable(
            f"nothing came from {self._topic.name} for {PATIENCE_SECONDS:.0f} s; partitions that "
            f"are not at their end: {list_and_count(open_ones, 5)}",
            remedy="are the brokers of these partitions up?",
        )


def hold_to_restart(topic: str, asked: StreamRange, log: logging.Logger, *, may_lose: bool) -> None:
    """Whether a topic that was made again may be read from its beginning. A backfill reads by
    times, and a full refresh reads all: neither continues from the former one.

    Raises:
        SourceRefused: unless the spec accepts it; and a run done again would lack messages.
    """
    if asked.between or asked.whole:
        return
    problem = f"{topic} was made again since it was read"
    if asked.ends is not None or asked.is_again:
        _refuse_again(problem)
    if not may_lose:
        raise SourceRefused(
            f"{problem}: messages of the former one that were not read are gone",
            remedy="publish runs that wait with messages of the former one, for they cannot be "
            "published later; then write `on_gap: warn` and run it again: it reads the new one "
            "from its beginning",
        )
    log.warning("%s: it is read from its beginning", problem)


def _refuse_again(problem: str) -> NoReturn:
    raise SourceRefused(
        f"{problem}: this run would lack messages that it has read before",
        remedy="they are in the lake: leave its landing, and repeat only the tasks after it",
    )
