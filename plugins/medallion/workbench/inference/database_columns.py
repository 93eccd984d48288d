"""What a database's column would be declared as: by what the database says of it, and by its values
where the database says less than they do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from medallion.cleaning.declared.types import parse_type
from medallion.workbench.inference.readings import (
    Hints,
    Reading,
    as_text,
    by_values,
    decimal_for,
    read_field,
    read_typed,
)
from medallion.workbench.inference.sample import Declared, Field

_LANDED_AS_TEXT = {"json": "json", "jsonb": "json", "uuid": "uuid", "uniqueidentifier": "uuid"}
_FLAGS = frozenset(("tinyint(1)", "bool", "boolean", "bit(1)"))
"""Types whose values are numbers, and mostly mean true and false."""
_NUMBERS = ("numeric", "decimal", "number", "int", "real", "double", "float", "money", "decfloat")
"""How types begin whose values are landed as texts, because no type holds all of them."""
_DECIMAL = re.compile(r"(?:numeric|decimal|number|money)(?:\(([0-9]+)(?:, *([0-9]+))?\))?")
_INEXACT = frozenset(("DOUBLE", "FLOAT", "BIGINT"))
_MOST_OF_AN_AMOUNT = 8
"""Digits after the point; a double that was computed has some fifteen."""
_TIMES = frozenset(("date", "moment", "time", "uuid"))
"""What a text may hold all the same."""


def reading_of(field: Field, hints: Hints) -> Reading:
    """The reading of any field: by its declaration where it has one, else by its values. What is
    landed as JSON has lost its declaration's form."""
    if field.declared is None or field.is_json:
        return read_field(field, hints)
    reading = _reading(field, field.declared, hints)
    said = _with_nulls(reading, field.declared)
    if field.declared.comment:
        said["description"] = field.declared.comment
    evidence = f"{field.declared.type or 'no type'} in the database; {reading.evidence}"
    return replace(reading, said=said, evidence=evidence)


def _reading(field: Field, declared: Declared, hints: Hints) -> Reading:
    kind = declared.type.lower()
    base = kind.partition("(")[0].strip()
    if base in _LANDED_AS_TEXT:
        said = {"type": _LANDED_AS_TEXT[base]}
        return Reading(said=said, kind=said["type"], evidence="landed as its text")
    if field.held != "VARCHAR":
        return _flag(field, kind) or _exact(field, kind) or read_typed(field)
    found = by_values(field, field.texts, (), hints) if field.texts else None
    if base.startswith(_NUMBERS) or not base:
        return _number(field, base, found)
    return _text(field, base, found)


def _text(field: Field, base: str, found: Reading | None) -> Reading:
    """Of a text: as a time, if all of its values are one."""
    if found is None or found.kind not in _TIMES or found.refused:
        return as_text(field)
    if base in ("date", "time", "timestamp", "datetime"):
        return found
    guess = f"a text in the database: {found.evidence}"
    return replace(found, guesses=(guess, *found.guesses))


def _flag(field: Field, kind: str) -> Reading | None:
    """As true and false; None where the values are more than 0 and 1."""
    if kind not in _FLAGS or not field.texts or not set(field.texts) <= {"0", "1"}:
        return None
    guess = f"{kind} that holds 0 and 1 alone: true and false"
    return Reading(
        said={"type": "boolean"}, kind="boolean", evidence="0 and 1 alone", guesses=(guess,)
    )


def _exact(field: Field, kind: str) -> Reading | None:
    """As a decimal, if the database declares one and keeps it in another type, as SQLite does; None
    where it is so, or the values have more digits than any amount."""
    found = _DECIMAL.fullmatch(kind)
    if found is None or field.held not in _INEXACT:
        return None
    values = [Decimal(text) for text in field.texts]
    if not all(map(Decimal.is_finite, values)):
        return None
    digits, scale = int(found[1] or 0), int(found[2] or 0)
    needed = parse_type(decimal_for(values))
    if needed.scale > max(scale, _MOST_OF_AN_AMOUNT) or (not scale and field.held == "BIGINT"):
        return None
    whole = max((len(str(abs(int(value)))) for value in values), default=1)
    holds = scale < digits <= 38 and whole <= digits - scale
    if holds and all(value == round(value, scale) for value in values):
        said = {"type": f"decimal({digits},{scale})"}
    else:
        said = {"type": needed.name}
    evidence = f"{len(values):,} different numbers, which a {said['type']} holds"
    return Reading(said=said, kind="number", evidence=evidence, values=tuple(values))


def _number(field: Field, base: str, found: Reading | None) -> Reading:
    """Of a number that was landed as a text. A database writes it in one way only."""
    if found is not None:
        return replace(found, guesses=()) if base and "clean" not in found.said else found
    if field.texts or not base:
        return as_text(field)
    said = {"type": "decimal(38,10)"}
    guess = f"empty in all {field.records:,} records: how many digits does it have?"
    return Reading(said=said, kind="number", evidence="has no value", guesses=(guess,))


def _with_nulls(reading: Reading, declared: Declared) -> dict[str, Any]:
    """The keys, nullable where the database accepts NULL; an empty text is one."""
    said: Mapping[str, Any] = reading.said
    stays = reading.kind not in ("text", "json") and "nullable" in said
    kept = {key: value for key, value in said.items() if key != "nullable"}
    if not (declared.nullable or stays):
        return kept
    at = list(kept).index("type") + 1
    items = list(kept.items())
    return dict([*items[:at], ("nullable", True), *items[at:]])
