"""How far an extraction is: kept beside its parts, for the next try of the run to go on there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an earlier try of this run has left. Its whole parts are parts of this landing."""

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
    """Of one landing. What is kept is a JSON value, without secrets."""

    def resume(self, request: str) -> Kept | None:
        """Take over what an earlier try of this run has left of the very same request.

        Args:
            request: a digest of all that the pages depend on.
        """

    def start(self, request: str, plan: Any = None) -> None:
        """Begin a journal, where nothing was taken over."""

    def keep(self, state: Mapping[str, Any], lines: bytes, records: int) -> None:
        """A page is whole: `lines` are what was added to the open part since the last one kept."""

    def forget(self) -> None:
        """What was read cannot be trusted: remove it, here and for the next try."""
