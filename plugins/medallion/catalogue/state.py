"""The state of a table in one word, and why: the worst that is true of it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from medallion import errors
from medallion.catalogue.declared_table import DeclaredTable
from medallion.names import environment_of
from medallion.prose import tally
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


class Judged(NamedTuple):
    """A table's state, and the reason in a sentence; empty where there is nothing to say."""

    state: State
    why: str = ""


def judge(known: TableState, declared: DeclaredTable | None, *, is_late: bool) -> Judged:
    """The worst state for which there is evidence, with the sentence that says why.

    Args:
        is_late: by its freshness.
    """
    for state, question in _QUESTIONS:
        why = question(known, declared, is_late)
        if why is not None:
            return Judged(state, why)
    return Judged(State.FRESH)


def calculate_quarantined_percent(known: TableState) -> float:
    """Of the rows that the last publication's run wanted, the part that went to quarantine."""
    wanted = (known.rows_read or 0) - (known.rows_discarded or 0)
    return 100.0 * (known.rows_quarantined or 0) / wanted if wanted > 0 else 0.0


def first_line_of(error: str) -> str:
    """What a task has left of its error; of an error of Medallion's without its name.

    >>> first_line_of("DataRejected: 1 of 2 checks failed\\nmore"), first_line_of("KeyError: 1")
    ('1 of 2 checks failed', 'KeyError: 1')
    """
    line = error.strip().split("\n")[0]
    name, _, rest = line.partition(": ")
    known = getattr(errors, name, None)
    is_own = isinstance(known, type) and issubclass(known, errors.MedallionError)
    return rest if is_own and rest else line


def _explain_failed(known: TableState, declared: DeclaredTable | None, is_late: bool) -> str | None:
    if known.failed_task is None:
        return None
    first_line = first_line_of(known.failed_error or "")
    said = f"{known.failed_task} failed"
    return f"{said}: {first_line}" if first_line else said


def _stale(known: TableState, declared: DeclaredTable | None, is_late: bool) -> str | None:
    return "late by its freshness" if is_late else None


def _quarantine(known: TableState, declared: DeclaredTable | None, is_late: bool) -> str | None:
    # What people have dropped since needs nobody any more.
    if not known.rows_quarantined or not known.quarantine_open:
        return None
    limit = MANY_QUARANTINED_PERCENT
    guard = declared.guard.max_quarantined_percent if declared else None
    if guard is not None:
        limit = min(limit, guard)
    percent = calculate_quarantined_percent(known)
    if percent < limit:
        return None
    of_run = f"{known.rows_quarantined:,} of {tally(known.rows_read or 0, 'row')} of the last run"
    if (still := known.quarantine_open) < known.rows_quarantined:
        is_or_are = "is" if still == 1 else "are"
        return f"{of_run} went to quarantine ({percent:.0f} %), {still:,} {is_or_are} still in it"
    is_or_are = "is" if known.rows_quarantined == 1 else "are"
    return f"{of_run} {is_or_are} in quarantine ({percent:.0f} %)"


def _explain_unpublished(
    known: TableState, declared: DeclaredTable | None, is_late: bool
) -> str | None:
    if known.publication_id is not None:
        return None
    if environment_of(known.table.domain):
        return "not built here: it is as production has it, unless its spec has changed"
    return "no run has published it yet"


def _explain_superseded(
    known: TableState, declared: DeclaredTable | None, is_late: bool
) -> str | None:
    if known.publication_id is None:
        return None
    if declared is None:
        return "no spec that runs declares it any more"
    if declared.digest == known.spec_digest:
        return None
    return "its spec has changed since: the next run publishes by the new one"


_Question = Callable[[TableState, DeclaredTable | None, bool], str | None]
_QUESTIONS: tuple[tuple[State, _Question], ...] = (
    (State.FAILED, _explain_failed),
    (State.STALE, _stale),
    (State.QUARANTINE, _quarantine),
    (State.SUPERSEDED, _explain_superseded),
    (State.UNPUBLISHED, _explain_unpublished),
)
"""The first one that has an answer decides."""
