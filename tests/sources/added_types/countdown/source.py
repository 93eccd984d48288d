"""A source type that the product does not have, as a folder of `medallion.sources` holds one."""

from __future__ import annotations

from typing import Literal

from medallion.records import RecordLayout
from medallion.sources.base.source import ExtractRequest, Landing, SourceModel


class Countdown(SourceModel):
    """Counts down to 1."""

    type: Literal["countdown"]
    start: int

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        with landing.part("numbers.jsonl") as part:
            for number in range(self.start, 0, -1):
                part.write(b'{"number": %d}\n' % number)
                part.count(1)
        return RecordLayout(format="jsonl")
