"""How far an extraction has come: kept beside its parts, so that the run's next try continues
there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an earlier try of this run left. Its complete parts are parts of this landing."""

    plan: Any
    """What it had settled before its first page."""
    state: Mapping[str, Any] | None
    """What was true after its last whole page; None where there was none."""
    parts: int
    lines: bytes
    """What it had read since its last whole part."""
    records: int
    """In these lines."""


class Journal(Protocol):
    """The journal of one landing. It holds JSON values without secrets."""

    def resume(self, request: str) -> Kept | None:
        """Take over what an earlier try left, if it was of the same request; else None.

        Args:
            request: a digest of everything that the pages depend on.
        """

    def start(self, request: str, plan: Any = None) -> None:
        """Begin a journal. Call it if `resume` returned None."""

    def keep(self, state: Mapping[str, Any], lines: bytes, records: int) -> None:
        """Record a complete page: `lines` are what was added to the open part since the last
        call."""

    def forget(self) -> None:
        """Remove what was read: it cannot be trusted, and neither this try nor the next may
        continue from it."""
