"""The state of a table in one word, and why: the worst that is true of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from medallion.catalogue.declared_table import DeclaredTable
from medallion.warehouse.catalogue.overview import TableState

MANY_QUARANTINED_PERCENT = 10.0
"""Of the rows that the last run wanted: from here on a table's state is `quarantine`. The guard's
own limit counts where it is lower; what is above that was published only because it is few rows."""


class State(StrEnum):
    """What a person sees first, the most urgent one first."""

    FAILED = "failed"
    STALE = "stale"
    QUARANTINE = "quarantine"
    SUPERSEDED = "superseded"
    UNPUBLISHED = "unpublished"
    FRESH = "fresh"

    @property
    def rank(self) -> int:
        """The place among the states: 0 needs somebody most."""
        return list(State).index(self)

    @property
    def needs_somebody(self) -> bool:
        """Whether a person should look: it failed, is stale, or much of it is in quarantine."""
        return self in (State.FAILED, State.STALE, State.QUARANTINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A table's state, and the reason in a sentence; empty where there is nothing to say."""

    state: State
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a table is judged by."""

    known: TableState
    declared: DeclaredTable | None
    is_late: bool
    """By its freshness."""


def judge(evidence: Evidence) -> Judged:
    """The worst state for which there is evidence, with the sentence that says why."""
    for state, question in _QUESTIONS.items():
        why = question(evidence)
        if why is not None:
            return Judged(state=state, why=why)
    return Judged(state=State.FRESH)


def quarantined_percent(known: TableState) -> float:
    """Of the rows that the last publication's run wanted, the part that went to quarantine."""
    wanted = (known.rows_read or 0) - (known.rows_discarded or 0)
    return 100.0 * (known.rows_quarantined or 0) / wanted if wanted > 0 else 0.0


def _failed(evidence: Evidence) -> str | None:
    known = evidence.known
    if known.last_status != "failed":
        return None
    first_line = (known.last_error or "").strip().split("\n")[0]
    return f"{known.last_task} failed: {first_line}" if first_line else f"{known.last_task} failed"


def _stale(evidence: Evidence) -> str | None:
    return "late by its freshness" if evidence.is_late else None


def _quarantine(evidence: Evidence) -> str | None:
    limit = MANY_QUARANTINED_PERCENT
    guard = evidence.declared.guard.max_quarantined_percent if evidence.declared else None
    if guard is not None:
        limit = min(limit, guard)
    percent = quarantined_percent(evidence.known)
    if not evidence.known.rows_quarantined or percent < limit:
        return None
    return (
        f"{evidence.known.rows_quarantined:,} of {evidence.known.rows_read:,} rows of the last run "
        f"are in quarantine ({percent:.0f} %)"
    )


def _unpublished(evidence: Evidence) -> str | None:
    return "no run has published it yet" if evidence.known.publication_id is None else None


def _superseded(evidence: Evidence) -> str | None:
    if evidence.known.publication_id is None:
        return None
    if evidence.declared is None:
        return "no spec that runs declares it any more"
    if evidence.declared.digest == evidence.known.spec_digest:
        return None
    return "its spec has changed since: the next run publishes by the new one"


_QUESTIONS: Mapping[State, Callable[[Evidence], str | None]] = {
    State.FAILED: _failed,
    State.STALE: _stale,
    State.QUARANTINE: _quarantine,
    State.SUPERSEDED: _superseded,
    State.UNPUBLISHED: _unpublished,
}
"""The first one that has an answer decides."""
