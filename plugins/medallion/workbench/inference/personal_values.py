"""What a value itself shows of being personal data: by check digits, and by plans of numbers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_ABROAD = re.compile(r"(?:\+|00)[1-9][0-9 ().\-/]{6,22}")
_FRENCH = re.compile(r"0[1-9](?:[ .-][0-9]{2}){4}")
_BOUND = re.compile(r"(?i)<[^<>@\s]+@[^<>\s]+>|mailto:\S+@\S+")

_COUNTRIES: Mapping[str, str] = {
    "fr.nir": "France", "es.dni": "Spain", "es.nie": "Spain", "it.codicefiscale": "Italy",
    "be.nn": "Belgium", "de.idnr": "Germany", "ch.ssn": "Switzerland", "pl.pesel": "Poland",
    "nl.bsn": "the Netherlands", "se.personnummer": "Sweden", "fi.hetu": "Finland",
    "dk.cpr": "Denmark", "no.fodselsnummer": "Norway", "gb.nhs": "the United Kingdom (NHS)",
    "at.vnr": "Austria", "ro.cnp": "Romania", "bg.egn": "Bulgaria", "cz.rc": "the Czech Republic",
}  # fmt: skip
"""Numbers of people, by python-stdnum's name of their module."""

_FEWEST = 8
"""Different values: a number of a few digits passes a check digit by chance."""
_LONGEST = 64
"""Characters: no number is longer, however it is spaced. stdnum looks at each character of a text,
for each country: of a megabyte for minutes."""


class Shown(NamedTuple):
    """What values show: a kind of personal data, and in which words."""

    pii: str
    words: str


def find_shown(texts: Sequence[str], enough: float) -> tuple[Shown, float] | None:
    """What at least `enough` of some different texts show, and their share; None: nothing."""
    if not texts:
        return None
    for shown, holds in _PROOFS:
        share = sum(map(holds, texts)) / len(texts)
        if share >= enough:
            return shown, share
    return _find_national(texts, enough)


def _find_national(texts: Sequence[str], enough: float) -> tuple[Shown, float] | None:
    strong = [text for text in texts if re.search(r"[A-Za-z]", text) or len(_digits(text)) >= 13]
    if len(texts) < _FEWEST and len(strong) < enough * len(texts):
        return None
    for module, country in _COUNTRIES.items():
        if not any(map(_is_number_of(module), texts[:_FEWEST])):
            continue
        share = sum(map(_is_number_of(module), texts)) / len(texts)
        if share >= enough:
            words = f"numbers of people of {country}, by their check digits"
            return Shown("national_id", words), share
    return None


def is_email(text: str) -> bool:
    """An address, also as mail programs write it: `Ada <ada@example.org>`."""
    return _EMAIL.fullmatch(text) is not None or _BOUND.search(text) is not None


def is_iban(text: str) -> bool:
    """By its length, its country's form, and its check digits (ISO 13616). Not by what its bank or
    country checks beside: stdnum knows the banks of the day on which it was published."""
    return 15 <= len(text) <= _LONGEST and bool(
        _standard("iban").is_valid(text, check_country=False)
    )


def is_ip_address(text: str) -> bool:
    """Version 4 or 6."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_international_phone(text: str) -> bool:
    """With a country's code, or in pairs as in France; and of a range that is given out."""
    if _FRENCH.fullmatch(text):
        return _is_given_out(text, "FR")
    return _ABROAD.fullmatch(text) is not None and _is_given_out(re.sub("^00", "+", text), None)


def is_card(text: str) -> bool:
    """By its length and its check digit (ISO/IEC 7812)."""
    bare = text.replace(" ", "").replace("-", "")
    return bare.isascii() and 13 <= len(bare) <= 19 and bool(_standard("luhn").is_valid(bare))


def _is_given_out(text: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())


@cache
def _is_number_of(module: str) -> Callable[[str], bool]:
    is_valid: Callable[[str], bool] = _standard(module).is_valid
    return lambda text: len(text) <= _LONGEST and is_valid(text)


def _standard(module: str) -> Any:
    return import_module(f"stdnum.{module}")


_PROOFS: tuple[tuple[Shown, Callable[[str], bool]], ...] = (
    (Shown("email", "e-mail addresses"), is_email),
    (Shown("bank_account", "IBANs, by their check digits"), is_iban),
    (Shown("ip_address", "IP addresses"), is_ip_address),
    (Shown("phone", "telephone numbers"), is_international_phone),
)
"""What a single value shows."""
