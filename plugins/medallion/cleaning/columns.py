"""What a spec says of one silver column."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from medallion.model import SpecModel
from medallion.names import ColumnName, Name


class LookupSpec(SpecModel):
    """Replace a value (or each element of an array) by what another dataset knows of it."""

    dataset: Name
    """A dataset of the same spec: its published silver table is looked into."""
    key: ColumnName
    """The column of that dataset that holds this column's cleaned value."""
    value: ColumnName
    """The column of that dataset whose value is taken."""
    missing: Literal["quarantine", "keep", "null"] = "quarantine"
    """A value that is not found: quarantine the row, keep the value as it is, or make it NULL."""


class ColumnSpec(SpecModel):
    """One silver column: from where, how it is cleaned, and its type."""

    from_: str | None = Field(default=None, alias="from")
    """The record's field: a CSV header, or a dotted JSON path. The column's own name by default."""
    type: str
    """text, bigint, integer, smallint, double, real, decimal(p,s), boolean, date, time, timestamp,
    timestamptz, or an array of one of them (`text[]`)."""
    nullable: bool = False
    """Whether the column may hold NULL; where not, a row without a value goes to quarantine."""
    clean: tuple[str, ...] = Field(default=(), strict=False)
    """Cleaning verbs, applied in this order to the text before it is cast."""
    null_values: tuple[str, ...] = Field(default=("",), strict=False)
    """Texts that stand for NULL, compared after cleaning."""
    format: str | None = None
    """How a date, time or timestamp is written (strptime's codes); ISO 8601 by default."""
    lookup: LookupSpec | None = None
    """Replace the cleaned value by what another dataset knows of it."""
    description: str = ""
    """What the column holds, its unit included; kept as its comment in the warehouse."""
