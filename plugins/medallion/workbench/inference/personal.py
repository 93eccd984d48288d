"""Fields that probably hold personal data: by their values where those prove it, else by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from medallion.cleaning.declared.contract import column_name
from medallion.workbench.inference.personal_values import find_shown, is_card
from medallion.workbench.inference.readings import hide_values
from medallion.workbench.inference.sample import Field

ENOUGH = 0.9
"""Of the different values: so many have to look like it."""
MOST_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What kind of personal data it is, and why that is thought.

    Attributes:
        pii: as `classification.pii` has it.
        is_of_things: shops and towns have such a name, address or place too: it is personal beside
            something that only people have.
    """

    pii: str
    why: str
    is_of_things: bool = False
    is_of_all: bool = False
    """Whether nearly everything has it, as a `name`: of things it is not worth a word."""


_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
"""Where a word begins within `releaseDate`."""
_PHONE = re.compile(r"(?![0-9]+\.[0-9]+$)\+?\(?[0-9][0-9 ().\-/]{6,22}[0-9]")
_DATED = re.compile(
    r"[0-9]{1,4}[-/. ][^\W_]{1,9}[-/. ,]+[0-9]{1,4}.*|(?:18|19|20)[0-9]{2}|[0-9]{8}"
)


def _is_phone(text: str) -> bool:
    digits = sum(one.isdigit() for one in text)
    return _PHONE.fullmatch(text) is not None and 8 <= digits <= 15


_YES_OR_NO = frozenset((
    "true", "false", "t", "f", "yes", "no", "y", "n", "oui", "non", "o", "ja", "nein", "j", "si",
    "vrai", "faux", "wahr", "falsch",
))  # fmt: skip


def _is_name(text: str) -> bool:
    """No name of a person has a digit or a slash in it, and none is a yes or a no."""
    return not (_has_digit(text) or "/" in text) and text.lower() not in _YES_OR_NO


_NAME = re.compile(r"names?|naam|nome|nombre")
_TITLE = re.compile(
    r"(?:^|[ ,])(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Rev|Mme|Mlle|M|Herr|Frau|Sig|Sra?|Dña)\.?"
    r"(?: [^\W\d_][\w.'’()\"-]*)+"
)
"""A title and words after it: `Braund, Mr. Owen Harris`."""


def _is_addressed(text: str) -> bool:
    return _TITLE.search(text) is not None and _is_name(text)


def _is_full_name(text: str) -> bool:
    """Two to six words, each of which begins with a capital, but for particles (de, van)."""
    words = [word for word in re.split(r"[ ,]+", text) if word]
    capital = sum(word.strip("(\"'.").istitle() for word in words)
    return 2 <= len(words) <= 6 and capital >= 2 and capital > len(words) / 2 and _is_name(text)


def _has_digit(text: str) -> bool:
    return any(one.isdigit() for one in text)


def _has_letter(text: str) -> bool:
    return any(one.isalpha() for one in text)


def _is_dated(text: str) -> bool:
    """A date, or a year."""
    return _DATED.fullmatch(text) is not None


SOME = 0.1
"""The share of values without a digit from which a field that is named so holds people's names: a
field of codes has none, and one name that is not protected is too many."""

HALF = 0.5
"""The same of what is written in many ways."""

