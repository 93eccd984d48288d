"""Airbyte's schedules as cron expressions."""

from __future__ import annotations

import re
from datetime import date

from medallion.workbench.imports.base.node import Node
from medallion.workbench.imports.base.sketch import PLACEHOLDER, Sketch

_FIRST_DAY = date(2026, 1, 1)
_BASIC = re.compile(r"(?:every\s+)?(\d+)\s*(minute|hour|day|week)s?", re.IGNORECASE)


def schedule_of(connection: Node, sketch: Sketch) -> None:
    """`schedule` and `start_date` of a connection; a manual one has none."""
    given, data = connection.node("schedule"), connection.node("scheduleData")
    connection.drop("scheduleType")
    cron, basic = data.node("cron"), data.node("basicSchedule")
    written = given.text("cronExpression") or cron.text("cronExpression")
    zone = cron.text("cronTimeZone") or given.text("cronTimeZone")
    given.drop("scheduleType")
    timing = given.text("basicTiming") or " ".join(
        f"{one.take('units')} {one.text('timeUnit')}" for one in (given, basic) if "units" in one
    )
    schedule = cron_of_quartz(written) if written else cron_of_timing(timing)
    if not schedule:
        if written or timing:
            connection.leftovers.leave(
                connection.at("schedule"), f"{written or timing} is not a cron expression of five "
                "fields", "`schedule`",
            )  # fmt: skip
        return
    sketch.said["schedule"] = schedule
    sketch.said["start_date"] = _FIRST_DAY
    sketch.guess(("start_date",), f"{PLACEHOLDER}: the first day of its data intervals")
    if zone and zone.upper() not in ("UTC", "GMT", "ETC/UTC"):
        sketch.said["timezone"] = zone


def cron_of_quartz(text: str) -> str:
    """Airbyte's cron has seconds first, `?` for any day, and Sunday as 1.

    >>> cron_of_quartz("0 30 6 ? * 2-6"), cron_of_quartz("0 * * * *"), cron_of_quartz("0 0 6 L * ?")
    ('30 6 * * 1-5', '0 * * * *', '')
    """
    fields = text.split()
    if len(fields) == 5:
        return text
    if len(fields) not in (6, 7) or re.search(
        r"[LW#]", f"{fields[3]} {fields[5]}".replace("WED", "")
    ):
        return ""
    minute, hour, day, month, weekday = (one.replace("?", "*") for one in fields[1:6])
    weekday = re.sub(r"(?<![/\d])[1-7](?!\d)", lambda one: str(int(one[0]) - 1), weekday)
    return f"{minute} {hour} {day} {month} {weekday}"


def cron_of_timing(text: str) -> str:
    """A length of time between runs that a cron expression can say.

    >>> cron_of_timing("Every 24 hours"), cron_of_timing("6 hours"), cron_of_timing("7 hours")
    ('@daily', '0 */6 * * *', '')
    """
    found = _BASIC.search(text)
    if not found:
        return ""
    number, unit = int(found[1]), found[2].lower()
    hours = {"hour": number, "day": number * 24, "week": number * 168}.get(unit, 0)
    usual = {1: "@hourly", 24: "@daily", 168: "@weekly"}
    if hours in usual:
        return usual[hours]
    if 1 < hours < 24 and 24 % hours == 0:
        return f"0 */{hours} * * *"
    return (
        f"*/{number} * * * *" if unit == "minute" and 0 < number < 60 and 60 % number == 0 else ""
    )
