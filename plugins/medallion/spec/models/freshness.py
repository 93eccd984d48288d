"""How old a published table may be before it counts as stale."""

from __future__ import annotations

from medallion.durations import Duration
from medallion.model import SpecModel


class FreshnessSpec(SpecModel):
    """How old the last publication may be (dbt's words)."""

    warn_after: Duration | None = None
    """Older than this, the table counts as stale: 26h."""
    error_after: Duration | None = None
    """Older than this is an error: 50h."""


class GoldFreshnessSpec(FreshnessSpec):
    """How old the last publication may be (dbt's words), and how long the table may lack what its
    inputs have."""

    behind_after: Duration | None = None
    """A table that has been older than what its SELECT reads for longer than this counts as stale;
    24h by default."""
