"""Every way in which a field's texts may be read, the most telling ones first.

A way is what a spec would say of the column: verbs, type, format. `trials` asks the engine which of
them read the texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.workbench.inference.number_forms import MARKS, find_form

WIDE = "decimal(38,10)"
"""Numbers are tried in it; the digits that were found decide what the column becomes."""

_DATES_DAY_FIRST = (
    "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%-d/%-m/%Y", "%-d.%-m.%Y", "%d %b %Y", "%d %B %Y",
    "%d-%b-%Y", "%d-%b-%y", "%d/%m/%y", "%d.%m.%y", "%-d/%-m/%y", "%-d-%-m-%Y",
    "%-d %b %Y", "%-d %B %Y", "%-d-%b-%Y", "%-d-%b-%y",
)  # fmt: skip
_DATES_MONTH_FIRST = (
    "%m/%d/%Y", "%-m/%-d/%Y", "%b %d, %Y", "%B %d, %Y", "%m/%d/%y", "%m-%d-%Y", "%-m/%-d/%y",
    "%b %-d, %Y", "%B %-d, %Y",
)  # fmt: skip
_DATES_YEAR_FIRST = ("iso", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y/%-m/%-d")
_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
_SHORT_CLOCKS = ("%-H:%M", "%-H:%M:%S", "%-I:%M %p", "%-I:%M:%S %p")
_MOMENTS = (
    *(f"{day} {clock}" for day in ("%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y", "%Y/%m/%d", "%-d/%-m/%Y",
                                   "%-m/%-d/%Y", "%d/%m/%y", "%m/%d/%y") for clock in _CLOCKS),
    *(f"{day} {clock}" for day in ("%-d/%-m/%Y", "%-d.%-m.%Y", "%-m/%-d/%Y", "%-d/%-m/%y",
                                   "%-m/%-d/%y") for clock in _SHORT_CLOCKS),
    "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%d/%b/%Y:%H:%M:%S",
)  # fmt: skip
_ZONED = ("%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%d %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z")


_SHAPES = {
    "Y": r"\d{4}", "b": r"[^\W\d]+\.?", "B": r"[^\W\d]+", "a": r"[^\W\d]+", "p": "[AaPp][Mm]",
    "z": r"(?:Z|[+-]\d\d:?\d\d)",
}  # fmt: skip
_DAY, _CLOCK, _ZONE = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d.*", r"(?:Z|[+-]\d\d(?::?\d\d)?)"
_DIGITS = r"[\d\s.,'’()+−-]*\d[\d\s.,'’()+−-]*"
_STRUCTURE = r"(?s)\[.*\]|\{.*\}"
_OF_PYTHON = rf"{_STRUCTURE}|\(\)|\(.*,(?: .*)?\)"
"""Behind a comma Python prints a blank: `(1,234)` is a number in brackets."""
_ISO = {
    "date": _DAY, "time": _CLOCK, "timestamp": f"{_DAY}[T ]{_CLOCK}",
    "timestamptz": rf"{_DAY}[T ]\d\d:\d\d.*?",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to read a field.

    Attributes:
        kind: what the values are: `boolean`, `date`, `time`, `moment`, `whole`, `number`, `uuid`,
            `json`.
        spec: what a column would say, without `from`.
        words: for people: `a date as %d/%m/%Y`.
        shape: what no text that it reads lacks: the others need not be tried.
        guess: what a person has to decide of it; empty: nothing.
    """

    kind: str
    spec: ColumnSpec
    words: str
    shape: re.Pattern[str]
    guess: str = ""


def ways(*, trimmed: bool, timezone: str | None) -> list[Way]:
    """All ways, in the order in which they are preferred.

    Args:
        trimmed: the texts have blanks at their ends.
        timezone: the zone of times that name none; None: they stay without one.
    """
    before = ("trim",) if trimmed else ()
    return [
        Way(
            kind=kind,
            spec=_spec({**said, "clean": [*before, *said.get("clean", ())]}),
            words=words,
            shape=re.compile(shape or _write_shape(said)),
        )
        for kind, words, shape, said in _all(timezone)
    ]


