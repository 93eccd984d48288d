"""What a gate keeps to itself: values of columns, or of fields, that messages may not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from medallion.checks.catalogue import expectations
from medallion.checks.outcome import PlannedCheck
from medallion.checks.resolve import columns_of
from medallion.checks.traits import Sees
from medallion.errors import CheckCrashed
from medallion.steps.gate.expectations import Evaluation


def withhold(evaluation: Evaluation, clear: frozenset[str]) -> Evaluation:
    """Without values of the data, unless all that the check looks at is clear."""
    looks_at = {column for _, column in columns_of(evaluation.check.kwargs)}
    no_values = sees_of(evaluation.check) in (Sees.COUNT, Sees.SHAPE)
    if no_values or (looks_at and looks_at <= clear):
        return evaluation
    return replace(evaluation, observed=None, examples=())


def without_messages(crash: CheckCrashed, checks: Sequence[PlannedCheck]) -> CheckCrashed:
    """GX quotes values in what it says of a crash."""
    named = ", ".join(check.check_id for check in checks)
    return CheckCrashed(
        f"one of the checks {named} could not be evaluated; what Great Expectations says of it is "
        "withheld: it may quote personal data",
        remedy=crash.remedy,
    )


def sees_of(check: PlannedCheck) -> Sees:
    """What a check is to be shown: the count, the shape, rows in batches, or the whole."""
    sees = expectations()[check.expectation].sees
    # Which records a condition leaves out is not known before they are read.
    return Sees.WHOLE if sees is Sees.COUNT and "row_condition" in check.kwargs else sees
