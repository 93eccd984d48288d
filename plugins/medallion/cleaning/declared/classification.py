"""What a spec says about personal data: `classification: {pii: email, protect: hash}`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from medallion.cleaning.declared.paths import json_path
from medallion.model import SpecModel
from medallion.names import Name

if TYPE_CHECKING:
    from medallion.cleaning.declared.columns import ColumnSpec

DEFAULT_CONNECTION = "pii_default"
"""The Airflow connection whose password is the key of hashes."""

WITHHELD = "[protected]"
"""What quarantine keeps in place of a protected field."""

Pii = Literal[
    "name",
    "email",
    "phone",
    "address",
    "birth_date",
    "national_id",
    "bank_account",
    "card_number",
    "ip_address",
    "location",
    "health",
    "free_text",
    "other",
]


class Protect(StrEnum):
    """What silver holds instead of the clear value."""

    HASH = "hash"
    MASK = "mask"
    REDACT = "redact"
    DROP = "drop"
    NONE = "none"


TOLD = {
    Protect.HASH: "hashed",
    Protect.MASK: "masked",
    Protect.REDACT: "redacted",
    Protect.DROP: "not kept",
    Protect.NONE: "in clear",
}
OF_TEXTS = (Protect.HASH, Protect.MASK, Protect.REDACT)


class ClassificationSpec(SpecModel):
    """Personal data in a column, and what silver holds instead."""

    pii: Pii
    """What kind of personal data it is."""
    protect: Protect = Field(strict=False)
    """`hash`: a keyed hash, equal for equal values. `mask`: all but its end (of an e-mail address,
    its domain). `redact`: a free text without the addresses and numbers in it. `drop`: the column
    is not in silver; expressions and the filter can read it. `none`: in clear, and said to be."""
    keep_last: int = Field(default=4, ge=0, le=8)
    """`mask`: how many characters stay at the end; not of e-mail addresses."""
    unmasked_for: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """`mask`: roles of the database that read the clear value. Silver holds it, and the view masks
    it for everybody else: a text as `mask` does, any other type as NULL."""
    identifies: Name | None = None
    """The column tells one person from another, under this name: `email`, `customer`. `person
    erase` and `person export` find people by it, in every dataset of the domain that has a column
    of the same name. With `hash` or `none`."""


_IN_CLEAR = ", in clear for "


def describe_protection(spec: ColumnSpec) -> str:
    """The classification as a sentence for the catalogue: `Personal data (email): hashed.`; empty
    without one."""
    found = spec.classification
    if found is None:
        return ""
    return f"Personal data ({found.pii.replace('_', ' ')}): {describe_protect(found)}."


def describe_protect(found: ClassificationSpec) -> str:
    """What silver holds, in words.

    >>> describe_protect(ClassificationSpec(pii="email", protect="mask", unmasked_for=("fraud",)))
    'masked, in clear for fraud'
    """
    clear = f"{_IN_CLEAR}{', '.join(found.unmasked_for)}" if found.unmasked_for else ""
    return TOLD[found.protect] + clear


def read_roles_in_clear(described: str) -> tuple[str, frozenset[str]]:
    """What a description of a protection says of the values, and which roles read them in clear.

    >>> read_roles_in_clear("Personal data (name): masked, in clear for fraud.")
    ('Personal data (name): masked', frozenset({'fraud'}))
    """
    what, _, roles = described.rstrip(".").partition(_IN_CLEAR)
    return what, frozenset(one for one in roles.split(", ") if one)


def is_protected(spec: ColumnSpec) -> bool:
    """Whether silver holds something else than the column's value, or nothing. `none` is not
    protected."""
    return spec.classification is not None and spec.classification.protect is not Protect.NONE


def is_masked_on_read(spec: ColumnSpec) -> bool:
    """Whether silver holds the clear value, and the view decides who reads it."""
    return spec.classification is not None and bool(spec.classification.unmasked_for)


def is_dropped(spec: ColumnSpec) -> bool:
    """Whether the column is only read by expressions and the filter, and is not in silver."""
    if spec.helper:
        return True
    return spec.classification is not None and spec.classification.protect is Protect.DROP


def table_columns(columns: Mapping[str, ColumnSpec]) -> dict[str, ColumnSpec]:
    """The columns without those that are dropped: what the silver table has."""
    return {name: spec for name, spec in columns.items() if not is_dropped(spec)}


def needs_key(columns: Mapping[str, ColumnSpec]) -> bool:
    """Whether any column is hashed, so that the run needs the key's connection."""
    return bool(find_hashed_columns(columns))


def find_hashed_columns(columns: Mapping[str, ColumnSpec]) -> dict[str, ColumnSpec]:
    """The columns of which silver holds hashes."""
    return {
        name: spec
        for name, spec in columns.items()
        if spec.classification is not None and spec.classification.protect is Protect.HASH
    }


def identifying_columns(columns: Mapping[str, ColumnSpec]) -> dict[str, ColumnSpec]:
    """The columns by which a person is found."""
    return {
        name: spec
        for name, spec in columns.items()
        if spec.classification is not None and spec.classification.identifies
    }


def telling_columns(columns: Mapping[str, ColumnSpec]) -> dict[str, ColumnSpec]:
    """Those of them that say what else identifies the person whose row it is. Two columns with one
    name (a sender, a receiver) are of two people: what is in one says nothing of the other."""
    found = identifying_columns(columns)
    names = [identifier_of(spec) for spec in found.values()]
    if len(set(names)) < len(names):
        return {}
    return found


def identifier_of(spec: ColumnSpec) -> str:
    """What a column identifies people by; empty: it does not."""
    return (spec.classification.identifies if spec.classification else None) or ""


def find_protected_fields(columns: Mapping[str, ColumnSpec]) -> frozenset[str]:
    """The record's fields that protected columns read. Computed columns read none."""
    return _fields({name: spec for name, spec in columns.items() if is_protected(spec)})


def clear_fields(columns: Mapping[str, ColumnSpec]) -> frozenset[str] | None:
    """The record's fields whose values may be shown; None if no column is protected, so all may.

    A field that no column reads could be personal too: it is not shown.
    """
    if not any(map(is_protected, columns.values())):
        return None
    protected = find_protected_fields(columns)
    return frozenset(field for field in _fields(columns) if not overlaps(field, protected))


def fields_to_show(columns: Mapping[str, ColumnSpec]) -> frozenset[str]:
    """The record's fields whose values may leave the platform in a message: those that columns
    read, where none of the columns is classified as personal."""
    if any(spec.classification is not None for spec in columns.values()):
        return frozenset()
    return _fields(columns)


def _fields(columns: Mapping[str, ColumnSpec]) -> frozenset[str]:
    """Every field that a column may be read from; computed ones are read from none."""
    return frozenset(
        field
        for name, spec in columns.items()
        if spec.expression is None
        for field in spec.reads(name)
    )


def overlaps(field: str, protected: frozenset[str]) -> bool:
    """Whether a field contains a protected one, is one, or is inside one.

    >>> overlaps("customer", frozenset({"customer.email"}))
    True
    """
    own = _steps(field)
    for other in map(_steps, protected):
        shared = min(len(own), len(other))
        if all(a == b or "*" in (a, b) for a, b in zip(own[:shared], other[:shared], strict=True)):
            return True
    return False


def _steps(field: str) -> list[str]:
    try:
        path = json_path(field)
    except ValueError:
        return [field]
    each = "" if path.each is None else f"/*{path.each}"
    return f"{path.pointer}{each}".split("/")[1:]
