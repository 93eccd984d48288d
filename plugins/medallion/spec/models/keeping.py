"""How long bronze and quarantine are kept, and who reads them, as the YAML says it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from medallion.model import SpecModel

DAYS_PATTERN = r"^[1-9][0-9]{0,4}d$"
Days = Annotated[str, Field(pattern=DAYS_PATTERN)]
"""A number of days: 30d, 400d."""


def days(text: str) -> timedelta:
    """The length of time in a `Days` text.

    >>> days("90d")
    datetime.timedelta(days=90)
    """
    return timedelta(days=int(text[:-1]))


class BronzeKeeping(SpecModel):
    """How long landed files are kept, and who may read them."""

    retention: Days | None = None
    """A landing older than this is deleted by the DAG `medallion.maintenance`, with what is in
    quarantine from it: 400d. Left out, a landing is kept for two years, and longer while anything
    needs it."""
    readers: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Who may read the landed files: teams or people. It is shown in the documentation; the rights
    on the lake itself are given there."""


class QuarantineKeeping(SpecModel):
    """How long rows that did not pass are kept."""

    retention: Days | None = None
    """Older quarantined rows are deleted by the DAG `medallion.maintenance`: 90d. Left
    out, rows are kept as long as their landing."""
