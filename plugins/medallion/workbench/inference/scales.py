"""Numbers whose scale is in another field: thousands here, millions there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.scale import ScaleSpec
from medallion.workbench.inference.readings import LARGEST_INTEGER, Reading, decimal_for
from medallion.workbench.inference.sample import DataSample, Field
from medallion.workbench.inference.trials import try_all
from medallion.workbench.inference.unit_words import (
    BILLION,
    MIL_WORD,
    MILLION,
    THOUSAND,
    WITH_LETTER,
    WORDS,
    Unit,
    read_unit,
    split_unit,
)
from medallion.workbench.inference.ways import WIDE

MOST_UNITS = 20
OF_THOUSAND, OF_MILLION = "is a thousand in Spanish and Portuguese", "is taken for a million"
MIL = {"thousand": 10**3, "million": 10**6}
"""What MIL may mean."""
_OF_POWERS = re.compile(r"unit_?mult|multipl|scale|power|puissance|exponent|echelle|faktor|factor",
                        re.IGNORECASE)  # fmt: skip
_OF_UNITS = re.compile(r"unit|einheit|scale|echelle|échelle|mult|magnitude|power", re.IGNORECASE)
_OF_AMOUNTS = re.compile(r"value|valeur|wert|amount|montant|betrag|importe|total|figure")
_OF_YEARS = re.compile(
    r"^(year|annee|année|jahr|ano|año|month|mois|monat|period|time)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """A number whose scale is in another field.

    Attributes:
        field: of the number.
        unit: the field of its unit.
        units: each text of it.
        reading: the number's, with `scale`.
    """

    field: str
    unit: str
    units: Mapping[str, Unit]
    reading: Reading

    @property
    def says_more(self) -> bool:
        """Whether the unit's field says what is counted, beside how many of it."""
        return any(one.base for one in self.units.values())

    def describe_rest(self) -> dict[str, Any]:
        """The keys of the unit's own column: what is counted, without the factor."""
        bases = {text: one.base or text for text, one in self.units.items()}
        return {"type": "text", "clean": ["trim", {"map": bases}]}


def find_scaled(
    sample: DataSample, readings: Mapping[str, Reading], mil: int | None = None
) -> tuple[Scaled | None, str]:
    """The number that has its scale in another field; and a note, where there is such a field and
    it is not clear which numbers it is about.

    Args:
        sample: of a source.
        readings: of its fields.
        mil: what MIL multiplies by; None: not known.
    """
    for field in sample.fields:
        units = read_units(field, mil)
        if not units:
            continue
        numbers = list(_find_numbers(sample, readings, field))
        if len(numbers) == 1:
            reading = _scale(numbers[0], field, units, readings[numbers[0].name], sample)
            if reading is not None and mil is None:
                reading = _mark_mil(reading, units)
            if reading is not None:
                found = Scaled(field=numbers[0].name, unit=field.name, units=units, reading=reading)
                return found, ""
        elif numbers:
            named = ", ".join(one.name for one in numbers[:4])
            written = ", ".join(f"{text}: {one.factor}" for text, one in units.items())
            return None, (
                f"{field.name} says by how much numbers are to be multiplied. Of {named}: write "
                f"`scale: {{from: {field.name}, map: {{{written}}}}}` to those that it is about"
            )
    return None, ""


def _mark_mil(reading: Reading, units: Mapping[str, Unit]) -> Reading:
    """A reading that says of MIL what it was taken for, and by what."""
    named = [text for text in units if MIL_WORD in split_unit(text)]
    if not named:
        return reading
    if units[named[0]].factor == MILLION:
        why = f"{named[0]} {OF_MILLION}, as other units are thousands or billions"
    else:
        why = (
            f"{named[0]} {OF_THOUSAND}, and elsewhere short for a million: nothing here says which"
        )
    return replace(reading, guesses=(*reading.guesses, why))


def read_units(field: Field, mil: int | None = None) -> dict[str, Unit]:
    """What each text of a field multiplies by; empty where one of them says something else, or none
    does.

    >>> sizes = Field(name="Unit", records=3, texts={"MIO_EUR": 2, "THS_EUR": 1})
    >>> [(text, one.factor, one.base) for text, one in read_units(sizes).items()]
    [('MIO_EUR', 1000000, 'EUR'), ('THS_EUR', 1000, 'EUR')]
    """
    texts = list(dict.fromkeys(text.strip() for text in field.texts))
    if not 0 < len(texts) <= MOST_UNITS or any(len(text) > 40 for text in texts):
        return {}
    if all(re.fullmatch(r"\d{1,13}", text) for text in texts):
        return _read_powers(field.name, texts)
    if not any(map(_is_word_of_scale, texts)) and not _OF_UNITS.search(field.name):
        return {}
    others = {word for text in texts for word in split_unit(text)} & set(WORDS)
    has_larger = any(WORDS[word] in (THOUSAND, BILLION) for word in others)
    mil = mil or (MILLION if has_larger else THOUSAND)
    found = {text: read_unit(text, mil) for text in texts}
    if any(one is None for one in found.values()):
        return {}
    units = {text: one for text, one in found.items() if one is not None}
    return units if any(one.factor != 1 for one in units.values()) else {}


