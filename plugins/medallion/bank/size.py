"""How large the bank is, and over which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

LEAST_DAYS, LEAST_CUSTOMERS, LEAST_OPERATIONS = 14, 20, 10
"""What is planted has its days and customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The sample that is part of the project, by default."""

    seed: int = 7
    first_day: date = date(2026, 1, 5)
    days: int = 14
    customers: int = 40
    operations: int = 40
    """Ordinary ones, a day."""

    def __post_init__(self) -> None:
        for what, least in (
            ("days", LEAST_DAYS),
            ("customers", LEAST_CUSTOMERS),
            ("operations", LEAST_OPERATIONS),
        ):
            if getattr(self, what) < least:
                raise ValueError(f"{what}: {least} is the least")

    def date_of(self, day: int) -> date:
        """Days are counted from 0, the first day of the bank's history."""
        return self.first_day + timedelta(days=day)
