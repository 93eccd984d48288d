"""The days on which a pipeline runs: what its spec says, with the days that this means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from medallion.errors import Issue
from medallion.schedules import public_holidays
from medallion.schedules.calendar import SATURDAY_SUNDAY, Calendar, Pick
from medallion.schedules.public_holidays import DaysOff
from medallion.spec.files.evidence import note_names
from medallion.spec.files.refusals import refusal
from medallion.spec.files.regular_file import CALENDARS_FOLDER, FileRefused, read_bounded
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import Positions
from medallion.spec.messages.prose import findings
from medallion.spec.models.bounds import out_of_bounds
from medallion.spec.models.calendar import (
    CalendarSpec,
    DaysInARow,
    OwnCalendarSpec,
    Weekday,
    Which,
)
from medallion.spec.rules.calendars import code_findings, pick_findings
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused

_LONGEST_ROW = 366
_WEEKDAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCalendar:
    """What became of a `calendar`.

    Attributes:
        calendar: None where something is wrong.
        data: the bytes of the organisation's own list.
        findings: what is wrong, in the spec or in that list.
    """

    calendar: Calendar | None = None
    data: bytes = b""
    findings: tuple[Finding, ...] = ()


def find_calendar(said: CalendarSpec | None, root: Path) -> FoundCalendar:
    """The calendar that a spec, or its domain, describes.

    Args:
        said: None: every day counts.
        root: the project's folder, resolved.
    """
    if said is None:
        return FoundCalendar()
    wrong = [*pick_findings(said), *code_findings(said)]
    own, data = OwnCalendarSpec(), b""
    if said.own is not None:
        own, data, found = read_own(root, said.own)
        wrong += found
    if wrong:
        return FoundCalendar(data=data, findings=tuple(wrong))
    return FoundCalendar(calendar=_put_together(said, own), data=data)


def read_own(root: Path, name: str) -> tuple[OwnCalendarSpec, bytes, list[Finding]]:
    """A list of an organisation's own, and what is wrong with it, each with its line."""
    path, where = f"{CALENDARS_FOLDER}/{name}.yaml", ("calendar", "own")
    data = b""
    try:
        data = read_bounded(root / path, root / CALENDARS_FOLDER)
        raw = read_yaml(data)
        wrong = list(out_of_bounds(raw))
        own = OwnCalendarSpec() if wrong else OwnCalendarSpec.model_validate(raw)
        wrong += _find_days_twice(own)
    except FileNotFoundError:
        folder = root / CALENDARS_FOLDER
        note_names(folder, "*.yaml")
        known = [one.stem for one in folder.glob("*.yaml")]
        remedy = did_you_mean(name, known) or "write that file: `closed: [2026-12-24]`"
        problem = f"there is no file {path}"
        return OwnCalendarSpec(), data, [_finding(where, problem, remedy)]
    except (FileRefused, YamlRefused) as refused:
        return OwnCalendarSpec(), data, [_as_finding(one) for one in refusal(refused, path)]
    except ValidationError as invalid:
        own = OwnCalendarSpec()
        wrong = list(findings(invalid.errors(include_url=False), OwnCalendarSpec))
    return own, data, list(_place(wrong, path, data))


def _finding(where: tuple[str, ...], problem: str, remedy: str) -> Finding:
    return Finding(where=where, rule="calendar-file", problem=problem, remedy=remedy)


def _as_finding(issue: Issue) -> Finding:
    """An issue of the organisation's list, as one of the spec that names it."""
    return Finding(
        rule="calendar-file",
        file=issue.path,
        line=issue.line,
        column=issue.column,
        problem=issue.problem,
        remedy=issue.remedy,
    )


def _place(wrong: Sequence[Finding], path: str, data: bytes) -> Iterator[Finding]:
    """The same with their lines in the list."""
    if not wrong:
        return
    positions = Positions(data.decode("utf-8-sig"))
    for one in wrong:
        at = positions.place(one.where, on_key=one.on_key)
        yield replace(one, rule="calendar-file", file=path, line=at.line, column=at.column)


def _find_days_twice(own: OwnCalendarSpec) -> Iterator[Finding]:
    seen: dict[int, str] = {}
    for key in ("closed", "worked"):
        for at, one in enumerate(getattr(own, key)):
            days, place = _days_of(one), f"{key}[{at}]"
            if not days or len(days) > _LONGEST_ROW:
                problem = "the last day is before the first" if not days else "more than a year"
                yield Finding(where=(key, at), problem=problem, remedy="fix one of the two days")
                continue
            if again := next((day for day in days if day in seen), None):
                yield Finding(
                    where=(key, at),
                    problem=f"{date.fromordinal(again)} is in {seen[again]} already",
                    remedy="remove one of them",
                )
            seen |= dict.fromkeys(days, place)


def _days_of(row: DaysInARow) -> Sequence[int]:
    return range(row.from_.toordinal(), row.to.toordinal() + 1)


def _put_together(said: CalendarSpec, own: OwnCalendarSpec) -> Calendar:
    """Off is what any of the country, the market and the list says; worked is what the list says,
    or what all others do."""
    sources: list[DaysOff] = []
    if said.country is not None:
        sources.append(public_holidays.read_country(said.country, said.subdivision))
    if said.market is not None:
        sources.append(public_holidays.read_market(said.market))
    weekend = {day for one in sources for day in one.weekend} or set(SATURDAY_SUNDAY)
    if own.weekend is not None:
        weekend = {_WEEKDAYS.index(day) for day in own.weekend}
    worked = set.intersection(*(set(one.worked) for one in sources)) if sources else set()
    closed = {day for one in sources for day in one.closed}
    own_worked = {day for one in own.worked for day in _days_of(one)}
    own_closed = {day for one in own.closed for day in _days_of(one)}
    return Calendar(
        of=_whose(said),
        weekend=tuple(sorted(weekend)),
        closed=tuple(sorted((closed | own_closed) - own_worked)),
        worked=tuple(sorted((worked - closed - own_closed) | own_worked)),
        pick=_pick_of(said),
    )


def _whose(said: CalendarSpec) -> str:
    country = "/".join(one for one in (said.country, said.subdivision) if one)
    return " and ".join(one for one in (country, said.market, said.own) if one)


def _pick_of(said: CalendarSpec) -> Pick | None:
    which: Which | None = said.business_day if said.day is None else said.day
    if which is None:
        return None
    number = {"first": 1, "last": -1}[which] if isinstance(which, str) else which
    return Pick(number=number, of=said.of or "month", is_business_day=said.day is None)