def _is_word_of_scale(text: str) -> bool:
    return (
        bool(set(split_unit(text)) & {*WORDS, MIL_WORD}) or WITH_LETTER.fullmatch(text) is not None
    )


def _read_powers(name: str, texts: Sequence[str]) -> dict[str, Unit]:
    """The factors themselves (1, 1000), or powers of ten (0, 3, 6), where the field's name says
    so."""
    if not _OF_POWERS.search(name):
        return {}
    numbers = [int(text) for text in texts]
    factors = {1, THOUSAND, MILLION, BILLION, 10**12}
    if all(number in factors for number in numbers):
        units = {text: Unit(factor=int(text)) for text in texts}
    elif all(number <= 12 for number in numbers):
        units = {text: Unit(factor=10 ** int(text)) for text in texts}
    else:
        return {}
    return units if any(one.factor != 1 for one in units.values()) else {}


def _find_numbers(
    sample: DataSample, readings: Mapping[str, Reading], unit: Field
) -> Iterator[Field]:
    """The numbers that a unit may be about: the one that is named so, else decimals, else the only
    one that there is."""
    able = [
        one for one in sample.fields
        if one.name != unit.name and readings[one.name].kind in ("number", "whole")
        and not one.held and "scale" not in readings[one.name].said
        and not _OF_YEARS.search(one.name) and not re.search(r"(?:^|_)ids?$", one.name.lower())
        and _has_units(sample, one.name, unit.name)
    ]  # fmt: skip
    for narrowed in (
        [one for one in able if unit.name.lower().startswith(one.name.lower())],
        [one for one in able if _OF_AMOUNTS.search(one.name.lower())],
        [one for one in able if readings[one.name].kind == "number"],
    ):
        if len(narrowed) == 1:
            yield from narrowed
            return
    yield from able


def _has_units(sample: DataSample, number: str, unit: str) -> bool:
    """Whether each record that has the number has a unit: one without goes to quarantine."""
    numbers, units = sample.frame[number].tolist(), sample.frame[unit].tolist()
    lacking = sum(
        bool(isinstance(one, str) and one) and not (isinstance(of, str) and of.strip())
        for one, of in zip(numbers, units, strict=True)
    )
    return lacking == 0


def _scale(
    number: Field, unit: Field, units: Mapping[str, Unit], reading: Reading, sample: DataSample
) -> Reading | None:
    """The number's reading with its scale, and with a type that holds the products."""
    products = list(_products(number, unit, units, reading, sample))
    if not products:
        return None
    said = dict(reading.said)
    largest = max(abs(product) for _, product in products)
    if said["type"] in ("integer", "bigint"):
        said["type"] = "integer" if largest < LARGEST_INTEGER else "bigint"
    elif said["type"] != "double":
        said["type"] = decimal_for([product for _, product in products])
    largest_first = sorted(units.items(), key=lambda pair: -pair[1].factor)
    factors = {text: one.factor for text, one in largest_first}
    said["scale"] = {"from": unit.name, "map": factors}
    if ScaleSpec.model_validate(said["scale"]).shift + 2 > 30:
        return None
    text, one = next(pair for pair in units.items() if pair[1].factor != 1)
    guess = f"{unit.name} says its scale: with {text} a number is multiplied by {one.factor:,}"
    return replace(
        reading,
        said=said,
        guesses=(*reading.guesses, guess),
        values=tuple(dict.fromkeys(product for _, product in products)),
        evidence=f"{reading.evidence}, times the factor of {unit.name}",
    )


def _products(
    number: Field, unit: Field, units: Mapping[str, Unit], reading: Reading, sample: DataSample
) -> Iterator[tuple[str, Decimal]]:
    """Each unit's numbers, times its factor."""
    keys = {key: value for key, value in reading.said.items() if key in ("clean", "type")}
    spec = ColumnSpec.model_validate({**keys, "type": WIDE})
    missing = frozenset(reading.said.get("null_values", ()))
    of_unit: dict[str, dict[str, int]] = {}
    pairs = zip(sample.frame[number.name].tolist(), sample.frame[unit.name].tolist(), strict=True)
    for text, named in pairs:
        if isinstance(text, str) and text and text not in missing and isinstance(named, str):
            found = of_unit.setdefault(named.strip(), {})
            found[text] = found.get(text, 0) + 1
    for named, texts in of_unit.items():
        (outcome,) = try_all(texts, [spec], as_json=number.is_json, first=False)
        values = outcome.values if outcome else ()
        yield from (
            (named, Decimal(value) * units[named].factor) for value in values if value is not None
        )
