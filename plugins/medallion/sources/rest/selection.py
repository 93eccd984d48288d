"""What is taken from a body, and how it is landed: whole, or in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from medallion.errors import SourceRefused
from medallion.records import PARENT
from medallion.sources.http.api import Answer
from medallion.sources.rest.body import ABSENT, at, explanation, kind_of, records_at
from medallion.sources.rest.pieces import LARGEST_RECORD, WHOLE_BYTES, pieces

ENVELOPE = "records"
"""A body that is itself the list is landed as `{"records": <body>}`."""
BODY = "body"
"""Beside its parent, a body that holds the list is landed as `{"_parent": …, "body": <body>}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Where a source's bodies have their records, and how they are landed."""

    records: str
    """The dotted path of the list; empty where the body is the list."""
    single_record: bool = False
    """The body itself is one record."""
    error: str = ""
    """Where a body says that it is an error, whatever its status."""
    with_parent: bool = False
    """Each body is landed beside the values of the parent that it was asked for with."""

    @property
    def records_path(self) -> str:
        """The path of the records in what is landed; empty if each line is one record."""
        if self.single_record:
            return ENVELOPE if self.with_parent else ""
        if not self.records:
            return ENVELOPE
        return f"{BODY}.{self.records}" if self.with_parent else self.records

    def of(self, answer: Answer) -> list[Any]:
        """The records of an answer.

        Raises:
            SourceRefused: it reports an error, or has no list of records.
        """
        document = answer.document
        if self.error:
            said = at(document, self.error)
            if said is not ABSENT and said:
                raise SourceRefused(
                    f"{answer.name}: {explanation(document, self.error)[:500]}",
                    remedy="the API says so in its body, where the spec's `responses.error` "
                    "points to: fix what is asked for",
                )
        if not self.single_record:
            return records_at(document, self.records, answer.name)
        if isinstance(document, dict):
            return [document]
        raise SourceRefused(
            f"{answer.name}: the body is not a record, it is {kind_of(document)}",
            remedy="leave `single_record` out where the body is a list of records",
        )

    def documents(
        self,
        answer: Answer,
        records: int,
        parent: bytes = b"",
        left_out: frozenset[int] = frozenset(),
    ) -> Iterator[tuple[bytes, int]]:
        """The body as it is landed: whole, or in pieces where it is too large; with their records.

        Args:
            records: how many there are without those that are left out.
            parent: the JSON object of its parent's values, where the bodies have one.
            left_out: places of records in the list that are not landed.

        Raises:
            SourceRefused: a record is larger than what can be read back.
        """
        body = answer.body
        if left_out and not records:
            return
        whole = (len(body) <= WHOLE_BYTES and not left_out) or self.single_record
        cut = [(body, records)] if whole else pieces(body, self.records, left_out)
        for document, count in cut:
            landed = self._build_landed(document, parent)
            if len(landed) > LARGEST_RECORD:
                raise SourceRefused(
                    f"{answer.name}: a record is larger than {LARGEST_RECORD // 1024**2} MiB",
                    remedy="ask for less of it: APIs often let one name the fields",
                )
            yield landed, count

    def _build_landed(self, body: bytes, parent: bytes) -> bytes:
        """A body, or a piece of one, in what is around it."""
        if self.single_record and self.with_parent:
            body = b"[%s]" % body
        key = self.records_path.partition(".")[0].encode()
        if self.with_parent:
            return b'{"%s":%s,"%s":%s}' % (PARENT.encode(), parent, key, body)
        return body if self.single_record or self.records else b'{"%s":%s}' % (key, body)
