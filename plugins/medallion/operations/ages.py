"""How long things are kept that no spec says it of: settings, and what holds without them."""

from __future__ import annotations

import os
from datetime import timedelta

from medallion.errors import SetupError

REGISTRY_DAYS = "MEDALLION_REGISTRY_DAYS"
DEFAULT_REGISTRY_DAYS = 400
"""A year and a month: the same day of last year can still be looked at."""
BRONZE_DAYS = "MEDALLION_BRONZE_DAYS"
DEFAULT_BRONZE_DAYS = 730
ACCESS_DAYS = "MEDALLION_ACCESS_DAYS"
DEFAULT_ACCESS_DAYS = 400
NEVER = "never"
LEAST, MOST = 30, 36_500
JOURNAL_KEPT = timedelta(days=3650)
"""Ten years: what people did and what was deleted is asked about late."""


def registry_age() -> timedelta:
    """How long the registry keeps what nothing asks for any longer.

    Raises:
        SetupError: the setting is not a number of days.
    """
    return timedelta(days=_read_days(REGISTRY_DAYS, DEFAULT_REGISTRY_DAYS, ""))


def bronze_age() -> timedelta | None:
    """How old a landing has to be that goes because nothing needs it; None: none goes.

    Raises:
        SetupError: the setting is neither a number of days nor `never`.
    """
    if os.environ.get(BRONZE_DAYS, "") == NEVER:
        return None
    return timedelta(days=_read_days(BRONZE_DAYS, DEFAULT_BRONZE_DAYS, f", nor {NEVER}"))


def journal_age() -> timedelta:
    """How long the registry keeps the journal of what people did, and what was deleted."""
    return max(JOURNAL_KEPT, registry_age())


def access_age() -> timedelta:
    """How long the journal keeps who read which table.

    Raises:
        SetupError: the setting is not a number of days.
    """
    return timedelta(days=_read_days(ACCESS_DAYS, DEFAULT_ACCESS_DAYS, ""))


def _read_days(name: str, default: int, or_else: str) -> int:
    said = os.environ.get(name, "")
    if not said:
        return default
    if not said.isdecimal() or not LEAST <= int(said) <= MOST:
        raise SetupError(
            f"{name}={said} is not a number of days from {LEAST} on{or_else}",
            remedy=f"leave it out for {default} days",
        )
    return int(said)
