"""Reading a stream: a log of numbered messages in partitions, and how far each has been read.

The offsets are kept with the publication, as a cursor is: a run reads on from where the last
publication ended, so that each message is in silver once, however often a run is killed or done
again. The stream's own memory of its readers (Kafka's consumer groups) has no part in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

NOTE = "offsets"
"""Under which a landing's manifest, and so the registry, has what was read of each partition."""

Offsets = Mapping[int, int]
"""By the number of a partition: the first message that has not been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRange:
    """What one run reads of a stream, as far as it is known before the stream is asked.

    Attributes:
        begins: where it begins; a partition that is not there is new. Empty: nothing was read yet.
        ends: of a run done again, where it ended; it reads these partitions and no further.
        between: of a backfill, the times (half open) whose messages are read.
        covered: of a backfill, the stretches by partition that runs of its interval have read. They
            are read too: a run begins after its interval, and has read messages of the next one.
        whole: all that the stream has is read, whatever was read before.
        stream_id: of which stream the offsets are, as its servers call it; empty: nobody knows.
        is_again: what it reads takes the place of what it had read before.
    """

    begins: Offsets = field(default_factory=dict)
    ends: Offsets | None = None
    between: tuple[datetime, datetime] | None = None
    covered: Mapping[int, Sequence[tuple[int, int]]] = field(default_factory=dict)
    whole: bool = False
    stream_id: str = ""
    is_again: bool = False

    def covers(self, partition: int, offset: int) -> bool:
        """Whether a run of the interval has read a message.

        >>> StreamRange(covered={0: [(3, 5)]}).covers(0, 5)
        False
        """
        return any(begin <= offset < end for begin, end in self.covered.get(partition, ()))

    def is_of_former(self, stream_id: str) -> bool:
        """Whether the offsets are of a stream that was made again since, and is this one now.

        >>> StreamRange(stream_id="a").is_of_former("b"), StreamRange().is_of_former("b")
        (True, False)
        """
        return bool(self.stream_id and stream_id and self.stream_id != stream_id)

    @property
    def is_bounded(self) -> bool:
        """Whether it reads what an operator asked for again, so that it moves no offset."""
        return self.ends is not None or self.between is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionRead:
    """What a landing holds of one partition: the messages from `begin` up to, not including, `end`.

    Attributes:
        before: where all runs had come to before; None: it was not known.
        lost: how many messages between `before` and `begin` the stream no longer had.
        restarted: the partition began again from its start, below what had been read; or all of a
            table's changes were read again, whose offset is then where they end.
        last: of a backfill, which leaves messages out, the last one that it has.
    """

    partition: int
    before: int | None
    begin: int
    end: int
    records: int
    lost: int = 0
    restarted: bool = False
    last: int | None = None

    def to_json(self) -> dict[str, object]:
        """As the manifest's note has it."""
        return {
            "partition": self.partition,
            "before": self.before,
            "begin": self.begin,
            "end": self.end,
            "records": self.records,
            "lost": self.lost,
            "restarted": self.restarted,
            **({} if self.last is None else {"last": self.last}),
        }


class StreamWatch(Protocol):
    """Waits for messages that are not published yet."""

    def look(self) -> bool:
        """Whether one has come, at once: it waits for nobody."""

    @property
    def wants_to_ask(self) -> bool:
        """Whether it is time to ask for what changes seldom."""

    def ask(self) -> None:
        """Ask for what changes seldom, such as partitions that were added. It may take as long as
        servers that do not answer."""


def note_of(
    topic: str,
    reads: list[PartitionRead],
    *,
    bounded: bool,
    stream_id: str = "",
    former_id: str = "",
) -> dict[str, object]:
    """The note of a landing, by which the publication moves the offsets.

    Args:
        stream_id: what was read, as its servers call it; empty: they do not say.
        former_id: what the offsets were of that it was read on from.
    """
    ids = {"stream_id": stream_id, "former_id": former_id}
    return {
        "topic": topic,
        "bounded": bounded,
        **{key: one for key, one in ids.items() if one},
        "partitions": [read.to_json() for read in reads],
    }


def advance(known: Offsets, partitions: list[Mapping[str, Any]]) -> dict[int, int]:
    """Where the offsets are once these partitions, of a note, are published. None moves back, but
    one that began again from its start.

    >>> advance({0: 5, 1: 9}, [{"partition": 0, "end": 7, "restarted": False}])
    {0: 7, 1: 9}
    >>> advance({0: 5}, [{"partition": 0, "end": 2, "restarted": True}])
    {0: 2}
    """
    found = dict(known)
    for one in partitions:
        number, end = one["partition"], one["end"]
        found[number] = end if one["restarted"] else max(found.get(number, end), end)
    return found
