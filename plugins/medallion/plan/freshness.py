"""How old a table may be, according to its spec."""

from __future__ import annotations

from datetime import timedelta

from medallion.durations import duration
from medallion.plan.model import FreshnessLimits
from medallion.spec.models.freshness import FreshnessSpec, GoldFreshnessSpec

BEHIND_AFTER = timedelta(hours=24)
"""Of gold that does not say it. A table is behind for a while in each run: until it is built."""


def freshness_of(declared: FreshnessSpec | None) -> FreshnessLimits:
    """Of a silver table: nothing of it is derived, so there is no limit that it does not say."""
    said = declared or FreshnessSpec()
    return FreshnessLimits(
        warn_after=_length(said.warn_after), error_after=_length(said.error_after)
    )


def freshness_of_gold(
    declared: GoldFreshnessSpec | None, *, is_view: bool = False
) -> FreshnessLimits:
    """Of a gold table: without a word of its spec it may not be behind its inputs for ever. A view
    never is."""
    limits = freshness_of(declared)
    if is_view:
        return limits
    behind = _length(declared.behind_after) if declared else None
    return FreshnessLimits(
        warn_after=limits.warn_after,
        error_after=limits.error_after,
        behind_after=BEHIND_AFTER if behind is None else behind,
    )


def _length(text: str | None) -> timedelta | None:
    return None if text is None else duration(text)
