"""Rules on the days on which a pipeline runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from medallion.schedules import public_holidays
from medallion.schedules.calendar import Period
from medallion.schedules.clock import UTC_NAME, is_zone
from medallion.schedules.schedule import Schedule
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.models.calendar import CalendarSpec
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.scheduling import schedule_problem

_MOST_DAYS: dict[Period, int] = {"month": 28, "quarter": 90, "year": 365}
_MOST_BUSINESS_DAYS: dict[Period, int] = {"month": 15, "quarter": 50, "year": 220}
"""Every period has so many of them, with the holidays of any country."""
_OTHER_CODES = {"UK": "GB", "EL": "GR"}
"""Codes that are in use, and are not ISO's."""
_FROM = datetime(2026, 1, 1, tzinfo=UTC)


def calendar_needs_schedule(context: RuleContext) -> Iterator[Finding]:
    """`calendar` says on which days the runs of a `schedule` begin: without one it says nothing."""
    scheduled = context.value_of("schedule") is not None or "schedule" in context.lost
    if context.spec.calendar is not None and not scheduled:
        yield Finding(
            where=("calendar",),
            problem="a calendar says on which days a schedule runs, and there is none",
            remedy='add one, such as `schedule: "0 7 * * *"`, or remove the calendar',
        )


def calendar_meets_schedule(context: RuleContext) -> Iterator[Finding]:
    """A `schedule` has moments on the days of its `calendar`: with none in common it never runs."""
    crons, said = context.value_of("schedule"), context.value_of("calendar")
    if not isinstance(crons, tuple) or context.calendar is None or "timezone" in context.lost:
        return
    if said is None or {"schedule", "calendar"} & context.lost:
        return
    zone = str(context.value_of("timezone") or UTC_NAME)
    if not is_zone(zone) or any(map(schedule_problem, crons)):
        return  # each says so itself
    schedule = Schedule(crons=crons, calendar=context.calendar, timezone=zone)
    if schedule.next_tick(_FROM) is None:
        yield Finding(
            where=("schedule",),
            problem=f"{', '.join(crons)} never comes on a day of its calendar ({context.calendar})",
            remedy="let the calendar say the day: `0 7 * * *` comes on every day at 7",
        )


def pick_findings(said: CalendarSpec) -> Iterator[Finding]:
    """What is wrong with the words of a calendar, beside its codes."""
    counted = said.day if said.business_day is None else said.business_day
    words = {key for key in CalendarSpec.model_fields if getattr(said, key) is not None}
    if not words:
        remedy = "write `country: FR`, or `business_day: last`; weekdays alone are `0 7 * * 1-5`"
        yield _finding((), "a calendar that says nothing", remedy)
    if said.day is not None and said.business_day is not None:
        yield _finding(("day",), "beside business_day it is one day too many", "remove one of them")
    elif said.day is not None and (other := words & {"country", "market", "own"}):
        first = sorted(other)[0]
        remedy = f"write `business_day`, or remove {first}"
        yield _finding((first,), "`day` counts all days, holidays too", remedy)
    if said.of is not None and counted is None:
        remedy = f"add `business_day: last`, for the last one of each {said.of}"
        yield _finding(("of",), f"of each {said.of}, which day?", remedy)
    if said.subdivision is not None and said.country is None:
        yield _finding(("subdivision",), "a part of which country?", "add `country`")
    if isinstance(counted, int):
        yield from _number_findings(said, counted)


def _number_findings(said: CalendarSpec, number: int) -> Iterator[Finding]:
    period: Period = said.of or "month"
    key = "day" if said.business_day is None else "business_day"
    most = (_MOST_DAYS if key == "day" else _MOST_BUSINESS_DAYS)[period]
    if number == 0:
        yield _finding((key,), "days are counted from 1, and from -1 back", "write 1, or first")
    elif abs(number) > most:
        remedy = f"write {most} at most, or count from the end: last, -2"
        yield _finding((key,), f"not every {period} has {abs(number)} of them", remedy)


def code_findings(said: CalendarSpec) -> Iterator[Finding]:
    """What is wrong with the codes of countries and markets."""
    if said.country is not None and said.country not in public_holidays.country_codes():
        codes = public_holidays.country_codes()
        meant = _OTHER_CODES.get(said.country.upper(), said.country)
        remedy = _suggest(meant, codes, "the country's two letters (ISO 3166): FR, DE, US")
        yield _finding(("country",), f"there is no country of the code {said.country}", remedy)
    elif said.country is not None and said.subdivision is not None:
        parts = public_holidays.subdivision_codes(said.country)
        if said.subdivision not in parts:
            remedy = _suggest_part(said.country, said.subdivision, parts)
            problem = f"{said.country} has no part {said.subdivision} with holidays of its own"
            yield _finding(("subdivision",), problem, remedy)
    if said.market is not None:
        markets = public_holidays.market_codes()
        if markets.get(said.market) != said.market:
            otherwise = f"one of {', '.join(sorted(set(markets.values())))}"
            remedy = f"write {markets.get(said.market.upper(), otherwise)}"
            yield _finding(("market",), f"there is no market of the code {said.market}", remedy)


def _suggest_part(country: str, said: str, parts: tuple[str, ...]) -> str:
    """The part's code where its name is written, in whatever capitals."""
    names = public_holidays.subdivision_names(country)
    by_name = {name.casefold(): code for name, code in names.items()}
    if code := by_name.get(said.casefold()):
        return f"write {code}"
    nothing = "remove it: all of the country has the same holidays"
    return did_you_mean(said, parts) or nothing


def _suggest(code: str, known: frozenset[str], otherwise: str) -> str:
    """The code in capitals, where it is one; of two letters nothing is close to another."""
    upper = code.upper().strip()
    return f"write {upper if upper in known else otherwise}"


def _finding(below: tuple[str, ...], problem: str, remedy: str) -> Finding:
    return Finding(where=("calendar", *below), rule="calendar", problem=problem, remedy=remedy)
