"""The schema contract of a cleaned table: what a field that is new, and a value of another type,
may do (dlt's words).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from pydantic import Field

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.model import SpecModel
from medallion.names import SYSTEM_COLUMNS
from medallion.records import MESSAGE, PARENT

_FIRST = re.compile(r"[.\[]")
LONGEST = 63
"""Characters of a name, in PostgreSQL."""


class NewColumns(StrEnum):
    """What happens to a field that the spec does not name."""

    EVOLVE = "evolve"
    FREEZE = "freeze"
    DISCARD_ROW = "discard_row"
    DISCARD_VALUE = "discard_value"


class OtherTypes(StrEnum):
    """What happens to a value that is not of its column's type."""

    QUARANTINE = "quarantine"
    FREEZE = "freeze"
    DISCARD_ROW = "discard_row"
    DISCARD_VALUE = "discard_value"


class SchemaContract(SpecModel):
    """How the source may change the shape of its records."""

    columns: NewColumns = Field(default=NewColumns.DISCARD_VALUE, strict=False)
    """A field that no column takes: `evolve` makes a column of it, `freeze` fails the run,
    `discard_row` leaves the rows out that have it, `discard_value` leaves the field out."""
    data_type: OtherTypes = Field(default=OtherTypes.QUARANTINE, strict=False)
    """A value that is not of its column's type: its row goes to `quarantine`, `freeze` fails the
    run, `discard_row` leaves the row out, `discard_value` makes it NULL where the column is
    nullable. What is discarded is counted."""
    ignore: tuple[str, ...] = Field(default=(), strict=False)
    """Fields that are known and not wanted, as the source writes them."""


def list_known_fields(
    columns: Mapping[str, ColumnSpec], contract: SchemaContract
) -> frozenset[str]:
    """The fields that columns read (the first step of a path, and the whole name), those that are
    ignored, and what Medallion adds: `_parent` and `_message`."""
    whole = {field for name, spec in columns.items() for field in spec.reads(name)}
    whole |= {spec.scale.from_ for spec in columns.values() if spec.scale}
    taken = {_FIRST.split(field)[0] for field in whole}  # a CSV's header may hold a dot
    return frozenset({*taken, *whole, *contract.ignore, PARENT, MESSAGE})


def unknown_fields(names: Iterable[str], known: frozenset[str]) -> list[str]:
    """The fields that are not known, in their order.

    >>> unknown_fields(["id", "extra", "name"], frozenset({"id", "name"}))
    ['extra']
    """
    return [name for name in names if name not in known]


def new_columns(fields: Sequence[str], taken: Iterable[str]) -> dict[str, ColumnSpec]:
    """A nullable text column for each field; files that lack it are accepted.

    >>> list(new_columns(["Prénom", "unit price"], []))
    ['prenom', 'unit_price']

    Raises:
        ValueError: a field's name makes no column name, or that of another column.
    """
    columns: dict[str, ColumnSpec] = {}
    others = set(taken)
    for field in fields:
        name = column_name(field)
        if not name or name in others:
            what = f"the name of another column, {name}" if name else "no name of a column"
            raise ValueError(f"the field {field!r} makes {what}")
        others.add(name)
        columns[name] = ColumnSpec.model_validate(
            {"from": field, "type": "text", "nullable": True, "optional": True}
        )
    return columns


def column_name(field: str) -> str:
    """A field's name as a column's: ASCII letters, digits and underscores, at most 63; empty if
    none is left.

    A name that PostgreSQL reserves for its system columns gets an ending: `ctid_field`.

    >>> column_name("Revenu à Vie (€)"), column_name("2026"), column_name("€")
    ('revenu_a_vie', 'n_2026', '')
    """
    plain = unicodedata.normalize("NFKD", field).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if name in SYSTEM_COLUMNS:
        return f"{name}_field"
    return (f"n_{name}" if name[:1].isdecimal() else name)[:LONGEST]
