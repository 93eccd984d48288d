"""A batch into the lake: partition after partition, whatever order its messages came in, so that
the same messages make the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from medallion.sources.base.source import ExtractRequest, Landing
from medallion.sources.base.stream import NOTE, PartitionRead, StreamRange, note_of
from medallion.sources.kafka.messages import Spelling, write_line
from medallion.sources.kafka.reading import Batch

if TYPE_CHECKING:
    from medallion.sources.kafka.source import KafkaSource

PART_BYTES = 128 * 1024 * 1024
"""Of a part before it is compressed: it ends with the line that reaches this."""
MEMORY_BYTES = 32 * 1024 * 1024
"""Of the lines that wait in memory, of all partitions together; the others wait in a file."""
LEAST_MEMORY_BYTES = 64 * 1024


def land_batch(
    source: KafkaSource,
    batch: Batch,
    landing: Landing,
    request: ExtractRequest,
    spelling: Spelling,
    stream_id: str = "",
) -> None:
    """Write the messages as `<dataset>-00001.jsonl.gz` and so on, and note what was read of each
    partition. No messages still make one part.

    Args:
        stream_id: what the brokers call the topic.

    What `batch` raises is raised unchanged.
    """
    found: Counter[str] = Counter()
    each = max(MEMORY_BYTES // max(len(batch.shares), 1), LEAST_MEMORY_BYTES)
    with ExitStack() as stack:
        waiting: dict[int, IO[bytes]] = {
            number: stack.enter_context(SpooledTemporaryFile(each)) for number in batch.shares
        }
        for done, message in enumerate(batch.messages(), start=1):
            if message.value is None:
                found["tombstones"] += 1
                if source.tombstones == "ignore":
                    found["tombstones_ignored"] += 1
                    continue
            line, problem = write_line(message, spelling)
            found["messages_unread"] += bool(problem)
            waiting[message.partition].write(line)
            landing.progress(done, None, "messages")
        _write_parts(waiting, landing, request.dataset)
    for key, number in found.items():
        if number:
            landing.note(key, number)
    asked = request.stream or StreamRange()
    note = note_of(
        source.topic,
        list(_describe(batch)),
        bounded=asked.is_bounded,
        stream_id=stream_id,
        former_id=asked.stream_id if asked.is_of_former(stream_id) else "",
    )
    landing.note(NOTE, note)


def _write_parts(waiting: dict[int, IO[bytes]], landing: Landing, dataset: str) -> None:
    lines = (line for number in sorted(waiting) for line in _read_back(waiting[number]))
    line = next(lines, None)
    for number in count(1):
        with landing.part(f"{dataset}-{number:05d}.jsonl.gz", compress=True) as part:
            written = 0
            while line is not None and written < PART_BYTES:
                part.write(line)
                part.count(1)
                written += len(line)
                line = next(lines, None)
        if line is None:
            return


def _read_back(spooled: IO[bytes]) -> Iterator[bytes]:
    spooled.seek(0)
    yield from spooled


def _describe(batch: Batch) -> Iterator[PartitionRead]:
    for number, share in sorted(batch.shares.items()):
        yield PartitionRead(
            partition=number,
            before=share.before,
            begin=share.begin,
            end=share.end,
            records=share.records,
            lost=share.lost,
            restarted=share.restarted,
            last=share.last,
        )
