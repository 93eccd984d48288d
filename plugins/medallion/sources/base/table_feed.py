"""The feed of a lake's table: its versions are read on from the last publication, as messages of a
stream's partition are."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medallion.errors import SourceRefused
from medallion.sources.base.stream import NOTE, PartitionRead, StreamRange, note_of

if TYPE_CHECKING:
    from medallion.sources.base.source import Landing

READ_WHOLE = "trigger a run with full_refresh: it reads the whole table"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRange:
    """The versions that a run reads: from `begin` up to, not including, `end`.

    Attributes:
        partition: the table's identity as a number.
        before: where all runs had come to before; None: nothing was read yet.
    """

    partition: int
    before: int | None
    begin: int
    end: int


def number_partition(identity: bytes) -> int:
    """The partition of a table's feed: its identity as a number, so that the offset of a table that
    is made again under its name, and counts from the beginning, is not that of the former one.
    """
    return zlib.crc32(identity)


def find_feed_range(asked: StreamRange, partition: int, end: int, described: str) -> FeedRange:
    """What is read of a table whose versions go up to, not including, `end`.

    Args:
        described: the table for people.

    Raises:
        SourceRefused: another table was read under its name, whose versions counted for themselves.
    """
    known = {*asked.begins, *(asked.ends or ())}
    if known and partition not in known:
        raise SourceRefused(
            f"{described} is not the table that was read: it was dropped and made again",
            remedy=READ_WHOLE,
        )
    before = asked.begins.get(partition)
    if asked.ends is not None:
        end = asked.ends.get(partition, end)
    return FeedRange(partition=partition, before=before, begin=before or 0, end=end)


def note_feed(
    landing: Landing, described: str, asked: StreamRange, found: FeedRange, records: int
) -> None:
    """Note what was read, by which the publication moves the offset. It moves back, too, where all
    of a table that was rolled back or made again was read."""
    read = PartitionRead(
        partition=found.partition,
        before=found.before,
        begin=found.begin,
        end=found.end,
        records=records,
        restarted=asked.whole,
    )
    landing.note(NOTE, note_of(described, [read], bounded=asked.is_bounded))
