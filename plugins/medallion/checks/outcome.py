"""The result of one check: written by a gate, kept by the registry, read by people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from medallion.checks.declaration import OnFailure


class CheckStatus(StrEnum):
    """The verdict on one check. Only FAILED stops the gate."""

    PASSED = "passed"
    FAILED = "failed"
    """It failed, and the gate stays shut."""
    QUARANTINED = "quarantined"
    """It failed, and the failing rows were quarantined."""
    WARNED = "warned"
    """It failed, and only warns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCheck:
    """A check with its alias resolved: what GX is asked.

    `check_id` is unique in its gate and stable from run to run (`between_vote_average`).
    """

    check_id: str
    name: str
    expectation: str
    kwargs: Mapping[str, Any]
    on_failure: OnFailure
    description: str = ""
    written: Mapping[str, Any] | None = None
    """The arguments in the spec's own words, where they are others than the expectation's."""
    of_whole: bool = False
    """Of an incremental table: asked of the whole of it, as it would be."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments as the spec has them, for people."""
        return self.kwargs if self.written is None else self.written


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """One check's verdict with its figures.

    `rows_checked` and `rows_failed` are None for a check on the table as a whole; `observed` is
    what such a check saw. `examples` holds up to three failing values.
    """

    check: PlannedCheck
    status: CheckStatus
    rows_checked: int | None
    rows_failed: int | None
    observed: object = None
    examples: tuple[object, ...] = ()
