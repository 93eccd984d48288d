"""A table's columns: as declared, and as they are published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from medallion.catalogue.declared_table import DeclaredColumn, DeclaredTable
from medallion.warehouse.catalogue.history import PublishedColumn
from medallion.warehouse.catalogue.profile import ColumnProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """One column. `is_published`: readers have it now; what is not is declared only."""

    name: str
    type: str
    description: str
    unit: str
    is_key: bool
    nullable: bool | None
    personal: str
    origin: str
    is_published: bool
    profile: ColumnProfile | None = None


def column_rows(
    published: Sequence[PublishedColumn],
    declared: DeclaredTable | None,
    profile: Mapping[str, ColumnProfile],
) -> list[ColumnRow]:
    """The columns in the order in which readers see them; then those that are declared only.

    Medallion's own columns, which begin with an underscore, come last.
    """
    said = {column.name: column for column in declared.columns} if declared else {}
    key = declared.primary_key if declared else ()
    rows = [_row(one, said.get(one.name), key) for one in published]
    names = {one.name for one in published}
    rows += [
        _row(PublishedColumn(name=name, type="", description=""), one, key, is_published=False)
        for name, one in said.items()
        if name not in names
    ]
    rows = [replace(row, profile=profile.get(row.name)) for row in rows]
    return sorted(rows, key=lambda row: row.name.startswith("_"))


def _description(published: PublishedColumn, said: DeclaredColumn | None) -> str:
    """As declared, else the comment in the warehouse, without what else it repeats of the spec."""
    if said is None:
        return published.description
    if said.description or said.unit:
        return said.description
    return published.description.replace(said.personal, "").strip()


def _row(
    published: PublishedColumn,
    said: DeclaredColumn | None,
    key: Sequence[str],
    *,
    is_published: bool = True,
) -> ColumnRow:
    return ColumnRow(
        name=published.name,
        type=published.type or (said.type if said else ""),
        description=_description(published, said),
        unit=said.unit if said else "",
        is_key=published.name in key,
        nullable=said.nullable if said else None,
        personal=said.personal if said else "",
        origin=said.origin if said else "",
        is_published=is_published,
    )
