"""Keeps reading complete when a list read by page number or offset loses records meanwhile.

    read      page 1: a b c    page 2: d e f
    b goes    page 1: a c d    page 2: e f g    page 3: h …
    asked     page 3 begins with h: g has slipped to page 2 and would never be seen

A total that falls says that records went. So the reading goes back, page by page and then in longer
steps, until a page begins with a record that was read before: everything before it has been read,
everything after it is read now. Here page 2 begins with e, which was read: the pages join. Records
read before are not landed a second time. Only the last pages are remembered, for the run's next try
too.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from medallion.errors import SourceUnavailable
from medallion.sources.http.api import Call

REMEMBERED = 1000
"""Records of the pages read last; two pages are remembered, however many they have."""
FALLS = 20
"""So often the total may fall before one more page joins those that were read."""
_PRINT_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A page that was requested, with a digest of each of its records."""

    call: Call
    pages: int
    """Before it."""
    records: int
    """Before it."""
    prints: tuple[str, ...]
    """A digest of each of its records."""

    @classmethod
    def of(cls, call: Call, pages: int, records: int, found: Sequence[Any]) -> Step:
        """The step of a page with these records."""
        prints = tuple(map(_print, found))
        return cls(call=call, pages=pages, records=records, prints=prints)

    def to_json(self) -> dict[str, Any]:
        """JSON values for the journal; `from_json` reverses it."""
        return {
            "call": self.call.to_json(),
            "pages": self.pages,
            "records": self.records,
            "prints": self.prints,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Step:
        """Read back what `to_json` wrote into the journal."""
        prints = tuple(kept["prints"])
        return cls(**{**kept, "call": Call(**kept["call"]), "prints": prints})


class Trail:
    """The last pages read, and how far a reading that went back must come again."""

    def __init__(self, kept: Sequence[Mapping[str, Any]] = ()) -> None:
        """`kept`: what an earlier try has left."""
        self._steps = deque(map(Step.from_json, kept))
        self._behind: set[str] = set()
        """Digests of the records on pages that the reading went back behind."""
        self._joining = False
        self._until = 0
        """The records before the page that the reading went back from."""
        self._falls = 0
        self._span = 1
        self.again = 0
        """Pages that were asked for a second time."""

    def joins(self, step: Step, *, fell: bool) -> bool:
        """Whether no record can be missing between the pages read before and this one.

        Raises:
            SourceUnavailable: the total keeps falling, and no page joins.
        """
        # The first record alone decides: where it is new, others before it may be missing, whatever
        # comes later on the page.
        if not (fell or self._joining) or not self._collect_seen().isdisjoint(step.prints[:1]):
            self._joining, self._span = False, 1
            if step.records >= self._until:  # past the page it went back from: it has caught up
                self._falls = 0
            return True
        self._falls += fell
        if self._falls > FALLS:
            raise SourceUnavailable(
                f"the list keeps shrinking: its total fell {self._falls} times before page "
                f"{step.pages + 1} could be joined to the pages before it",
                remedy="if it persists, ask for an order that does not change, a closed period, "
                "or page by cursor",
            )
        return False

    def back(self, step: Step) -> Step:
        """The page to continue from instead of this one.

        Raises:
            SourceUnavailable: it is further back than what is remembered.
        """
        self._until = max(self._until, step.records)
        self._joining = True
        found = None
        for _ in range(min(self._span, len(self._steps))):
            found = self._steps.pop()
            self._behind.update(found.prints)
        # A list may have lost pages of records, and single steps would read each of them again. So
        # each further step back is twice as long.
        self._span *= 2
        if found is None:
            raise SourceUnavailable(
                f"the total fell while paging, and of the records that were read last none begins "
                f"page {step.pages + 1} or one before it: others may have slipped to a page that "
                "was already read",
                remedy="if it persists, ask for an order that does not change, a closed period, "
                "or page by cursor",
            )
        return found

    def add(self, step: Step) -> frozenset[int]:
        """Remember a page that joins; the positions of its records that were read before."""
        again = step.records < self._until
        self.again += again
        seen = self._collect_seen() if again else set()
        known = frozenset(at for at, each in enumerate(step.prints) if each in seen)
        if not again:
            self._behind.clear()
        self._steps.append(step)
        held = sum(len(each.prints) for each in self._steps)
        # Two pages at least: one of more than REMEMBERED records would leave nothing to join to.
        while len(self._steps) > 2 and held - len(self._steps[0].prints) >= REMEMBERED:
            held -= len(self._steps.popleft().prints)
        return known

    @property
    def is_again(self) -> bool:
        """Whether pages are being read a second time: the run's next try could not continue in the
        middle of them."""
        return bool(self._behind)

    def list_kept(self) -> list[dict[str, Any]]:
        """JSON values for the journal."""
        return [step.to_json() for step in self._steps]

    def _collect_seen(self) -> set[str]:
        return self._behind.union(*(step.prints for step in self._steps))


def _print(record: Any) -> str:
    try:
        text = json.dumps(record)
    except RecursionError:  # deeper than can be written: it is like no other
        text = str(id(record))
    return blake2b(text.encode(), digest_size=_PRINT_BYTES).hexdigest()
