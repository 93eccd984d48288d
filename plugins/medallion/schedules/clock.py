"""The clock on the wall of a time zone, which is set forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from medallion.closest import closest

UTC_NAME = "UTC"
_A_SECOND = timedelta(seconds=1)
_NOT_A_PLACE = frozenset({"localtime", "Factory"})
"""Names in the database that mean another zone on each machine, or none."""


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The names of the IANA database."""
    return frozenset(available_timezones()) - _NOT_A_PLACE


def is_zone(name: str) -> bool:
    """Whether a name is one of the IANA database.

    >>> is_zone("Europe/Paris"), is_zone("Europe/Pari"), is_zone("../passwd")
    (True, False, False)
    """
    return name in zone_names()


def suggest_zone(name: str) -> str:
    """What to write in place of a name that is none: the closest place. Abbreviations and offsets
    are close to others that mean another time, such as CEST to EST: they are never named.

    >>> suggest_zone("Europe/Pari"), suggest_zone("paris")
    ('did you mean Europe/Paris?', 'did you mean Europe/Paris?')
    >>> suggest_zone("CEST")
    'write the name of a place in the IANA database, such as Europe/Paris, or UTC'
    """
    if name.upper() == UTC_NAME:
        return f"write {UTC_NAME}"
    places = sorted(one for one in zone_names() if "/" in one and not one.startswith("Etc/"))
    city = name.strip().replace(" ", "_").casefold()
    same = [one for one in places if city in (one.casefold(), one.rpartition("/")[2].casefold())]
    close = same[0] if same else closest(name, places, cutoff=0.65)
    if close:
        return f"did you mean {close}?"
    return "write the name of a place in the IANA database, such as Europe/Paris, or UTC"


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The zone of a name.

    Raises:
        ValueError: there is no such zone on this machine.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}") from None


def clock_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock shows at a moment, without its zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def moment_at(clock: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the clock shows a time.

    Where it shows the time twice, it is the first of the two moments. Where the clock is set
    forward past the time, it is the moment of the change: so later times never come earlier.

    >>> paris = zone_of("Europe/Paris")
    >>> moment_at(datetime(2026, 10, 25, 2, 30), paris).isoformat()
    '2026-10-25T00:30:00+00:00'
    >>> moment_at(datetime(2026, 3, 29, 2, 30), paris).isoformat()
    '2026-03-29T01:00:00+00:00'
    """
    try:
        after = clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
    except OverflowError:  # in the first or the last hours of the calendar
        return clock.replace(tzinfo=UTC)
    if clock_of(after, zone) == clock:
        return after
    before = clock.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return change_between(before, after, zone, offset_at(before, zone))


def change_between(
    before: datetime, after: datetime, zone: ZoneInfo, offset: timedelta
) -> datetime:
    """The first moment, of whole seconds after `before`, at which the zone no longer has an offset,
    which `after` has not."""
    while after - before > _A_SECOND:
        middle = before + timedelta(seconds=(after - before) // _A_SECOND // 2)
        if offset_at(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def offset_at(moment: datetime, zone: ZoneInfo) -> timedelta:
    """How far the clock is ahead of UTC."""
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day, in UTC. Where the clock skips midnight, the day begins at the
    change.

    >>> midnight(date(2026, 7, 1), zone_of("Europe/Paris")).isoformat()
    '2026-06-30T22:00:00+00:00'
    """
    return moment_at(datetime.combine(day, time()), zone)


def moment_in(day: date, zone: ZoneInfo) -> datetime:
    """What a person means by a date or a time: a date is its first moment, a time without a zone
    is the zone's. In UTC.

    >>> moment_in(datetime(2026, 7, 1, 6), zone_of("Europe/Paris")).isoformat()
    '2026-07-01T04:00:00+00:00'
    """
    if not isinstance(day, datetime):
        return midnight(day, zone)
    return day.astimezone(UTC) if day.tzinfo else moment_at(day, zone)


def shows_twice(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock shows the time of a moment at another moment too.

    >>> shows_twice(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), zone_of("Europe/Paris"))
    True
    """
    clock = clock_of(moment, zone)
    first, second = (clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first < second


def in_words(moment: datetime, timezone: str) -> str:
    """A moment as people write it, with the name of its zone.

    >>> in_words(datetime(2026, 6, 30, 22, tzinfo=UTC), "Europe/Paris")
    '2026-07-01 00:00 Europe/Paris'
    """
    return f"{moment.astimezone(zone_of(timezone)):%Y-%m-%d %H:%M} {timezone}"