FEWEST_ADDRESSED = 3
"""So many people with a title before their name make a field of people: one `Dr. No` is a film."""


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
    "card_number": _Named(r"card|carte|karte|\bpan\b", is_card),
    "birth_date": _Named(r"birth|naissance|geburt|nacimiento|nascimento|\bdob\b", _is_dated),
    "name": _Named(
        r"(first|last|middle|full|family|maiden|given|real|user|sur)_?name|^nom$|\bnom (?:de )?"
        r"(?:famille|naissance|usage|jeune fille|client|salarie|patient)|prenom|vorname|"
        r"nachname|apellido|customer_name|client_name|person$",
        _is_name,
        SOME,
    ),
    "address": _Named(
        r"\baddress\b|\badresse\b|street|\brue\b|strasse|direccion|domicile", _has_letter, HALF
    ),
    "national_id": _Named(
        r"\bssn\b|\bnir\b|national_id|passport|passeport|social_security", _has_digit
    ),
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
    if found := find_shown(texts, ENOUGH):
        shown, share = found
        return Personal(pii=shown.pii, why=f"{share:.0%} of the values are {shown.words}")
    addressed = list(filter(_is_addressed, texts))
    if len(addressed) >= HALF * len(texts) and len(set(addressed)) >= FEWEST_ADDRESSED:
        return Personal(pii="name", why="most values have a Mr, a Mrs, a Dr … before a name")
    if _NAME.fullmatch(column.lower()) and sum(map(_is_full_name, texts)) >= HALF * len(texts):
        return Personal(pii="name", why="by its name", is_of_things=True, is_of_all=True)
    for pii in _find_named(field.name, column):
        named = _NAMED[pii]
        if named.holds is None or sum(map(named.holds, texts)) >= named.enough * len(texts):
            of_things = pii in _OF_THINGS or column == "nom"
            return Personal(pii=pii, why="by its name", is_of_things=of_things)
    return None


def find_all_personal(
    fields: Sequence[Field], columns: Mapping[str, str], *, beside_people: bool = False
) -> dict[str, Personal]:
    """What each field of a record seems to hold, by field; those that hold nothing are left out.

    Args:
        fields: of one record.
        columns: by field, the name that its column gets.
        beside_people: something else of the record is known to be of people.
    """
    every = {field.name: find_personal(field, columns[field.name]) for field in fields}
    found = {name: one for name, one in every.items() if one is not None}
    people = beside_people or any(_speaks_of_people(field.name) for field in fields)
    if people or not all(one.is_of_things for one in found.values()):
        return {name: replace(one, is_of_things=False) for name, one in found.items()}
    return {name: one for name, one in found.items() if not one.is_of_all}


_PEOPLE = re.compile(
    r"(?:^|_)(?:customer|client|user|member|patient|employee|person|contact|buyer|passenger|tenant|"
    r"student|pupil|subscriber|guest|driver|donor|voter|citizen|salarie|adherent|abonne|eleve|"
    r"locataire|usager|billing|delivery|shipping|home)s?(?:_|$)"
    r"|^(?:sex|sexe|gender|geschlecht|civilite|salutation|marital_status)$"
)


def _speaks_of_people(field: str) -> bool:
    """Whether a field's name says that its record is about somebody: `CustomerId`,
    `BillingAddress`."""
    return _PEOPLE.search(column_name(_WORDS.sub("_", field))) is not None


_OF_THINGS = frozenset(("address", "location"))


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
    about = any(map(_ABOUT.search, names))
    for pii, named in _NAMED.items():
        if about and pii not in ("national_id", "card_number"):
            continue
        if any(re.search(named.pattern, name) for name in names):
            yield pii


_ABOUT = re.compile(
    r"^(?:is|has|nb|n|num|count)$|[_ ](?:id|ids|count|type|kind|code|flag|status)$|"
    r"^(?:is|has|nb|count)[_ ]"
)
"""Names of what tells something about such data, and is none: `address_id`, `has_phone`."""


def classify(
    personal: Personal | None,
    said: Mapping[str, Any],
    guesses: Sequence[str],
    *,
    is_key: bool = False,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A column's keys and guesses, with a classification where its field seems to be personal: then
    no guess shows a value, as a spec is read by more people than the data are.

    Args:
        personal: what it seems to hold; None: nothing.
        said: its keys so far.
        guesses: so far.
        is_key: it is part of the primary key, whose values have to stay apart.
    """
    if personal is None:
        return dict(said), tuple(guesses)
    if personal.is_of_things:
        why = f"not classified: {personal.pii} {personal.why}, and nothing else here is of people"
        return dict(said), (*guesses, why)
    protect = "hash" if is_key else "mask" if said["type"] == "text" else "drop"
    classified = {**said, "classification": {"pii": personal.pii, "protect": protect}}
    why = f"personal data: {personal.why}"
    if is_key:
        why += "; hashed as part of the key, so that records stay apart and joins work"
    return classified, (*hide_values(guesses), why)
