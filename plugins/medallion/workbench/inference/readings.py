"""What a column would be declared as, by the texts of its field: with the evidence, and with what
is a guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.workbench.inference.currencies import currencies_of, is_money
from medallion.workbench.inference.missing_words import MISSING_WORDS
from medallion.workbench.inference.sample import Field
from medallion.workbench.inference.trials import Outcome, try_all
from medallion.workbench.inference.ways import (
    WIDE,
    Way,
    find_mixed_dates,
    find_number_forms,
    ways,
)

MISSING = "read as missing"
_QUARANTINED = "records that go to quarantine"
MOST_BROKEN_SHARE = 0.05
"""Of the records: a way that reads all others is taken, and those go to quarantine."""
FEWEST_FOR_BROKEN = 20
LOOKED_AT = 40
LONGEST_FRACTION = 10
_LONGEST_VALUE = 200
"""Characters of a number, a date or a word: what is longer is a text, or JSON. Shapes of amounts
take the square of a text's length."""
TRIED_SHARE = 0.2
"""Of the first texts: a way whose shape more of them lack is not tried."""

LARGEST_INTEGER = 2**31 // 4
"""What comes close to the limits of `integer` becomes a `bigint`."""
_CODE = re.compile(r"0[0-9]+|\+[0-9]{8,}|[0-9]{19,}")
"""Digits that are not a number: leading zeros, a telephone number, more than 64 bits hold."""

