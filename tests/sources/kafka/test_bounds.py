"""Where a batch begins and ends, of a topic that answers as Kafka documents it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from medallion.sources.base.stream import StreamRange
from medallion.sources.kafka.bounds import AT_END, find_shares

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LOG = logging.getLogger("medallion.test")


@dataclass(frozen=True)
class Topic:
    """Two partitions: of the second no message is of noon or later."""

    def list_partitions(self) -> list[int]:
        return [0, 1]

    def ask_marks(self, partition: int) -> tuple[int, int]:
        return ((10, 50), (0, 5))[partition]

    def find_offsets(self, moment: datetime, partitions: Sequence[int]) -> dict[int, int]:
        return {0: 30, 1: AT_END}


@pytest.mark.parametrize(
    ("first", "asked", "found"),
    [
        ("earliest", StreamRange(), [(10, 50), (0, 5)]),
        ("latest", StreamRange(), [(50, 50), (5, 5)]),
        (NOON, StreamRange(), [(30, 50), (5, 5)]),
        ("latest", StreamRange(begins={0: 40}), [(40, 50), (0, 5)]),
        ("latest", StreamRange(whole=True), [(10, 50), (0, 5)]),
        ("earliest", StreamRange(between=(NOON, NOON)), [(30, 50), (5, 5)]),
        (
            "earliest",
            StreamRange(between=(NOON, NOON), covered={0: [(7, 9), (20, 25)], 1: [(2, 4)]}),
            [(10, 50), (2, 5)],
        ),
        ("latest", StreamRange(begins={0: 12, 1: 1}, ends={0: 13, 1: 1}), [(12, 13), (1, 1)]),
    ],
)
def test_where_partitions_are_read(
    first: str | datetime, asked: StreamRange, found: list[tuple[int, int]]
) -> None:
    shares = find_shares(Topic(), asked, first=first, most=1000, log=LOG)
    assert [(share.begin, share.end) for share in shares] == found


def test_of_more_than_a_batch_may_have_each_partition_gives_its_part() -> None:
    shares = find_shares(Topic(), StreamRange(), first="earliest", most=9, log=LOG)
    assert [(share.begin, share.end) for share in shares] == [(10, 18), (0, 1)]
    whole = find_shares(Topic(), StreamRange(whole=True), first="earliest", most=9, log=LOG)
    assert [(share.begin, share.end) for share in whole] == [(10, 50), (0, 5)]
