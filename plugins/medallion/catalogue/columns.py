"""A table's columns: as declared, and as they are published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from medallion.catalogue.declared_table import DeclaredColumn, DeclaredTable
from medallion.catalogue.personal import Label
from medallion.warehouse.catalogue.history import PublishedColumn
from medallion.warehouse.catalogue.profile import ColumnProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """One column.

    Attributes:
        is_published: readers have it now; what is not is declared only.
        personal: what kind of personal data it holds and how it is protected, in words.
        label: where that comes from, if its spec does not say it of the column itself.
    """

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
    label: Label | None = None

    def as_seen_by(self, domains: frozenset[str]) -> ColumnRow:
        """Without the names of columns of domains that a person may not see."""
        if self.label is None:
            return self
        seen = [c for c in self.label.made_of if c.table.schema.partition("_")[2] in domains]
        return replace(self, label=replace(self.label, made_of=tuple(seen)))


def column_rows(
    published: Sequence[PublishedColumn],
    declared: DeclaredTable | None,
    profile: Mapping[str, ColumnProfile],
    labels: Mapping[str, Label] = MappingProxyType({}),
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
    rows = [_label(replace(row, profile=profile.get(row.name)), labels) for row in rows]
    return sorted(rows, key=lambda row: row.name.startswith("_"))


UNSURE = "May hold personal data: what it is made of is not known."


def _label(row: ColumnRow, labels: Mapping[str, Label]) -> ColumnRow:
    """What it inherits of what it is made of, where its spec declares nothing of it."""
    label = labels.get(row.name)
    if label is None or row.personal:
        return row
    said = " ".join(label.said) or (UNSURE if label.is_unsure else "Personal data.")
    return replace(row, personal=said, label=label)


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