_OF_IDS = re.compile(r"(?:^|[^a-z])ids?$|[a-z]_?id$")
"""Numbers of things: there will be more of them."""
_OF_MONEY = re.compile(
    r"price|amount|total|cost|fee|gross|revenue|salary|balance|prix|montant|betrag"
)
"""Numbers of JSON that are exact; others are measures, which JSON's own writers keep as doubles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known beside the texts.

    Attributes:
        decimal_comma: the file is written where a comma is the decimal mark.
        decimal_by_layout: the source says the mark of each layout: no column needs it.
        day_first: which of two readings of `05/01/2026` is meant; None: not known.
        timezone: the zone of times that name none.
        mil: what a unit MIL multiplies by; None: not known.
    """

    decimal_comma: bool = False
    decimal_by_layout: bool = False
    day_first: bool | None = None
    timezone: str | None = None
    mil: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What would be declared of one field.

    Attributes:
        said: the column's keys as the YAML has them, without `from`.
        kind: see `Way.kind`; `text`, `json`, `list` or `empty` beside those.
        evidence: a sentence for people.
        guesses: what a person has to decide; empty where the data decide.
        values: distinct typed values, of a kind that has an order.
        refused: records whose value goes to quarantine.
    """

    said: Mapping[str, Any]
    kind: str
    evidence: str
    guesses: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    refused: int = 0


def read_field(field: Field, hints: Hints) -> Reading:
    """The type of a field, with the evidence for it and what is only guessed. A field without any
    value is a text."""
    if not field.texts:
        said = {"type": "text", "nullable": True}
        guess = f"empty in all {field.records:,} records: its type is not known"
        return Reading(said=said, kind="empty", evidence="has no value", guesses=(guess,))
    if field.of_json:
        return _of_json(field)
    if field.held and field.held != "VARCHAR":
        return read_typed(field)
    words = [text for text in field.texts if text.strip().lower() in MISSING_WORDS]
    texts = {text: count for text, count in field.texts.items() if text not in words}
    if texts and len(words) <= 3:
        reading = by_values(field, texts, words, hints)
        if reading is not None:
            return reading
    return as_text(field)


def by_values(
    field: Field, texts: Mapping[str, int], words: Sequence[str], hints: Hints
) -> Reading | None:
    """As something else than text; None if nothing reads (nearly) all of the texts."""
    every = _likely(texts, hints)
    if not every:
        return None
    outcomes = try_all(texts, [way.spec for way in every], as_json=field.is_json)
    fitting = [
        (way, outcome) for way, outcome in zip(every, outcomes, strict=True)
        if outcome is not None and _reads_enough(outcome) and _is_meant(way, texts, field.name)
    ]  # fmt: skip
    if not fitting:
        return None
    best = min(outcome.refused for _, outcome in fitting)
    fitting = [(way, outcome) for way, outcome in fitting if outcome.refused == best]
    way, outcome = _prefer(fitting, hints)
    said = _write_keys(way, outcome, field)
    if hints.decimal_by_layout and "clean" in said:
        said["clean"] = [_without_mark(verb) for verb in said["clean"]]
    nullable = field.missing > 0 or bool(words)
    if nullable:
        said["nullable"] = True
    if words:
        said["null_values"] = ["", *words]
    total = sum(texts.values())
    evidence = f"{outcome.read:,} of {total:,} values read as {way.words}"
    decided = way.kind in ("date", "moment") and hints.day_first is not None
    guesses = _guesses(way, outcome, () if decided else fitting, words)
    if way.spec.clean and way.spec.clean[-1].name == "money":
        guesses += _find_mixed_currencies(texts)
    return Reading(
        said=said,
        kind=way.kind,
        evidence=evidence,
        guesses=guesses,
        values=outcome.values,
        refused=outcome.refused,
    )


def _likely(texts: Mapping[str, int], hints: Hints) -> list[Way]:
    """The ways whose shape most of the first texts have."""
    stripped = [text.strip() for text in texts]
    first = stripped[:LOOKED_AT]
    every = ways(trimmed=any(map(_has_blanks, texts)), timezone=hints.timezone)
    enough = (1 - TRIED_SHARE) * len(first)
    likely = [way for way in every if sum(_has_shape(text, way) for text in first) >= enough]
    trimmed = every[0].spec.clean != ()
    short = [text[:_LONGEST_VALUE] for text in stripped]
    likely += find_mixed_dates(short, trimmed=trimmed)
    return [*likely, *find_number_forms(short, trimmed=trimmed)]


def _has_shape(text: str, way: Way) -> bool:
    fits = way.kind == "json" or len(text) <= _LONGEST_VALUE
    return fits and way.shape.fullmatch(text) is not None


def _reads_enough(outcome: Outcome) -> bool:
    total = outcome.read + outcome.refused
    if not outcome.refused:
        return True
    return total >= FEWEST_FOR_BROKEN and outcome.refused <= MOST_BROKEN_SHARE * total


def _is_meant(way: Way, texts: Mapping[str, int], name: str) -> bool:
    """Whether such texts are written for what the way reads: digits can be many things."""
    if way.kind in ("whole", "number"):
        stripped = [text.strip() for text in texts]
        if way.spec.type == "double":
            return any("e" in text.lower() or _has_long_fraction(text) for text in stripped)
        if way.spec.clean and way.spec.clean[-1].name == "money":
            return is_money(stripped)
        return not any(map(_CODE.fullmatch, stripped))
    if way.kind == "boolean":
        return not all(text.strip() in ("0", "1") for text in texts)
    if "%Y%m%d" in way.spec.format:
        return re.search(r"dat|day|jour|tag|dia|fecha|_on$|_at$", name.lower()) is not None
    return True


def _has_long_fraction(text: str) -> bool:
    """Whether a number has more decimals than are tried: a program has printed what it computed
    with."""
    return len(text.partition(".")[2]) > LONGEST_FRACTION


def _prefer(fitting: Sequence[tuple[Way, Outcome]], hints: Hints) -> tuple[Way, Outcome]:
    """The first one, unless what is known beside the texts speaks for another."""
    first = fitting[0]
    kinds = [pair for pair in fitting if pair[0].kind == first[0].kind]
    if first[0].kind in ("date", "moment") and hints.day_first is False:
        return next((pair for pair in kinds if _is_month_first(pair[0])), first)
    if first[0].kind == "number" and all(verb.name == "trim" for verb in first[0].spec.clean):
        return first
    if first[0].kind == "number":
        mark = "," if hints.decimal_comma else "."
        return next((pair for pair in kinds if _decimal_mark(pair[0]) == mark), first)
    return first


def _is_month_first(way: Way) -> bool:
    return any(re.match(r"%-?[mbB]", written) for written in way.spec.format)


def _decimal_mark(way: Way) -> str:
    arguments = way.spec.clean[-1].arguments if way.spec.clean else {}
    return str(arguments.get("decimal", ""))


def _guesses(
    way: Way, outcome: Outcome, fitting: Sequence[tuple[Way, Outcome]], words: Sequence[str]
) -> tuple[str, ...]:
    found: list[str] = []
    others = [
        other for other, made in fitting
        if other is not way and other.kind == way.kind != "json" and made.values != outcome.values
    ]  # fmt: skip
    if others:
        found.append(f"all values read as {others[0].words} too")
    if way.guess:
        found.append(way.guess)
    if len(way.spec.format) > 1:
        found.append(
            "dates are written in two ways: a program that has read some of them may have taken "
            "the day for the month"
        )
    if _has_short_years(way):
        found.append("two-digit years: `pivot_year` says in which century")
    if outcome.refused:
        shown = ", ".join(repr(text[:40]) for text in outcome.examples)
        found.append(f"{_QUARANTINED}: {outcome.refused:,}, with {shown}")
    if words:
        found.append(f"{', '.join(map(repr, words))} {MISSING}")
    return tuple(found)


def _find_mixed_currencies(texts: Iterable[str]) -> tuple[str, ...]:
    found = currencies_of(texts)
    if len(found) < 2:
        return ()
    return (f"amounts in several currencies ({', '.join(found)}): `money` keeps the number alone",)


def _write_keys(way: Way, outcome: Outcome, field: Field) -> dict[str, Any]:
    """The column's keys, with the type that its values need."""
    said: dict[str, Any] = {"type": way.spec.type}
    if way.spec.type == "bigint":
        largest = max((abs(value) for value in outcome.values), default=0)
        is_small = largest < LARGEST_INTEGER and not _OF_IDS.search(field.name.lower())
        said["type"] = "integer" if is_small else "bigint"
    elif way.spec.type == WIDE:
        is_measure = field.is_json and not _OF_MONEY.search(field.name.lower())
        said["type"] = "double" if is_measure else decimal_for(outcome.values)
    said |= way.spec.model_dump(include={"format", "timezone"}, exclude_defaults=True, mode="json")
    if _has_short_years(way) and any(
        value.year > datetime.now(UTC).year for value in outcome.values
    ):
        said["pivot_year"] = datetime.now(UTC).year - 99
    if isinstance(said.get("format"), list) and len(said["format"]) == 1:
        said["format"] = said["format"][0]
    if way.spec.clean:
        said["clean"] = [_verb(one.name, one.arguments) for one in way.spec.clean]
    return said


