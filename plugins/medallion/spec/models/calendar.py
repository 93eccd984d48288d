"""On which days a pipeline runs, as its spec and an organisation's own lists say it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticKnownError

from medallion.model import SpecModel
from medallion.names import Name

Which = Annotated[int, Field(ge=-366, le=366)] | Literal["first", "last"]
"""The first day is 1, the last one -1."""


class Weekday(StrEnum):
    """The days of a week, in order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class CalendarSpec(SpecModel):
    """The days on which runs of a schedule begin: every business day, or one day of each month,
    quarter or year. Days on which none begins belong to the interval of the next run."""

    country: str | None = Field(default=None, max_length=20)
    """The country whose public holidays and weekends are days off: FR, by its code of two letters
    (ISO 3166)."""
    subdivision: str | None = Field(default=None, max_length=60)
    """The part of `country` that has holidays of its own: BY of DE, 57 of FR."""
    market: str | None = Field(default=None, max_length=20)
    """The market whose closing days are days off, by its code: XNYS, ENX (Euronext), or XECB for
    the payment system T2 (TARGET)."""
    own: Name | None = None
    """The name of a file of your organisation's own: head_office is
    include/calendars/head_office.yaml."""
    business_day: Which | None = None
    """Runs begin on one business day of each period only: first, last, 3 (the third), or -2 (the
    last but one)."""
    day: Which | None = None
    """The same, where all days are counted."""
    of: Literal["month", "quarter", "year"] | None = None
    """The period that `business_day` or `day` is one of: a month by default."""


class DaysInARow(SpecModel):
    """A date, or days in a row, the last one too."""

    from_: date = Field(alias="from")
    """The first day."""
    to: date
    """The last day."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`2026-12-24`"""
        if isinstance(value, Mapping):
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            return {"from": value, "to": value}
        raise PydanticKnownError("date_type")


OwnDays = Annotated[tuple[DaysInARow, ...], Field(strict=False, max_length=5000)]


class OwnCalendarSpec(SpecModel):
    """include/calendars/<name>.yaml: when an organisation does not work."""

    description: str = ""
    """Whose days they are, and who keeps the list."""
    weekend: (
        Annotated[
            tuple[Annotated[Weekday, Field(strict=False)], ...], Field(strict=False, max_length=6)
        ]
        | None
    ) = None
    """The days of each week that are not business days; those of the country by default, or
    Saturday and Sunday."""
    closed: OwnDays = ()
    """Days that are not business days: `[2026-05-15, {from: 2026-08-03, to: 2026-08-21}]`."""
    worked: OwnDays = ()
    """Days that are business days in spite of all others: a Saturday that is worked."""
