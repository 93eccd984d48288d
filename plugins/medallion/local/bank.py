"""The sample bank's core system, in the embedded server: what the finance domain reads."""

from __future__ import annotations

from medallion.bank.core_database import load
from medallion.bank.size import Size
from medallion.local.settings import StackSettings


def fill_bank(settings: StackSettings) -> int:
    """Fill it again with the customers of the project's sample; how many rows it has."""
    return load(settings.databases.bank_url, Size())