def hide_values(guesses: Sequence[str]) -> tuple[str, ...]:
    """Guesses without examples of a column's values, for a column that is personal.

    >>> hide_values(["records that go to quarantine: 2, with '31/02/1990', '1/13/1990'"])
    ('records that go to quarantine: 2',)
    """
    return tuple(
        guess.partition(", with ")[0] if guess.startswith(_QUARANTINED) else guess
        for guess in guesses
    )


def _has_short_years(way: Way) -> bool:
    """Whether years have two digits: as a rule they would be those from 1969 to 2068."""
    return any("%y" in written for written in way.spec.format)


def _verb(name: str, arguments: Mapping[str, Any]) -> object:
    return {name: dict(arguments)} if arguments else name


def decimal_for(values: Sequence[Decimal]) -> str:
    """The decimal type that holds all of them, with room for larger ones.

    >>> decimal_for([Decimal("1.5"), Decimal("120.25")]), decimal_for([Decimal("0.12345")])
    ('decimal(18,2)', 'decimal(18,5)')
    """
    scale, whole = 2, 1
    for value in values:
        exponent = value.normalize().as_tuple().exponent
        scale = max(scale, -exponent if isinstance(exponent, int) else 0)
        whole = max(whole, len(str(abs(int(value)))))
    return f"decimal({18 if whole + scale <= 16 else 38},{scale})"


