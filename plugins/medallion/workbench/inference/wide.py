"""Files with a column for each year, month or day: the periods are data."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from medallion.sources.formats.total_words import BEGINS
from medallion.workbench.inference.sample import Field

FEWEST = 3


class _Kind(NamedTuple):
    """One way of naming a column by a period.

    Attributes:
        name: what the column of the periods is called.
        pattern: of the columns' names; what `unpivot` says, so that next year's is read too.
    """

    name: str
    pattern: str


_YEAR = r"(19|20)\d\d"
_MONTHS = (
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "january february march april may june july august september october november december",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "jan feb mär apr mai jun jul aug sep okt nov dez",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
)
"""By language, short and long."""
_ANY_MONTH = r"[^\W\d]{3,10}\.?"
_KINDS = (
    _Kind("year", rf"^{_YEAR}$"),
    _Kind("year", rf"^{_YEAR} \[YR{_YEAR}\]$"),
    _Kind("fiscal_year", rf"^(?i:FY|AF|GJ) ?'?({_YEAR}|\d\d)$"),
    _Kind("month", rf"^{_YEAR}-(0[1-9]|1[0-2])$"),
    _Kind("fiscal_year", rf"^{_YEAR}[/-](({_YEAR})|\d\d)$"),
    _Kind("month", rf"^(0?[1-9]|1[0-2])[/.-]{_YEAR}$"),
    _Kind("month", rf"^{_YEAR}M(0[1-9]|1[0-2])$"),
    _Kind("quarter", r"^(?i:Q|T)[1-4]$"),
    _Kind("quarter", rf"^(?i:Q|T)[1-4][ /_-]?({_YEAR}|\d\d)$"),
    _Kind("quarter", rf"^{_YEAR}[ /_-]?(?i:Q|T)[1-4]$"),
    _Kind("week", rf"^{_YEAR}-?(?i:W|S)\d\d$"),
    _Kind("date", rf"^{_YEAR}-\d\d-\d\d( 00:00:00)?$"),
    _Kind("date", rf"^\d\d?[/.]\d\d?[/.]({_YEAR}|\d\d)$"),
)
"""Of two that as many columns have, the first is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """Columns that are named by periods.

    Attributes:
        columns: their names.
        said: the keys of `unpivot`.
        sums: other columns, which sum them up by their names.
    """

    columns: tuple[str, ...]
    said: dict[str, Any]
    sums: tuple[str, ...] = ()

    @property
    def guess(self) -> str:
        """What a person has to decide; empty where nothing is."""
        if not self.sums:
            return ""
        named = ", ".join(map(repr, self.sums))
        return (
            f"{named} is of the whole line, and so it is in each of the records that the line "
            "becomes: to sum it up, take one of them"
        )


def find_periods(fields: Sequence[Field]) -> Periods | None:
    """The columns that are named by years, quarters, months or days; None where there are few, or
    their values are of several types.

    Args:
        fields: of a source whose records have columns.
    """
    names = [one.name for one in fields]
    found: tuple[str, ...] = ()
    best = _KINDS[0]
    for kind in (*_KINDS, *_of_months(names)):
        meant = tuple(name for name in names if re.search(kind.pattern, name))
        if len(meant) > len(found):
            found, best = meant, kind
    held = {one.held for one in fields if one.name in found}
    if len(found) < FEWEST or len(held) > 1:
        return None
    others = [name for name in names if name not in found]
    said = {
        "columns": f"/{best.pattern}/",
        "name": _name_freely(best.name, others),
        "value": _name_freely("value", others),
    }
    sums = tuple(name for name in others if BEGINS.match(name.strip()))
    return Periods(columns=found, said=said, sums=sums)


def _of_months(names: Sequence[str]) -> Iterator[_Kind]:
    """Months by their names, in the language in which most of the columns are, alone or with a
    year: `Jan`, `janv.-25`, `March 2026`."""
    for months in sorted(_MONTHS, key=lambda one: -_count(names, one.split())):
        every = "|".join(dict.fromkeys(months.split()))
        yield _Kind("month", rf"^(?i:{every})\.?$")
        yield _Kind("month", rf"^(?i:{every})\.?[ /_-]?'?({_YEAR}|\d\d)$")


def _count(names: Sequence[str], months: Collection[str]) -> int:
    return sum(re.split(r"[^\w]|\d", name.lower())[0] in months for name in names)


def _name_freely(wanted: str, others: Collection[str]) -> str:
    """A name that no other column has."""
    taken = {name.lower() for name in others}
    return next(
        name for name in (wanted, f"{wanted}_of_column", f"{wanted}_of_column_2")
        if name not in taken
    )  # fmt: skip
