"""What a spec says of publication beside its write disposition: missing keys, shape, guard."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from medallion.durations import TIME_LIMIT_PATTERN, duration
from medallion.errors import DataRejected
from medallion.model import SpecModel
from medallion.names import PublishedTable
from medallion.prose import tally


class MissingKeys(StrEnum):
    """What `merge` does with a key that an extract no longer has."""

    KEEP = "keep"
    SOFT_DELETE = "soft_delete"
    HARD_DELETE = "hard_delete"


class BreakingChange(StrEnum):
    """Whether a publication may remove a published column or change its type."""

    REFUSE = "refuse"
    ALLOW = "allow"


class ApprovalRequired(StrEnum):
    """Which publications wait for a person."""

    ALWAYS = "always"
    BREAKING_CHANGE = "breaking_change"


LONGEST_WAIT = timedelta(days=6)
"""What is staged is kept for a week."""


def _at_most_the_longest_wait(text: str) -> str:
    if duration(text) > LONGEST_WAIT:
        raise ValueError(f"{text} is more than {LONGEST_WAIT.days} days: what waits is kept a week")
    return text


ApprovalTimeout = Annotated[
    str, Field(pattern=TIME_LIMIT_PATTERN), AfterValidator(_at_most_the_longest_wait)
]
Approver = Annotated[str, Field(min_length=1, max_length=250)]


class ApprovalSpec(SpecModel):
    """Before it publishes, a run waits until a person has seen what would change, and approves."""

    required: ApprovalRequired = Field(default=ApprovalRequired.ALWAYS, strict=False)
    """`always`, or only where a published column would go or change its type
    (`breaking_change`): a person then decides what `breaking_change: refuse` would refuse."""
    timeout: ApprovalTimeout = "3d"
    """How long a run waits for the decision before it fails: 2d; 6d is the longest."""
    approvers: Annotated[tuple[Approver, ...], Field(strict=False, max_length=100)] = ()
    """The users who may decide, by the id that Airflow's auth manager gives them (its menu shows
    it); by default whoever may change a run of the pipeline."""


class ShapeContract(StrEnum):
    """Whether a shape may grow: of a landing's fields, of a gold table's columns."""

    EVOLVE = "evolve"
    FREEZE = "freeze"


class GuardSpec(SpecModel):
    """The limits that a run must keep before it may change what readers see."""

    min_rows: int = Field(default=1, ge=0)
    """Fewer staged rows than this are refused."""
    max_shrink_percent: float | None = Field(default=30, ge=0, le=100, strict=False)
    """`replace`, `scd2`, and `merge` with `missing_keys`: a table that would shrink by more than
    this is refused; null: no limit. With `deleted_when` there is one only where it is set."""
    max_quarantined_percent: float | None = Field(default=50, ge=0, le=100, strict=False)
    """Of the rows read, without those that are discarded, at most this part may be in quarantine;
    null: no limit."""
    max_conflicting_percent: float | None = Field(default=5, ge=0, le=100, strict=False)
    """Of silver's rows read, at most this part may give way to another row of the same primary key
    that says something else; null: no limit. With `deduplicate` there is none."""
    warn_below_rows: int = Field(default=0, ge=0)
    """Of fewer rows than this, the two parts before only warn: a part of a handful says little. 20
    where a source reads increments, which may be as small as one row."""


_OF_INCREMENTS = {"min_rows": 0, "warn_below_rows": 20}


def guard_of_increments(guard: GuardSpec) -> GuardSpec:
    """The guard, with what a spec leaves out as an increment has it, which may be empty, and may be
    a row or two. Anything else may not, by default."""
    left_open = _OF_INCREMENTS.keys() - guard.model_fields_set
    return guard.model_copy(update={word: _OF_INCREMENTS[word] for word in left_open})


def guard_of_stated_deletions(guard: GuardSpec) -> GuardSpec:
    """The guard of a table whose rows say which keys are deleted: what a source says itself is no
    sign of a broken extract. It may shrink without a limit, unless the spec sets one."""
    if "max_shrink_percent" in guard.model_fields_set:
        return guard
    return guard.model_copy(update={"max_shrink_percent": None})


def refuse_to_shrink(table: PublishedTable, guard: GuardSpec, before: int, after: int) -> None:
    """Compare a table's rows before and after with `guard.max_shrink_percent`; null means no limit.

    Raises:
        DataRejected: more rows would go than the guard allows.
    """
    limit = guard.max_shrink_percent
    if limit is None or not before or 100 * (before - after) / before <= limit:
        return
    raise DataRejected(
        f"{table.public} would shrink from {before:,} to {tally(after, 'row')} "
        f"({100 * (before - after) / before:.0f} %), the guard allows {limit:g} %",
        remedy="look at the source; if it is meant, raise `guard: {max_shrink_percent: …}` "
        "(null: no limit) in the spec. The published table is untouched",
    )