def _has_blanks(text: str) -> bool:
    return text != text.strip()


def _without_mark(verb: object) -> object:
    """A verb that reads numbers without their decimal mark: the source says it."""
    if not isinstance(verb, Mapping) or "decimal" not in verb.get("number", ()):
        return verb
    marks = {key: value for key, value in verb["number"].items() if key != "decimal"}
    return {"number": marks}


def as_text(field: Field) -> Reading:
    """What is always possible: a text, cleaned of the blanks that it has. With a guess where the
    texts look like codes."""
    said: dict[str, Any] = {"type": "text"}
    if field.missing:
        said["nullable"] = True
    clean = []
    if any(map(_has_blanks, field.texts)):
        clean.append("trim")
    if any(re.search(r"\s{2,}", text.strip()) for text in field.texts):
        clean.append("squeeze")
    if clean:
        said["clean"] = clean
    guesses: tuple[str, ...] = ()
    codes = [text for text in field.texts if text.strip().isdigit()]
    if len(codes) == len(field.texts):
        guesses = ("digits that are kept as a text, with their leading zeros",)
    evidence = f"{len(field.texts):,} different texts in {field.present:,} records"
    return Reading(said=said, kind="text", evidence=evidence, guesses=guesses)


def _of_json(field: Field) -> Reading:
    nullable = {"nullable": True} if field.missing else {}
    if field.of_json == "object":
        said = {"type": "json", **nullable}
        return Reading(said=said, kind="json", evidence="each value is a JSON object")
    for element, words in (("bigint", "whole numbers"), ("text", "texts")):
        spec = ColumnSpec.model_validate({"type": f"{element}[]"})
        (outcome,) = try_all(field.texts, [spec], as_json=True)
        if outcome is not None and not outcome.refused and not _holds_structures(field):
            said = {"type": f"{element}[]", **nullable}
            return Reading(said=said, kind="list", evidence=f"each value is a list of {words}")
    said = {"type": "json", **nullable}
    return Reading(said=said, kind="json", evidence="each value is a JSON array")


def _holds_structures(field: Field) -> bool:
    """Whether some element is an object or a list itself."""
    return any("{" in text or "[" in text[1:] for text in field.texts)


_PARQUET = {
    "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint",
    "UTINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint",
    "UBIGINT": "decimal(20,0)", "HUGEINT": "decimal(38,0)", "FLOAT": "real", "DOUBLE": "double",
    "BOOLEAN": "boolean", "DATE": "date", "TIME": "time", "UUID": "uuid", "BLOB": "bytea",
    "TIMESTAMP": "timestamp", "TIMESTAMP_NS": "timestamp", "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_S": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamptz",
}  # fmt: skip
_KINDS = {"smallint": "whole", "integer": "whole", "bigint": "whole", "date": "date",
          "timestamp": "moment", "timestamptz": "moment", "boolean": "boolean"}  # fmt: skip


def read_typed(field: Field) -> Reading:
    """As what the values are, of a file or a database whose values have types."""
    element = field.held.removesuffix("[]")
    scalar = _PARQUET.get(element, "text" if element == "VARCHAR" else "")
    if element.startswith("DECIMAL"):
        scalar = element.lower()
    found = f"{scalar}[]" if scalar and element != field.held else scalar or "json"
    said: dict[str, Any] = {"type": found}
    if field.missing:
        said["nullable"] = True
    kind = _KINDS.get(found, "number" if found.startswith(("decimal", "double", "real")) else found)
    values = _numbers_of(field) if kind in ("whole", "number") else ()
    return Reading(said=said, kind=kind, evidence=f"the values are {field.held}", values=values)


def _numbers_of(field: Field) -> tuple[Decimal, ...]:
    """The distinct numbers; none where one of them is not finite."""
    values = tuple(Decimal(text) for text in field.texts)
    return values if all(value.is_finite() for value in values) else ()