def find_mixed_dates(texts: Iterable[str], *, trimmed: bool) -> list[Way]:
    """Two ways of writing dates side by side, as Excel leaves a column of which it has read some:
    ISO 8601, and one with the day or the month first. Empty where a text is written in neither."""
    iso = re.compile(_DAY)
    texts = list(texts)
    others = [text for text in texts if not iso.fullmatch(text)]
    if not others or len(others) == len(texts):
        return []
    found = []
    for written in (*_DATES_DAY_FIRST, *_DATES_MONTH_FIRST):
        shape = _write_shape({"type": "date", "format": written})
        if all(re.fullmatch(shape, text) for text in others):
            clean = ["trim"] if trimmed else []
            spec = _spec({"type": "date", "format": ["iso", written], "clean": clean})
            words = f"a date, some by ISO 8601 and some as {written}"
            both = re.compile(f"{_DAY}|{shape}")
            found.append(Way(kind="date", spec=spec, words=words, shape=both))
    return found


def _spec(said: dict[str, Any]) -> ColumnSpec:
    return ColumnSpec.model_validate({key: value for key, value in said.items() if value})


def _write_shape(said: dict[str, Any]) -> str:
    """The shape of a date or time: of its format's codes."""
    written = said.get("format")
    if not written:
        zone = _ZONE if said["type"] == "timestamptz" and "timezone" not in said else ""
        return _ISO[said["type"]] + zone
    pieces = re.split(r"%-?([A-Za-z])", written)
    return "".join(
        re.escape(piece) if at % 2 == 0 else _SHAPES.get(piece, r"\d{1,2}")
        for at, piece in enumerate(pieces)
    )


def _all(timezone: str | None) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(kind, words, shape, keys); an empty shape is that of the format."""
    yield "json", "JSON", _STRUCTURE, {"type": "json"}
    python = {"type": "json", "format": "python"}
    yield "json", "lists, tuples and dicts as Python prints them", _OF_PYTHON, python
    yield "uuid", "a UUID", r"[0-9A-Fa-f-]{32,36}", {"type": "uuid"}
    yield "boolean", "true or false", r"[A-Za-z01]{1,5}", {"type": "boolean"}
    yield "boolean", "yes or no", r"[^\W\d]{1,12}", {"type": "boolean", "clean": ["boolean"]}
    for written in (*_DATES_YEAR_FIRST, *_DATES_DAY_FIRST, *_DATES_MONTH_FIRST):
        words = f"a date as {written}" if written != "iso" else "a date (ISO 8601)"
        yield "date", words, "", {"type": "date", "format": _format(written)}
    yield "time", "a time of day", "", {"type": "time"}
    yield "moment", "a time with its zone", "", {"type": "timestamptz"}
    for written in _ZONED:
        yield "moment", f"a time as {written}", "", {"type": "timestamptz", "format": written}
    zoned = {"type": "timestamptz", "timezone": timezone} if timezone else {"type": "timestamp"}
    yield "moment", "a time (ISO 8601)", "", dict(zoned)
    for written in _MOMENTS:
        yield "moment", f"a time as {written}", "", {**zoned, "format": written}
    yield from _numbers()


def _numbers() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    yield "whole", "a whole number", r"[+-]?\d+", {"type": "bigint"}
    yield "number", "a number", r"[+-]?[\d.]+", {"type": WIDE}
    for decimal, thousands in MARKS[1:]:
        marks = {"decimal": decimal} | ({"thousands": thousands} if thousands else {})
        said = {"type": WIDE, "clean": [{"number": marks}]}
        yield "number", _name_marks(decimal, thousands), _DIGITS, said
    yield "number", "a percentage", r".*\d.*%", {"type": WIDE, "clean": ["percent"]}
    comma = {"percent": {"decimal": ","}}
    yield "number", "a percentage with a comma", r".*\d.*%", {"type": WIDE, "clean": [comma]}
    yield "number", "an amount of money", r".*\d.*", {"type": WIDE, "clean": ["money"]}
    yield "number", "a number with an exponent or many decimals", r"[\d.eE+-]+", {"type": "double"}


def _name_marks(decimal: str, thousands: str | None) -> str:
    words = f"a number with the decimal mark {decimal}"
    return words + (f" and {thousands!r} between thousands" if thousands else "")


def find_number_forms(texts: Iterable[str], *, trimmed: bool) -> list[Way]:
    """Ways to read numbers in brackets or with letters behind them; empty where there are none."""
    form = find_form(texts)
    if form is None:
        return []
    before = ("trim",) if trimmed else ()
    return [
        Way(
            kind="number",
            spec=_spec({"type": WIDE, "clean": form.clean(before, decimal, thousands)}),
            words=_name_marks(decimal, thousands) + form.words,
            shape=re.compile(r".*\d.*"),
            guess=form.guess,
        )
        for decimal, thousands in form.marks()
    ]


def _format(written: str) -> str:
    return "" if written == "iso" else written
