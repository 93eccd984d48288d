"""Fields that probably hold personal data: by their values where those prove it, else by name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from medallion.cleaning.declared.contract import column_name
from medallion.workbench.inference.sample import Field

ENOUGH = 0.9
"""Of the different values: so many have to look like it."""
MOST_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What kind of personal data it is (`classification.pii`), and why that is thought."""

    pii: str
    why: str


_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
"""Where a word begins within `releaseDate`."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
_PHONE = re.compile(r"\+?\(?[0-9][0-9 ().\-/]{6,22}[0-9]")
_CARD = re.compile(r"[0-9]{13,19}")
_NIR = re.compile(r"[12][0-9]{2}(?:0[1-9]|1[0-2])[0-9AB]{2}[0-9]{6}([0-9]{2})?")


def _is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def _is_iban(text: str) -> bool:
    """By its check digits (ISO 13616)."""
    bare = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(bare):
        return False
    turned = bare[4:] + bare[:4]
    return int("".join(str(int(one, 36)) for one in turned)) % 97 == 1


def _is_card(text: str) -> bool:
    """By its check digit (ISO/IEC 7812)."""
    bare = text.replace(" ", "").replace("-", "")
    if not _CARD.fullmatch(bare):
        return False
    doubled = [int(one) * (1 + at % 2) for at, one in enumerate(reversed(bare))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def _is_french_number(text: str) -> bool:
    """A number of the French social security, by its key where it has one."""
    bare = text.replace(" ", "").upper()
    if not (match := _NIR.fullmatch(bare)):
        return False
    digits = int(bare[:13].replace("2A", "19").replace("2B", "18"))
    return match[1] is None or 97 - digits % 97 == int(match[1])


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_phone(text: str) -> bool:
    digits = sum(one.isdigit() for one in text)
    return _PHONE.fullmatch(text) is not None and 8 <= digits <= 15


def _is_name(text: str) -> bool:
    """No name of a person has a digit in it."""
    return not _has_digit(text)


def _has_digit(text: str) -> bool:
    return any(one.isdigit() for one in text)


_PROOFS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "email": (_is_email, "e-mail addresses"),
    "bank_account": (_is_iban, "IBANs, by their check digits"),
    "national_id": (_is_french_number, "numbers of the French social security"),
    "ip_address": (_is_address, "IP addresses"),
}
"""What the values alone show."""

SOME = 0.1
"""The share of values without a digit from which a field that is named so holds people's names: a
field of codes has none, and one name that is not protected is too many."""


class _Named(NamedTuple):
    """What a field's name suggests.

    Attributes:
        pattern: of the name.
        holds: whether a value may be such a one; None: values cannot deny it.
        enough: the share of the values that have to be.
    """

    pattern: str
    holds: Callable[[str], bool] | None = None
    enough: float = ENOUGH


_NAMED: Mapping[str, _Named] = {
    "phone": _Named(r"phone|mobile|telefon|telephone|\btel\b|portable|\bfax\b", _is_phone),
    "card_number": _Named(r"card|carte|karte|\bpan\b", _is_card),
    "birth_date": _Named(r"birth|naissance|geburt|nacimiento|nascimento|\bdob\b"),
    "name": _Named(
        r"(first|last|middle|full|family|maiden|given|sur)_?name|\bnom\b|prenom|vorname|"
        r"nachname|apellido|customer_name|client_name|person",
        _is_name,
        SOME,
    ),
    "address": _Named(r"\baddress\b|\badresse\b|street|\brue\b|strasse|direccion|domicile"),
    "national_id": _Named(r"\bssn\b|\bnir\b|national_id|passport|passeport|social_security"),
    "location": _Named(r"latitude|longitude|\bgeo\b|\bgps\b", _has_digit),
}
"""What its name suggests; and, where there is a test, its values do not deny."""


def find_personal(field: Field, column: str) -> Personal | None:
    """What personal data a field seems to hold; None: nothing speaks for any.

    Args:
        field: of the sample.
        column: the name that the column gets.
    """
    texts = [text.strip() for text in list(field.texts)[:MOST_LOOKED_AT]]
    if not texts:
        return None
    for pii, (holds, words) in _PROOFS.items():
        share = sum(map(holds, texts)) / len(texts)
        if share >= ENOUGH:
            return Personal(pii=pii, why=f"{share:.0%} of the values are {words}")
    for pii in _find_named(field.name, column):
        named = _NAMED[pii]
        if named.holds is None or sum(map(named.holds, texts)) >= named.enough * len(texts):
            return Personal(pii=pii, why="by its name")
    return None


_NAMED_ALONE: Mapping[str, str] = {
    "email": r"e_?mail|courriel",
    "bank_account": r"\biban\b",
    "ip_address": r"\bip( address)?\b",
}
"""What values prove, where there are none."""


def personal_by_name(field: str) -> str | None:
    """What personal data a field of this name may hold, where no values can be looked at.

    >>> personal_by_name("customer.firstName"), personal_by_name("email"), personal_by_name("total")
    ('name', 'email', None)
    """
    column = column_name(field.rpartition(".")[2])
    found = next(_find_named(field, column), None)
    if found:
        return found
    spoken = {column, column.replace("_", " ")}
    return next(
        (
            pii
            for pii, pattern in _NAMED_ALONE.items()
            if any(re.search(pattern, s) for s in spoken)
        ),
        None,
    )


def _find_named(field: str, column: str) -> Iterator[str]:
    """What a field's name suggests."""
    names = {column, column_name(_WORDS.sub("_", field))}
    names |= {name.replace("_", " ") for name in names}
    for pii, named in _NAMED.items():
        if any(re.search(named.pattern, name) for name in names):
            yield pii


def classify(
    field: Field,
    column: str,
    said: Mapping[str, Any],
    guesses: Sequence[str],
    *,
    is_key: bool = False,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A column's keys and guesses, with a classification where the field seems to be personal.

    Args:
        field: of the sample.
        column: its name.
        said: its keys so far.
        guesses: so far.
        is_key: it is part of the primary key, whose values have to stay apart.
    """
    personal = find_personal(field, column)
    if personal is None:
        return dict(said), tuple(guesses)
    protect = "hash" if is_key else "mask" if said["type"] == "text" else "drop"
    classified = {**said, "classification": {"pii": personal.pii, "protect": protect}}
    return classified, (*guesses, f"personal data: {personal.why}")
